#include <algorithm>
#include <tuple>

#include "yaml/document.hpp"

namespace jigd::yaml {

namespace {

bool comes_before(const Mark& left, const Mark& right) {
    return std::tie(left.file, left.line, left.column) < std::tie(right.file, right.line, right.column);
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
    const auto place = std::upper_bound(places_.begin(), places_.end(), mark, comes_before);
    lines_.insert(lines_.begin() + (place - places_.begin()), std::move(line));
    places_.insert(place, mark);
}

std::string Problems::text() const {
    std::string text;
    for (const auto& line : lines_) {
        text += line + "\n";
    }
    return text;
}

} // namespace jigd::yaml
