#include <algorithm>
#include <charconv>
#include <cstdint>

#include "profile/profile.hpp"

namespace jigd::profile {

namespace {

/// The board's own code as a number where it is one; SCPI writes +0.
nlohmann::json board_code(const nlohmann::json& captured) {
    if (!captured.is_string()) {
        return captured;
    }
    std::string_view text = captured.get_ref<const std::string&>();
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    return is_number ? nlohmann::json(number) : captured;
}

} // namespace

nlohmann::json refusal_details(const Captures& captures) {
    auto details = nlohmann::json::object();
    if (const auto code = captures.find("code"); code != captures.end()) {
        details["board_code"] = board_code(code->second);
    }
    if (const auto text = captures.find("text"); text != captures.end()) {
        details["board_text"] = text->second;
    }
    return details;
}

bool is_good(const Check& check, const Captures& answer) {
    return std::all_of(check.good.begin(), check.good.end(), [&](const auto& expected) {
        const auto said = answer.find(expected.first);
        return said != answer.end() &&
               (said->second == expected.second || board_code(said->second) == expected.second);
    });
}

} // namespace jigd::profile
