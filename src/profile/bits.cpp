#include "profile/bits.hpp"

#include <algorithm>
#include <charconv>

namespace jigd::profile {

namespace {

using nlohmann::json;

constexpr std::size_t max_bits = 64;
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_list_of_booleans(const json& list) {
    return list.is_array() &&
           std::all_of(list.begin(), list.end(), [](const json& bit) { return bit.is_boolean(); });
}

/// `width` bits of a digit's `value`, the lowest first.
void append_digit(json& list, std::size_t value, std::size_t width) {
    for (std::size_t bit = 0; bit < width; ++bit) {
        list.push_back((value >> bit & 1U) != 0);
    }
}

/// The lowest bit first; `width` is how many bits a digit has.
std::optional<json> bits_of_digits(std::string_view text, std::size_t width) {
    const auto digits = hex_digits.substr(0, std::size_t{1} << width);
    auto list = json::array();
    if (text.empty() && width > 1) {
        return std::nullopt;
    }
    for (auto place = text.size(); place > 0; --place) {
        const char letter = text[place - 1];
        const auto value =
            digits.find(letter >= 'a' && letter <= 'f' ? static_cast<char>(letter - 'a' + 'A') : letter);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        append_digit(list, value, width);
    }
    return list;
}

std::optional<json> bits_of_decimal(std::string_view text, std::optional<std::size_t> count) {
    std::uint64_t number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    return error == std::errc{} && end == last ? bits_of(number, count.value_or(max_bits)) : std::nullopt;
}

/// As long as `count`; nullopt when that would lose a bit that is set.
std::optional<json> resized(json list, std::size_t count) {
    for (; list.size() > count; list.erase(list.size() - 1)) {
        if (list.back().get<bool>()) {
            return std::nullopt;
        }
    }
    while (list.size() < count) {
        list.push_back(false);
    }
    return list;
}

/// The highest digit first.
std::string digits_of(const json& bits, std::size_t width) {
    std::string digits;
    for (std::size_t first = 0; first < bits.size(); first += width) {
        std::size_t value = 0;
        for (std::size_t bit = 0; bit < width && first + bit < bits.size(); ++bit) {
            value |= bits[first + bit].get<bool>() ? std::size_t{1} << bit : 0;
        }
        digits += hex_digits[value];
    }
    std::reverse(digits.begin(), digits.end());
    return digits;
}

} // namespace

std::optional<std::uint64_t> number_of_bits(const json& list) {
    if (!is_list_of_booleans(list) || list.size() > max_bits) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (std::size_t bit = 0; bit < list.size(); ++bit) {
        number |= list[bit].get<bool>() ? std::uint64_t{1} << bit : 0;
    }
    return number;
}

std::optional<json> bits_of(std::uint64_t number, std::size_t count) {
    auto list = json::array();
    append_digit(list, number, std::min(count, max_bits));
    const bool is_all = count >= max_bits || number >> count == 0;
    return is_all ? std::optional(std::move(list)) : std::nullopt;
}

std::optional<std::size_t> size_of_list(const Schema& schema) {
    const auto& json = schema.json();
    const auto size = json.value("minItems", nlohmann::json());
    return size.is_number_integer() && size >= 0 && json.value("maxItems", nlohmann::json()) == size
               ? std::optional(size.get<std::size_t>())
               : std::nullopt;
}

json Bits::turned(json list) const {
    if (is_active_low) {
        for (auto& bit : list) {
            bit = !bit.get<bool>();
        }
    }
    if (is_leftmost_first) {
        std::reverse(list.begin(), list.end());
    }
    return list;
}

std::optional<json> Bits::read(const json& captured, std::optional<std::size_t> count) const {
    std::optional<json> bits;
    if (captured.is_string() && from == From::value) { // as spelt() has it
        const auto list = json::parse(captured.get_ref<const std::string&>(), nullptr, false);
        return list.is_string() ? std::nullopt : read(list, count);
    }
    if (captured.is_string()) {
        const auto& text = captured.get_ref<const std::string&>();
        bits = from == From::decimal ? bits_of_decimal(text, count)
                                     : bits_of_digits(text, from == From::hex ? 4 : 1);
        // A run of 0 and 1 is as long as it is: another length is another answer.
        bits = bits && from == From::hex && count ? resized(std::move(*bits), *count) : bits;
    } else if (is_list_of_booleans(captured)) {
        bits = captured;
    } else if (captured.is_number_integer() && captured >= 0 && count) {
        bits = bits_of(captured.get<std::uint64_t>(), *count);
    }
    return bits ? std::optional(turned(std::move(*bits))) : std::nullopt;
}

std::string Bits::spelt(const json& list) const {
    const auto bits = turned(list);
    switch (from) {
    case From::value:
        return bits.dump();
    case From::binary:
        return digits_of(bits, 1);
    case From::hex:
        return digits_of(bits, 4);
    case From::decimal:
        return std::to_string(number_of_bits(bits).value_or(0));
    }
    return {};
}

} // namespace jigd::profile
