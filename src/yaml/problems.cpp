#include <algorithm>
#include <tuple>

#include "yaml/document.hpp"

namespace jigd::yaml {

namespace {

bool comes_before(const Mark& mark, const Problem& problem) {
    const auto& other = problem.mark;
    return std::tie(mark.file, mark.line, mark.column) < std::tie(other.file, other.line, other.column);
}

} // namespace

void Problems::add(const Mark& mark, std::string_view text) {
    std::string line = mark.file;
    if (mark.line > 0) {
        line += ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
    }
    line.append(": ").append(text);
    if (std::find(lines_.begin(), lines_.end(), line) != lines_.end()) {
        return; // of an item that stands for several
    }
    const auto place = std::upper_bound(list_.begin(), list_.end(), mark, comes_before);
    lines_.insert(lines_.begin() + (place - list_.begin()), std::move(line));
    list_.insert(place, {mark, std::string(text)});
}

std::string Problems::text() const {
    std::string text;
    for (const auto& line : lines_) {
        text += line + "\n";
    }
    return text;
}

} // namespace jigd::yaml
