#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace jigd::jigsim {

/// Takes the first word off `rest`, and one blank behind it.
inline std::string take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return std::string(word);
}

} // namespace jigd::jigsim
