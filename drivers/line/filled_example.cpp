#include "drivers/line/filled_example.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace jigd::drivers {

namespace {

std::string with_groups_replaced(const std::vector<profile::Span>& spans, const std::string& example,
                                 const profile::Replacement& replacement) {
    std::string text;
    std::size_t copied = 0;
    for (const auto& span : spans) {
        const auto value = replacement(span.name);
        if (value && span.begin >= copied) {
            text += example.substr(copied, span.begin - copied) + *value;
            copied = span.begin + span.length;
        }
    }
    return text + example.substr(copied);
}

std::size_t decimals_of(std::string_view number) {
    const auto point = number.find('.');
    if (point == std::string_view::npos) {
        return 0;
    }
    const auto end = number.find_first_not_of("0123456789", point + 1);
    return std::min(end, number.size()) - point - 1;
}

/// `value` with the sign, the decimals and the exponent of `example`: -2.758856e-05 as -2.758856E-05 or
/// -0.000028.
std::string spelt_like(std::string_view example, const std::string& value) {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size()) {
        return value;
    }
    const auto decimals = decimals_of(example);
    const auto text = example.find('E') != std::string_view::npos ? fmt::format("{:.{}E}", number, decimals)
                      : example.find('e') != std::string_view::npos
                          ? fmt::format("{:.{}e}", number, decimals)
                          : fmt::format("{:.{}f}", number, decimals);
    return example.starts_with('+') && number >= 0 ? "+" + text : text;
}

} // namespace

std::string filled_example(const profile::Pattern& pattern, const std::string& example,
                           const profile::Replacement& replacement) {
    const auto spans = pattern.spans(example);
    if (!spans) {
        return example;
    }
    auto text = with_groups_replaced(*spans, example, replacement);
    if (pattern.spans(text)) {
        return text;
    }
    const auto like_the_example = [&](const std::string& group) -> std::optional<std::string> {
        auto value = replacement(group);
        for (const auto& span : *spans) {
            if (value && span.name == group) {
                return spelt_like(std::string_view(example).substr(span.begin, span.length), *value);
            }
        }
        return value;
    };
    return with_groups_replaced(*spans, example, like_the_example);
}

} // namespace jigd::drivers
