#include "core/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace jigd {

namespace {

char folded(char letter) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

/// Levenshtein distance with one row of memory.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t substituted = diagonal + (folded(left[i - 1]) == folded(right[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row.back();
}

/// Whether one of them, of four letters at least, is how the other begins: "duration" and "duration_ms".
bool is_beginning(std::string_view left, std::string_view right) {
    const auto length = std::min(left.size(), right.size());
    return length >= 4 && distance(left.substr(0, length), right.substr(0, length)) == 0;
}

} // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    // A word longer than any name could be is noise; don't pay for its distance.
    if (word.size() > 64) {
        return {};
    }
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const auto found = distance(word, candidate);
        if (found < best_distance) {
            best_distance = found;
            best = candidate;
        }
    }
    if (best.empty()) {
        const auto found = std::find_if(candidates.begin(), candidates.end(),
                                        [&](const auto& candidate) { return is_beginning(word, candidate); });
        return found == candidates.end() ? best : *found;
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
    const auto best = nearest(word, candidates);
    return best.empty() ? std::string{} : "; did you mean '" + best + "'?";
}

} // namespace jigd
