#include "core/version_range.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

namespace jigd {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view blanks = " \t";

/// The dotted number at the front of `text`, which is taken away. A part that no unsigned holds counts as the
/// greatest. Empty when there is none.
std::vector<unsigned> take_version(std::string_view& text) {
    std::vector<unsigned> version;
    if (!text.empty() && (text.front() == 'v' || text.front() == 'V')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && digits.find(text.front()) != std::string_view::npos) {
        const auto length = std::min(text.find_first_not_of(digits), text.size());
        unsigned part = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + length, part);
        version.push_back(error == std::errc{} ? part : std::numeric_limits<unsigned>::max());
        text.remove_prefix(length);
        const bool goes_on =
            text.size() > 1 && text[0] == '.' && digits.find(text[1]) != std::string_view::npos;
        if (!goes_on) {
            break;
        }
        text.remove_prefix(1);
    }
    return version;
}

/// Negative, 0 or positive, as `left` is less than, equal to or greater than `right`.
int compare(const std::vector<unsigned>& left, const std::vector<unsigned>& right) {
    for (std::size_t index = 0; index < std::max(left.size(), right.size()); ++index) {
        const auto one = index < left.size() ? left[index] : 0;
        const auto other = index < right.size() ? right[index] : 0;
        if (one != other) {
            return one < other ? -1 : 1;
        }
    }
    return 0;
}

} // namespace

VersionRange::VersionRange(std::string text) : text_(std::move(text)) {
    struct Sign {
        std::string_view text;
        Comparison comparison;
    };
    // Longer ones first: "<=" begins like "<".
    constexpr std::array signs = {Sign{"==", Comparison::equal},   Sign{"!=", Comparison::not_equal},
                                  Sign{"<=", Comparison::at_most}, Sign{">=", Comparison::at_least},
                                  Sign{"<", Comparison::less},     Sign{">", Comparison::greater},
                                  Sign{"=", Comparison::equal}};
    std::string_view rest(text_);
    for (;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
        if (rest.empty()) {
            break;
        }
        const auto word = rest.substr(0, rest.find_first_of(blanks));
        rest.remove_prefix(word.size());
        auto version = word;
        auto comparison = Comparison::equal;
        const auto* const sign = std::find_if(signs.begin(), signs.end(), [&](const Sign& candidate) {
            return word.starts_with(candidate.text);
        });
        if (sign != signs.end()) {
            comparison = sign->comparison;
            version.remove_prefix(sign->text.size());
        }
        auto numbers = take_version(version);
        if (numbers.empty() || !version.empty()) {
            throw std::invalid_argument(
                "'" + std::string(word) +
                "' is not a version or comparison with one; write dotted numbers, such as "
                "1.4.2, >=1.4 or !=1.5, with no blank after the sign");
        }
        bounds_.push_back({comparison, std::move(numbers)});
    }
    if (bounds_.empty()) {
        throw std::invalid_argument(
            "no version is named; write one, such as 1.4.2, or a range, such as >=1.4 <2");
    }
}

bool VersionRange::contains(std::string_view version) const {
    const auto numbers = take_version(version);
    if (numbers.empty()) {
        return false;
    }
    return std::all_of(bounds_.begin(), bounds_.end(), [&](const Bound& bound) {
        const int order = compare(numbers, bound.version);
        switch (bound.comparison) {
        case Comparison::equal:
            return order == 0;
        case Comparison::not_equal:
            return order != 0;
        case Comparison::less:
            return order < 0;
        case Comparison::at_most:
            return order <= 0;
        case Comparison::greater:
            return order > 0;
        case Comparison::at_least:
            return order >= 0;
        }
        return false;
    });
}

} // namespace jigd
