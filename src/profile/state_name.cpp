#include "profile/state_name.hpp"

#include <algorithm>
#include <charconv>

#include "profile/text.hpp"

namespace jigd::profile {

namespace {

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return letter == '_' || is_identifier({&letter, 1}) || (letter >= '0' && letter <= '9');
    });
}

/// A name, and more words after dots: `supply.vbus`.
bool is_base(std::string_view text) {
    auto dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) {
        return false;
    }
    while (dot != std::string_view::npos) {
        text.remove_prefix(dot + 1);
        dot = text.find('.');
        if (!is_word(text.substr(0, dot))) {
            return false;
        }
    }
    return true;
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
}

/// The item that `text` means where it is not a parameter: by its number or by its name.
StateName item_of(const std::string& base, std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size() && number >= 1 &&
                           number <= StateName::max_number && text.front() != '0';
    return is_number ? StateName(base, StateName::Index::number, number)
                     : StateName(base, StateName::Index::key, 0, std::string(text));
}

} // namespace

std::optional<StateName> StateName::parse(std::string_view text) {
    const auto open = text.find('[');
    StateName state;
    state.base = text.substr(0, open);
    if (!is_base(state.base)) {
        return std::nullopt;
    }
    if (open == std::string_view::npos) {
        return state;
    }
    if (text.back() != ']') {
        return std::nullopt;
    }
    const auto inside = text.substr(open + 1, text.size() - open - 2);
    if (inside == "*") {
        state.index = Index::all;
    } else if (is_identifier(inside)) {
        state.index = Index::param;
        state.name = inside;
    } else if (is_digits(inside)) {
        state = item_of(state.base, inside);
    } else {
        return std::nullopt;
    }
    return state;
}

StateName StateName::resolve(const nlohmann::json& params) const {
    const auto param = index == Index::param ? params.find(name) : params.end();
    if (param == params.end()) {
        return *this;
    }
    return item_of(base, param->is_string() ? param->get_ref<const std::string&>() : param->dump());
}

std::string StateName::text() const {
    switch (index) {
    case Index::none:
        break;
    case Index::number:
        return base + "[" + std::to_string(number) + "]";
    case Index::param:
    case Index::key:
        return base + "[" + name + "]";
    case Index::all:
        return base + "[*]";
    }
    return base;
}

} // namespace jigd::profile
