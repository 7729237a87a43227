#include "profile/number_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <stdexcept>

#include "core/error.hpp"
#include "profile/pattern.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

constexpr std::size_t max_width = 20;
constexpr int max_precision = 9;

std::string digits_of(std::uint64_t number, char conversion) {
    std::array<char, 32> text{};
    auto* end =
        std::to_chars(text.data(), text.data() + text.size(), number, conversion == 'd' ? 10 : 16).ptr;
    std::string digits(text.data(), static_cast<std::size_t>(end - text.data()));
    if (conversion == 'X') {
        std::transform(digits.begin(), digits.end(), digits.begin(), [](char letter) {
            return letter >= 'a' && letter <= 'f' ? static_cast<char>(letter - 'a' + 'A') : letter;
        });
    }
    return digits;
}

[[noreturn]] void refuse(const std::string& name, const std::string& what, const nlohmann::json& number) {
    throw Error(Code::bad_request,
                "parameter '" + name + "' must be " + what + " here, was " + shown(number));
}

template<typename Number>
std::optional<nlohmann::json> parsed(std::string_view text, int base) {
    Number number{};
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number, base);
    return result.ec == std::errc{} && result.ptr == end ? std::optional<nlohmann::json>(number)
                                                         : std::nullopt;
}

} // namespace

NumberFormat::NumberFormat(std::string_view text) {
    static const Pattern form(
        R"(%(?P<zero>0?)(?P<width>\d{0,2})(?:\.(?P<precision>\d))?(?P<conversion>[dxXf]))");
    const auto parts = form.match(text);
    const auto part = [&](const char* name) {
        const auto found = parts->find(name);
        return found == parts->end() ? std::string() : found->second.get<std::string>();
    };
    if (!parts || (!part("precision").empty() && part("conversion") != "f")) {
        throw std::invalid_argument("'" + cut(text) +
                                    "' is not a format of a number; write %d, %02d, %X, %04X or %.3f");
    }
    is_zero_padded_ = !part("zero").empty();
    width_ = part("width").empty() ? 0 : std::stoul(part("width"));
    precision_ = part("precision").empty() ? precision_ : std::stoi(part("precision"));
    conversion_ = part("conversion").front();
    if (width_ > max_width || precision_ > max_precision) {
        throw std::invalid_argument("'" + cut(text) + "' is wider than 20 characters");
    }
}

std::string NumberFormat::write(const std::string& name, const nlohmann::json& number) const {
    if (!number.is_number()) {
        refuse(name, "a number", number);
    }
    std::string digits;
    bool is_negative = false;
    if (conversion_ == 'f') {
        const auto value = number.get<double>();
        is_negative = std::signbit(value);
        std::array<char, 400> text{};
        const auto length = std::snprintf(text.data(), text.size(), "%.*f", precision_, std::fabs(value));
        digits.assign(text.data(), static_cast<std::size_t>(length));
    } else {
        if (!number.is_number_integer()) {
            refuse(name, "a whole number", number);
        }
        is_negative = !number.is_number_unsigned() && number.get<std::int64_t>() < 0;
        if (is_negative && is_hex()) {
            refuse(name, "0 or more", number);
        }
        const auto value = number.get<std::uint64_t>();
        digits = digits_of(is_negative ? 0 - value : value, conversion_);
    }
    const auto length = digits.size() + (is_negative ? 1 : 0);
    const auto missing = width_ > length ? width_ - length : 0;
    if (is_zero_padded_) {
        digits.insert(0, missing, '0');
    }
    return std::string(is_zero_padded_ ? 0 : missing, ' ') + (is_negative ? "-" : "") + digits;
}

std::optional<nlohmann::json> NumberFormat::read(std::string_view text) const {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (conversion_ == 'f') {
        double number = 0;
        const auto* end = text.data() + text.size();
        const auto result = std::from_chars(text.data(), end, number, std::chars_format::fixed);
        return result.ec == std::errc{} && result.ptr == end ? std::optional<nlohmann::json>(number)
                                                             : std::nullopt;
    }
    const int base = is_hex() ? 16 : 10;
    const auto number = parsed<std::int64_t>(text, base);
    return number ? number : parsed<std::uint64_t>(text, base);
}

std::string NumberFormat::pattern() const {
    const std::string padding = is_zero_padded_ || width_ == 0 ? "" : " *";
    return padding + (conversion_ == 'f' ? R"(-?\d+(?:\.\d+)?)" : is_hex() ? "[0-9A-Fa-f]+" : R"(-?\d+)");
}

} // namespace jigd::profile
