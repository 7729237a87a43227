#include "drivers/line/line_finder.hpp"

namespace jigd::drivers {

namespace {

using namespace std::string_view_literals;

/// What of `line` may mean something: NULs and line ends that an earlier line left in front are nothing.
std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of("\0\r\n"sv);
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

} // namespace

bool is_blank_line(std::string_view text) {
    return text.find_first_not_of("\0\r\n \t"sv) == std::string_view::npos;
}

std::optional<profile::Frame> LineFinder::next() {
    auto line = splitter_.next();
    if (!line) {
        return std::nullopt;
    }
    if (side_ == profile::Side::board) {
        if (line->ends_with('\r')) {
            line->pop_back();
        }
        return profile::Frame{std::move(*line)};
    }
    return profile::Frame{std::string(trimmed(*line))};
}

std::string_view LineFinder::partial() const {
    return trimmed(splitter_.partial());
}

bool LineFinder::is_within_frame() const {
    const bool is_overlong = splitter_.is_within_line() && splitter_.partial().empty();
    return is_overlong || !is_blank_line(splitter_.partial());
}

} // namespace jigd::drivers
