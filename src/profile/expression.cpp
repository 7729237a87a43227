#include "profile/expression.hpp"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <vector>

#include "core/error.hpp"
#include "profile/decimal.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

[[noreturn]] void refuse(std::string_view text) {
    throw std::invalid_argument(
        "'" + cut(text) +
        "' is not a parameter or a sum with one; write {name}, {name-1}, {0x100+name} or {2*name}");
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

struct Term {
    bool is_negative = false;
    std::string_view text;
};

std::vector<Term> terms_of(std::string_view text) {
    std::vector<Term> terms;
    bool is_negative = false;
    for (;;) {
        const auto end = text.find_first_of("+-");
        terms.push_back({.is_negative = is_negative, .text = trimmed(text.substr(0, end))});
        if (end == std::string_view::npos) {
            return terms;
        }
        is_negative = text[end] == '-';
        text.remove_prefix(end + 1);
    }
}

/// By such a factor a device takes decimals as a whole number; by another it is an index, say.
bool moves_the_point(std::int64_t factor) {
    auto power = std::abs(factor);
    while (power >= 10 && power % 10 == 0) {
        power /= 10;
    }
    return power == 1 && std::abs(factor) > 1;
}

/// left + right * factor within 64 bits.
std::optional<std::int64_t> sum(std::int64_t offset, std::int64_t factor, std::int64_t value) {
    std::int64_t product = 0;
    std::int64_t result = 0;
    const bool overflows =
        __builtin_mul_overflow(factor, value, &product) || __builtin_add_overflow(offset, product, &result);
    return overflows ? std::nullopt : std::optional(result);
}

} // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (is_hex) {
        text.remove_prefix(2);
    }
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number, is_hex ? 16 : 10);
    return error == std::errc{} && at == end && !text.empty() && text.front() != '-' ? std::optional(number)
                                                                                     : std::nullopt;
}

Expression::Expression(std::string_view text) {
    for (const auto& term : terms_of(text)) {
        const std::int64_t sign = term.is_negative ? -1 : 1;
        if (const auto number = whole_number(term.text)) {
            const auto added = sum(offset_, sign, *number);
            offset_ = added ? *added : (refuse(text), 0);
            continue;
        }
        const auto star = term.text.find('*');
        const auto left = trimmed(term.text.substr(0, star));
        const auto right =
            star == std::string_view::npos ? std::string_view("1") : trimmed(term.text.substr(star + 1));
        const auto factor = whole_number(is_identifier(left) ? right : left);
        const auto name = is_identifier(left) ? left : right;
        if (!name_.empty() || !is_identifier(name) || !factor || *factor == 0) {
            refuse(text);
        }
        name_ = name;
        factor_ = sign * *factor;
    }
    if (name_.empty()) {
        refuse(text);
    }
}

nlohmann::json Expression::of(const nlohmann::json& value) const {
    if (is_plain()) {
        return value;
    }
    const bool is_too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > largest;
    const auto product = is_too_large ? std::nullopt : product_with(value);
    std::int64_t result = 0;
    if (!product || __builtin_add_overflow(offset_, *product, &result)) {
        throw Error(Code::bad_request,
                    "parameter '" + name_ + "' must be " +
                        (moves_the_point(factor_) ? "a multiple of 1/" + std::to_string(std::abs(factor_))
                                                  : std::string("a whole number")) +
                        " here, and not so large; it was " + shown(value));
    }
    return result;
}

/// `factor_` times `value`, exactly: 100 times 3.3 is 330.
std::optional<std::int64_t> Expression::product_with(const nlohmann::json& value) const {
    if (value.is_number_integer()) {
        std::int64_t product = 0;
        return __builtin_mul_overflow(factor_, value.get<std::int64_t>(), &product) ? std::nullopt
                                                                                    : std::optional(product);
    }
    const auto decimal = moves_the_point(factor_) ? Decimal::of(value) : std::nullopt;
    return decimal ? decimal->times(factor_) : std::nullopt;
}

std::optional<nlohmann::json> Expression::inverse(const nlohmann::json& result) const {
    if (is_plain()) {
        return result;
    }
    const bool is_too_large = result.is_number_unsigned() && result.get<std::uint64_t>() > largest;
    std::int64_t difference = 0;
    if (!result.is_number_integer() || is_too_large ||
        __builtin_sub_overflow(result.get<std::int64_t>(), offset_, &difference)) {
        return std::nullopt;
    }
    if (factor_ == -1) { // by which the smallest number can't be divided
        std::int64_t negative = 0;
        return __builtin_sub_overflow(std::int64_t{0}, difference, &negative)
                   ? std::nullopt
                   : std::optional<nlohmann::json>(negative);
    }
    if (difference % factor_ == 0) {
        return difference / factor_;
    }
    const nlohmann::json decimal = static_cast<double>(difference) / static_cast<double>(factor_);
    return product_with(decimal) == difference ? std::optional(decimal) : std::nullopt;
}

} // namespace jigd::profile
