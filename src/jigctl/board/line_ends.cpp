#include "jigctl/board/line_ends.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace jigd::jigctl {

namespace {

/// What stands behind the last line end; all of it where there is none.
std::string_view tail_of(std::string_view said) {
    const auto end = said.find_last_of("\r\n");
    return end == std::string_view::npos ? said : said.substr(end + 1);
}

/// A prompt ends in a sign ("> ", "=>", "# "), perhaps behind a terminal's colours; a value that stands
/// without a line end does not.
bool ends_in_a_sign(std::string_view text) {
    constexpr std::string_view colour_end = "\x1b[m";
    constexpr std::string_view long_colour_end = "\x1b[0m";
    for (const auto colour : {colour_end, long_colour_end}) {
        if (text.ends_with(colour)) {
            text.remove_suffix(colour.size());
        }
    }
    const auto last = text.find_last_not_of(' ');
    return last != std::string_view::npos && std::ispunct(static_cast<unsigned char>(text[last])) != 0;
}

std::string guess_prompt(const std::vector<TypedExchange>& exchanges) {
    std::string_view prompt;
    for (const auto& exchange : exchanges) {
        if (exchange.rx.empty()) {
            continue;
        }
        const auto tail = tail_of(exchange.rx);
        if (!ends_in_a_sign(tail) || (!prompt.empty() && tail != prompt)) {
            return "";
        }
        prompt = tail;
    }
    return std::string(prompt);
}

std::string_view without_prompt(std::string_view said, std::string_view prompt) {
    if (!prompt.empty() && said.ends_with(prompt)) {
        said.remove_suffix(prompt.size());
    }
    return said;
}

} // namespace

LineEnds guess_line_ends(const std::vector<TypedExchange>& exchanges) {
    constexpr std::array<std::string_view, 4> ends{"\r\n", "\n\r", "\n", "\r"};
    LineEnds guess{.prompt = guess_prompt(exchanges)};
    std::map<std::string_view, int> seen;
    for (const auto& exchange : exchanges) {
        const auto said = without_prompt(exchange.rx, guess.prompt);
        const auto* const end = std::find_if(ends.begin(), ends.end(),
                                             [&](std::string_view each) { return said.ends_with(each); });
        if (end != ends.end()) {
            ++seen[*end];
        }
    }
    const auto most = std::max_element(seen.begin(), seen.end(), [](const auto& one, const auto& other) {
        return one.second < other.second;
    });
    if (most != seen.end()) {
        guess.line = most->first;
    }
    return guess;
}

std::vector<std::string> LineEnds::lines_of(std::string_view said) const {
    std::vector<std::string> lines;
    said = without_prompt(said, prompt);
    while (!said.empty()) {
        const auto place = said.find(line);
        if (const auto text = said.substr(0, place); !text.empty()) {
            lines.emplace_back(text);
        }
        said.remove_prefix(place == std::string_view::npos ? said.size() : place + line.size());
    }
    return lines;
}

} // namespace jigd::jigctl
