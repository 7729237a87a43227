#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/nearest.hpp"
#include "drivers/binary/field.hpp"
#include "drivers/hex_text.hpp"
#include "profile/text.hpp"

/// What stands between the braces of a field.
namespace jigd::drivers {

namespace {

constexpr std::size_t max_text = 4096;

std::string_view before_colon(std::string_view inside) {
    const auto colon = inside.find(':');
    if (colon == std::string_view::npos) {
        throw std::invalid_argument("'{" + profile::cut(inside) +
                                    "}' lacks its type; write {name:u8}, {name:u16}, {name:ascii 8} or "
                                    "{on:5A|00}");
    }
    return inside.substr(0, colon);
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) {
            parts.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::optional<std::size_t> count_of(std::string_view text, std::int64_t highest) {
    const auto number = profile::whole_number(text);
    return number && *number >= 1 && *number <= highest ? std::optional(static_cast<std::size_t>(*number))
                                                        : std::nullopt;
}

} // namespace

Field::Field(std::string_view inside, ByteOrder order) : expression_(before_colon(inside)), order_(order) {
    const auto type = inside.substr(inside.find(':') + 1);
    if (type.find('|') != std::string_view::npos || type.find('=') != std::string_view::npos) {
        read_words(type);
    } else if (type.starts_with('%')) {
        read_format(type);
    } else {
        read_type(type);
    }
    const bool is_whole_number = type_ == Type::unsigned_number || type_ == Type::signed_number ||
                                 type_ == Type::bcd || type_ == Type::digits;
    if (!expression_.is_plain() && !is_whole_number) {
        throw std::invalid_argument("'{" + profile::cut(inside) +
                                    "}': a sum is a whole number; write u8 to u64, i8 to i64 or bcd");
    }
}

void Field::read_words(std::string_view text) {
    type_ = Type::words;
    words_.emplace(text);
    for (const auto& [value, word] : words_->pairs()) {
        const auto bytes = from_hex(word);
        if (!bytes || bytes->empty()) {
            throw std::invalid_argument("the word '" + profile::cut(word) +
                                        "' is not bytes in hexadecimal; write them as in {on:5A|00}");
        }
        if (size_ && *size_ != bytes->size()) {
            throw std::invalid_argument(
                "the words '" + profile::cut(text) +
                "' are of different lengths; write the same number of bytes for each");
        }
        size_ = bytes->size();
    }
}

/// A number in ASCII, as printf spells it: its width is the field's size.
void Field::read_format(std::string_view text) {
    type_ = Type::digits;
    format_.emplace(text);
    size_ = format_->width();
    if (size_ == 0U) {
        throw std::invalid_argument(
            "'" + profile::cut(text) +
            "' does not say how many characters there are; write a width, as in {volts:%05.2f}");
    }
}

void Field::read_type(std::string_view text) {
    const auto parts = split(text);
    const auto kind = parts.empty() ? std::string_view() : parts.front();
    auto used = read_number(parts);
    if (used == 0) {
        used = read_text(parts);
    }
    if (used == 0) {
        used = read_digits(parts);
    }
    if (used == 0) {
        const std::vector<std::string> known = {"u8",  "u16", "u24", "u32", "u64",   "i8",    "i16", "i24",
                                                "i32", "i64", "f32", "f64", "ascii", "bytes", "bcd", "bits"};
        throw std::invalid_argument("there is no type '" + profile::cut(kind) + "'" +
                                    did_you_mean(std::string(kind), known) +
                                    "; known are: u8, u16, u24, u32, u64, i8 to i64, f32, f64, ascii 8, "
                                    "bytes 4, bcd 2, bits 8, digits such as %05.2f, and words such as "
                                    "{on:5A|00}");
    }
    if (used != parts.size()) {
        throw std::invalid_argument(
            "'" + profile::cut(text) +
            "' is not a type; write u16, u16 little, ascii 8, ascii 8 blanks, bytes 4, "
            "bcd 2 or bits 8");
    }
}

std::size_t Field::read_number(const std::vector<std::string_view>& parts) {
    static const std::map<std::string_view, std::pair<Type, std::size_t>> numbers = {
        {"u8", {Type::unsigned_number, 8}},   {"u16", {Type::unsigned_number, 16}},
        {"u24", {Type::unsigned_number, 24}}, {"u32", {Type::unsigned_number, 32}},
        {"u64", {Type::unsigned_number, 64}}, {"i8", {Type::signed_number, 8}},
        {"i16", {Type::signed_number, 16}},   {"i24", {Type::signed_number, 24}},
        {"i32", {Type::signed_number, 32}},   {"i64", {Type::signed_number, 64}},
        {"f32", {Type::float_number, 32}},    {"f64", {Type::float_number, 64}}};
    const auto number = parts.empty() ? numbers.end() : numbers.find(parts.front());
    if (number == numbers.end()) {
        return 0;
    }
    type_ = number->second.first;
    size_ = number->second.second / 8;
    const bool has_order = parts.size() > 1 && (parts[1] == "big" || parts[1] == "little");
    if (has_order) {
        order_ = parts[1] == "little" ? ByteOrder::little : ByteOrder::big;
    }
    return has_order ? 2 : 1;
}

std::size_t Field::read_text(const std::vector<std::string_view>& parts) {
    if (parts.empty() || (parts.front() != "ascii" && parts.front() != "bytes")) {
        return 0;
    }
    type_ = parts.front() == "ascii" ? Type::ascii : Type::bytes;
    size_ = parts.size() > 1 ? count_of(parts[1], max_text) : std::nullopt;
    const bool has_padding =
        type_ == Type::ascii && size_ && parts.size() > 2 && (parts[2] == "blanks" || parts[2] == "nuls");
    if (has_padding) {
        padding_ = parts[2] == "blanks" ? ' ' : '\0';
    }
    return has_padding ? 3 : size_ ? 2 : 1;
}

std::size_t Field::read_digits(const std::vector<std::string_view>& parts) {
    if (parts.empty() || (parts.front() != "bcd" && parts.front() != "bits")) {
        return 0;
    }
    const bool is_bcd = parts.front() == "bcd";
    const auto count = parts.size() > 1 ? count_of(parts[1], is_bcd ? 8 : 64) : std::nullopt;
    type_ = is_bcd ? Type::bcd : Type::bits;
    bits_ = count.value_or(8);
    size_ = is_bcd ? count.value_or(1) : (bits_ + 7) / 8;
    return count ? 2 : 1;
}

} // namespace jigd::drivers
