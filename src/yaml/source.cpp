#include "yaml/source.hpp"

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace jigd::yaml {

namespace {

constexpr std::size_t longest_file = std::size_t{1024} * 1024;

[[noreturn]] void refuse(const Mark& mark, const std::string& text, Problems& problems) {
    problems.add(mark, text);
    throw Invalid(problems);
}

/// How many bytes the UTF-8 character at the front of `text` (not empty) takes; 0 when it is none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() < length) {
        return 0;
    }
    // The second byte is where overlong forms, surrogates and what is beyond U+10FFFF show.
    const unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (byte(1) < lowest || byte(1) > highest) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return length;
}

bool forbidden_control(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte < 0x20 && letter != '\t' && letter != '\n' && letter != '\r') || byte == 0x7F;
}

std::string hexadecimal(char letter) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(letter);
    return std::string("0x") + digits[byte >> 4U] + digits[byte & 0xFU];
}

} // namespace

std::string read_source(const std::string& path, Problems& problems) {
    const Mark whole_file{path, 0, 0};
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        refuse(whole_file, "can't be read: it is a directory, expected a YAML file", problems);
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(longest_file + 1, '\0');
    if (file) {
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
    }
    if (!file.is_open() || file.bad()) {
        refuse(whole_file, "can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno),
               problems);
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > longest_file) {
        refuse(whole_file, "is longer than 1 MiB, expected a YAML file of at most 1 MiB", problems);
    }
    return text;
}

void check_source(const std::string& text, const std::string& name, Problems& problems) {
    Mark mark{name, 1, 1};
    for (std::string_view rest = text; !rest.empty();) {
        const auto length = character_length(rest);
        if (length == 0) {
            refuse(mark, "the byte " + hexadecimal(rest[0]) + " is not UTF-8, expected YAML text in UTF-8",
                   problems);
        }
        if (forbidden_control(rest[0])) {
            refuse(mark,
                   "the control character " + hexadecimal(rest[0]) +
                       " has no place in YAML, expected text; in double quotes write \\x" +
                       hexadecimal(rest[0]).substr(2),
                   problems);
        }
        mark.column = rest[0] == '\n' ? 1 : mark.column + 1;
        mark.line += rest[0] == '\n' ? 1 : 0;
        rest.remove_prefix(length);
    }
}

} // namespace jigd::yaml
