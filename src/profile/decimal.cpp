#include "profile/decimal.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace jigd::profile {

namespace {

/// (left + right) % modulus without overflow, for operands below `modulus`.
std::uint64_t add(std::uint64_t left, std::uint64_t right, std::uint64_t modulus) {
    return left >= modulus - right ? left - (modulus - right) : left + right;
}

/// (10 * value) % modulus, likewise.
std::uint64_t times_ten(std::uint64_t value, std::uint64_t modulus) {
    const auto twice = add(value, value, modulus);
    const auto four_times = add(twice, twice, modulus);
    const auto five_times = add(four_times, value, modulus);
    return add(five_times, five_times, modulus);
}

} // namespace

Decimal::Decimal(bool negative, const std::string& digits, int exponent) {
    const auto first = digits.find_first_not_of('0');
    if (first == std::string::npos) {
        return;
    }
    const auto last = digits.find_last_not_of('0');
    negative_ = negative;
    digits_ = digits.substr(first, last - first + 1);
    exponent_ = exponent + static_cast<int>(digits.size() - 1 - last);
}

std::optional<Decimal> Decimal::of(const nlohmann::json& value) {
    if (value.is_number_integer()) {
        const auto text = value.dump();
        const bool negative = text.front() == '-';
        return Decimal(negative, text.substr(negative ? 1 : 0), 0);
    }
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        return std::nullopt;
    }
    // The shortest text that reads back as the same number: what was written, where that had up to 15 digits.
    std::array<char, 32> buffer{};
    const auto number = value.get<double>();
    const auto* end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific)
            .ptr;
    const std::string text(static_cast<const char*>(buffer.data()), end);
    const auto e = text.find('e');
    auto digits = text.substr(0, e);
    const bool negative = digits.front() == '-';
    digits.erase(0, negative ? 1 : 0);
    int exponent = std::stoi(text.substr(e + 1));
    if (const auto point = digits.find('.'); point != std::string::npos) {
        exponent -= static_cast<int>(digits.size() - point - 1);
        digits.erase(point, 1);
    }
    return Decimal(negative, digits, exponent);
}

std::optional<std::int64_t> Decimal::times(std::int64_t factor) const {
    constexpr std::size_t most_digits = 18; // of any number that fits
    if (digits_.size() > most_digits) {
        return std::nullopt;
    }
    std::int64_t product = digits_.empty() ? 0 : std::stoll(digits_);
    if (__builtin_mul_overflow(product, negative_ ? -factor : factor, &product)) {
        return std::nullopt;
    }
    for (int zeros = exponent_; zeros > 0; --zeros) {
        if (__builtin_mul_overflow(product, std::int64_t{10}, &product)) {
            return std::nullopt;
        }
    }
    for (int places = exponent_; places < 0; ++places) {
        if (product % 10 != 0) {
            return std::nullopt;
        }
        product /= 10;
    }
    return product;
}

bool Decimal::is_multiple_of(const Decimal& unit) const {
    if (is_zero()) {
        return true;
    }
    // The last digit is not zero, so a unit that ends further left does not divide it.
    if (exponent_ < unit.exponent_) {
        return false;
    }
    const std::uint64_t modulus = std::stoull(unit.digits_);
    std::uint64_t rest = 0;
    for (const char digit : digits_) {
        rest = add(times_ten(rest, modulus), static_cast<std::uint64_t>(digit - '0') % modulus, modulus);
    }
    for (int zero = unit.exponent_; zero < exponent_ && rest != 0; ++zero) {
        rest = times_ten(rest, modulus);
    }
    return rest == 0;
}

std::strong_ordering Decimal::compare_size(const Decimal& left, const Decimal& right) {
    if (left.is_zero() || right.is_zero()) {
        return left.digits_.size() <=> right.digits_.size();
    }
    const auto magnitude = [](const Decimal& number) {
        return static_cast<int>(number.digits_.size()) + number.exponent_;
    };
    if (magnitude(left) != magnitude(right)) {
        return magnitude(left) <=> magnitude(right);
    }
    return left.digits_.compare(right.digits_) <=> 0;
}

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) {
    if (left.negative_ != right.negative_) {
        return left.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    return left.negative_ ? Decimal::compare_size(right, left) : Decimal::compare_size(left, right);
}

} // namespace jigd::profile
