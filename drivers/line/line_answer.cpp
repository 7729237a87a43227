#include "drivers/line/line_answer.hpp"

namespace jigd::drivers {

using namespace std::string_view_literals;

bool is_blank_line(std::string_view text) {
    return text.find_first_not_of("\0\r\n \t"sv) == std::string_view::npos;
}

std::vector<std::string> lines_of(const std::string& body) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (auto end = body.find('\n'); end != std::string::npos; end = body.find('\n', begin)) {
        lines.push_back(body.substr(begin, end - begin));
        begin = end + 1;
    }
    lines.push_back(body.substr(begin));
    return lines;
}

bool AnswerShape::ends_with(std::string_view line, std::size_t number) const {
    return !at_prompt && (until ? until->match(line).has_value() : number == lines);
}

bool AnswerShape::fits(std::string_view body) const {
    // A single line holds a \n only where another line end is the profile's.
    if (is_one_line() || at_prompt) {
        return true;
    }
    const auto all = lines_of(std::string(body));
    for (std::size_t number = 1; number < all.size(); ++number) {
        if (ends_with(all[number - 1], number)) {
            return false;
        }
    }
    return ends_with(all.back(), all.size());
}

std::string AnswerShape::text() const {
    if (until) {
        return " in lines up to " + until->text();
    }
    return lines == 1 ? std::string() : " in " + std::to_string(lines) + " lines";
}

} // namespace jigd::drivers
