#include "drivers/binary/field.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "drivers/float_value.hpp"
#include "drivers/hex_text.hpp"
#include "profile/bits.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

using nlohmann::json;

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char letter) { return letter >= ' ' && letter <= '~'; });
}

std::uint64_t largest_unsigned(std::size_t size) {
    return size == 8 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << (8 * size)) - 1;
}

/// Sign-extended.
std::int64_t as_signed(std::uint64_t number, std::size_t size) {
    const auto shift = 64 - 8 * size;
    return static_cast<std::int64_t>(number << shift) >> shift;
}

} // namespace

void Field::refuse(const std::string& what) const {
    throw Error(Code::bad_request, "parameter '" + name() + "' " + what);
}

std::string Field::encode(const json& value) const {
    switch (type_) {
    case Type::unsigned_number:
    case Type::signed_number:
        return encode_integer(value);
    case Type::float_number:
        return encode_float(value);
    case Type::ascii:
        return encode_text(value);
    case Type::bytes:
        return encode_bytes(value);
    case Type::bcd:
        return encode_bcd(value);
    case Type::bits:
        return encode_bits(value);
    case Type::digits:
        return encode_digits(value);
    case Type::words:
        break;
    }
    const auto word = words_->to_wire(value);
    if (!word) {
        refuse("has no bytes for " + profile::shown(value));
    }
    return *from_hex(*word);
}

/// What goes over the line for the parameter's value: a whole number.
json Field::sum_of(const json& value) const {
    constexpr double largest_exact = 9007199254740992.0; // 2^53
    auto number = value;
    if (const auto bits = profile::number_of_bits(value)) {
        number = *bits;
    } else if (value.is_boolean()) {
        number = value.get<bool>() ? 1 : 0;
    } else if (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>() &&
               std::fabs(value.get<double>()) <= largest_exact) {
        number = static_cast<std::int64_t>(value.get<double>());
    }
    if (!number.is_number_integer() && expression_.is_plain()) {
        refuse("must be a whole number here, was " + profile::shown(value));
    }
    const bool is_huge =
        number.is_number_unsigned() && number.get<std::uint64_t>() > largest_unsigned(8) >> 1U;
    if (is_huge && !expression_.is_plain()) {
        refuse("is too large: " + profile::shown(value));
    }
    return expression_.of(number);
}

std::string Field::encode_integer(const json& value) const {
    const auto number = sum_of(value);
    const bool is_signed = type_ == Type::signed_number;
    const auto highest = is_signed ? largest_unsigned(*size_) >> 1U : largest_unsigned(*size_);
    const auto lowest = is_signed ? -static_cast<std::int64_t>(highest) - 1 : 0;
    const bool is_negative = !number.is_number_unsigned() && number.get<std::int64_t>() < 0;
    const bool fits =
        is_negative ? number.get<std::int64_t>() >= lowest : number.get<std::uint64_t>() <= highest;
    if (!fits) {
        refuse("does not fit: " + profile::shown(number) + " is not between " + std::to_string(lowest) +
               " and " + std::to_string(highest));
    }
    return to_bytes(number.get<std::uint64_t>(), *size_, order_);
}

std::string Field::encode_float(const json& value) const {
    if (!value.is_number()) {
        refuse("must be a number here, was " + profile::shown(value));
    }
    const auto number = value.get<double>();
    if (*size_ == 8) {
        return to_bytes(std::bit_cast<std::uint64_t>(number), 8, order_);
    }
    if (std::fabs(number) > static_cast<double>(std::numeric_limits<float>::max())) {
        refuse("does not fit into 32 bits: " + profile::shown(value));
    }
    return to_bytes(std::bit_cast<std::uint32_t>(static_cast<float>(number)), 4, order_);
}

/// What would read back as another text is refused.
std::string Field::encode_text(const json& value) const {
    if (!value.is_string() || !is_printable(value.get_ref<const std::string&>())) {
        refuse("must be printable ASCII here, was " + profile::shown(value));
    }
    auto text = value.get<std::string>();
    if (size_ && text.size() > *size_) {
        refuse("does not fit: " + profile::shown(value) + " is longer than " + std::to_string(*size_) +
               " characters");
    }
    if (size_ && text.ends_with(' ')) {
        refuse("must not end in a blank, which a padded text can't hold");
    }
    text.resize(size_.value_or(text.size()), padding_);
    return text;
}

std::string Field::encode_bytes(const json& value) const {
    auto bytes = value.is_string() ? from_hex(value.get_ref<const std::string&>()) : std::nullopt;
    if (!bytes) {
        refuse("must be bytes in hexadecimal, such as \"DEAD\", was " + profile::shown(value));
    }
    if (size_ && bytes->size() != *size_) {
        refuse("must be " + std::to_string(*size_) + " bytes, was " + std::to_string(bytes->size()));
    }
    return std::move(*bytes);
}

std::string Field::encode_bits(const json& value) const {
    if (!value.is_array() || value.size() != bits_ ||
        !std::all_of(value.begin(), value.end(), [](const json& bit) { return bit.is_boolean(); })) {
        refuse("must be a list of " + std::to_string(bits_) + " booleans");
    }
    std::uint64_t number = 0;
    for (std::size_t index = 0; index < bits_; ++index) {
        number |= value[index].get<bool>() ? std::uint64_t{1} << index : 0;
    }
    return to_bytes(number, *size_, order_);
}

std::string Field::encode_digits(const json& value) const {
    const auto bits = profile::number_of_bits(value);
    auto text = format_->write(name(), expression_.of(bits ? json(*bits) : value));
    if (text.size() != *size_) {
        refuse("does not fit: " + text + " is longer than " + std::to_string(*size_) + " characters");
    }
    return text;
}

std::string Field::encode_bcd(const json& value) const {
    const auto number = sum_of(value);
    const bool is_good = number >= 0;
    auto rest = is_good ? number.get<std::uint64_t>() : 0;
    std::uint64_t digits = 0;
    for (std::size_t digit = 0; digit < 2 * *size_; ++digit) {
        digits |= rest % 10 << (4 * digit);
        rest /= 10;
    }
    if (!is_good || rest != 0) {
        refuse("does not fit into " + std::to_string(2 * *size_) +
               " decimal digits: " + profile::shown(number));
    }
    return to_bytes(digits, *size_, order_);
}

std::optional<json> Field::decode(std::string_view bytes) const {
    if (size_ && bytes.size() != *size_) {
        return std::nullopt;
    }
    auto value = decode_raw(bytes);
    return value ? expression_.inverse(*value) : std::nullopt;
}

std::optional<json> Field::decode_raw(std::string_view bytes) const {
    switch (type_) {
    case Type::unsigned_number:
        return from_bytes(bytes, order_);
    case Type::signed_number:
        return as_signed(from_bytes(bytes, order_), bytes.size());
    case Type::float_number:
        return decode_float(bytes);
    case Type::ascii: {
        const auto text = bytes.substr(0, bytes.find('\0'));
        return std::string(text.substr(0, size_ ? text.find_last_not_of(' ') + 1 : text.size()));
    }
    case Type::bytes: {
        auto text = to_hex(bytes);
        std::erase(text, ' ');
        return text;
    }
    case Type::bcd:
        return decode_bcd(bytes);
    case Type::bits: {
        const auto number = from_bytes(bytes, order_);
        auto list = json::array();
        for (std::size_t index = 0; index < bits_; ++index) {
            list.push_back((number >> index & 1U) != 0);
        }
        return list;
    }
    case Type::digits:
        return format_->read(bytes);
    case Type::words:
        break;
    }
    for (const auto& [value, word] : words_->pairs()) {
        if (from_hex(word) == bytes) {
            return value;
        }
    }
    return std::nullopt;
}

json Field::decode_float(std::string_view bytes) const {
    const auto number = from_bytes(bytes, order_);
    return bytes.size() == 4 ? float_value(std::bit_cast<float>(static_cast<std::uint32_t>(number)))
                             : float_value(std::bit_cast<double>(number));
}

std::optional<json> Field::decode_bcd(std::string_view bytes) const {
    const auto digits = from_bytes(bytes, order_);
    std::int64_t number = 0;
    for (std::size_t digit = 2 * bytes.size(); digit > 0; --digit) {
        const auto each = digits >> (4 * (digit - 1)) & 0xFU;
        if (each > 9) {
            return std::nullopt;
        }
        number = 10 * number + static_cast<std::int64_t>(each);
    }
    return number;
}

std::string Field::spelt(const json& value) const {
    if (type_ == Type::bytes && value.is_string()) {
        auto text = to_hex(from_hex(value.get_ref<const std::string&>()).value_or(""));
        std::erase(text, ' ');
        return text;
    }
    if (const auto bits = profile::number_of_bits(value); bits && type_ != Type::bits) {
        return std::to_string(*bits);
    }
    if (value.is_boolean() && !words_ && type_ != Type::bits) {
        return value.get<bool>() ? "1" : "0";
    }
    const bool has_decimals = type_ == Type::float_number || type_ == Type::digits;
    if (value.is_number_float() || (has_decimals && value.is_number())) {
        // As it comes back: 1 as 1.0, or 1.0 as 1, and with a float's digits.
        try {
            return decode(encode(value)).value_or(value).dump();
        } catch (const Error&) {
            return value.dump(); // a board may say what could not be sent
        }
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

json Field::value_of(const std::string& text) const {
    if (type_ == Type::ascii || type_ == Type::bytes) {
        return text;
    }
    auto value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

} // namespace jigd::drivers
