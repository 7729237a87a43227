#include "jigctl/board/guess_identity.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "jigctl/board/shape.hpp"

namespace jigd::jigctl {

namespace {

/// What a part of the answer says.
enum class Role { nothing, model, serial, firmware };

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return result;
}

bool asks_who(const std::string& tx) {
    static const std::set<std::string> questions{"*IDN?",   "IDN?",     "IDN", "ID?",  "ID", "WHO",  "WHO?",
                                                 "VERSION", "VERSION?", "VER", "VER?", "V",  "INFO?"};
    return questions.count(upper(tx)) != 0;
}

bool has_digit(const std::string& part) {
    return part.find_first_of("0123456789") != std::string::npos;
}

/// 1.4.2, v1.4
bool is_firmware(const std::string& part) {
    constexpr std::size_t longest_prefix = 1;
    return part.find_first_of("0123456789") <= longest_prefix && part.find('.') != std::string::npos;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts{""};
    for (const char letter : text) {
        if (letter == separator) {
            parts.emplace_back();
        } else {
            parts.back() += letter;
        }
    }
    return parts;
}

/// The parts in the order in which boards say them; a first one that repeats the question says nothing.
std::vector<Role> roles_of(const std::vector<std::string>& parts, const std::string& tx) {
    std::vector<Role> roles;
    std::set<Role> taken;
    const bool is_version_alone = parts.size() == 1 && upper(tx).starts_with('V');
    for (const auto& part : parts) {
        const bool repeats = roles.empty() && upper(part) == upper(tx.substr(0, tx.find('?')));
        auto role = Role::nothing;
        if (!part.empty() && !repeats) {
            role = is_version_alone || is_firmware(part) ? Role::firmware
                   : taken.count(Role::model) == 0       ? Role::model
                   : has_digit(part)                     ? Role::serial
                                                         : Role::nothing;
        }
        const bool is_new = role != Role::nothing && taken.insert(role).second;
        roles.push_back(is_new ? role : Role::nothing);
    }
    return roles;
}

std::string group_of(Role role) {
    switch (role) {
    case Role::model:
        return "model";
    case Role::serial:
        return "serial";
    case Role::firmware:
        return "firmware";
    case Role::nothing:
        break;
    }
    return "";
}

} // namespace

std::optional<GuessedIdentity> guess_identity(const std::string& tx, const std::string& rx) {
    if (!asks_who(tx)) {
        return std::nullopt;
    }
    const std::vector<Role> scpi{Role::nothing, Role::model, Role::serial, Role::firmware};
    const char separator = rx.find(',') != std::string::npos ? ',' : ' ';
    const auto parts = split(rx, separator);
    const bool is_scpi = separator == ',' && parts.size() == scpi.size();
    const auto roles = is_scpi ? scpi : roles_of(parts, tx);
    if (std::all_of(roles.begin(), roles.end(), [](Role role) { return role == Role::nothing; })) {
        return std::nullopt;
    }
    std::string match;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const auto group = group_of(roles[index]);
        match += index == 0 ? "" : std::string(1, separator);
        match += group.empty() ? escaped(parts[index])
                               : "(?P<" + group + (separator == ',' ? ">[^,]*)" : R"(>\S+))");
    }
    return GuessedIdentity{.send = tx, .match = match, .example = rx};
}

} // namespace jigd::jigctl
