#include "yaml/syntax.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace jigd::yaml {

namespace {

/// yaml-cpp's terse words for the mistakes people make, in words that help.
std::string in_our_words(const YAML::Exception& error) {
    using Words = std::pair<std::string_view, std::string_view>;
    static const std::array table{
        Words{YAML::ErrorMsg::END_OF_MAP,
              "this does not continue the map above, expected 'key: value' in line "
              "with the other keys, or the map's end"},
        Words{YAML::ErrorMsg::END_OF_SEQ, "this does not continue the list above, expected '- item' in line "
                                          "with the other items, or the list's end"},
        Words{YAML::ErrorMsg::END_OF_MAP_FLOW, "the map in braces has no end here, expected ',' or '}'"},
        Words{YAML::ErrorMsg::END_OF_SEQ_FLOW, "the list in brackets has no end here, expected ',' or ']'"},
        Words{YAML::ErrorMsg::MAP_VALUE,
              "a ':' that no key can stand before, expected one 'key: value' a line; text with ': ' needs "
              "quotes"},
        Words{YAML::ErrorMsg::MAP_KEY, "a key can't stand here, expected a new line"},
        Words{YAML::ErrorMsg::BLOCK_ENTRY,
              "a '- ' can't stand here, expected a list's items on lines of their own"},
        Words{YAML::ErrorMsg::FLOW_END, "a closing bracket or brace that nothing opened, expected a value"},
        Words{YAML::ErrorMsg::INVALID_ESCAPE,
              "an unknown escape after '\\', expected one of YAML's; single quotes take '\\' as it is"},
        Words{YAML::ErrorMsg::CHAR_IN_BLOCK, "text after '>' or '|' can't stand on its line; a value that "
                                             "begins with one of them needs quotes"},
        Words{YAML::ErrorMsg::UNKNOWN_TOKEN,
              "a character that can't begin a value, expected text; '@', '`' and '%' need quotes around"},
    };
    for (const auto& [theirs, ours] : table) {
        if (error.msg.starts_with(theirs)) {
            return std::string(ours);
        }
    }
    // The name of an unknown anchor could be a secret that begins with '*'.
    if (error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) {
        return "an alias (*name) is not supported, expected the value itself; text that begins with '*' "
               "needs "
               "quotes";
    }
    return "not understood as YAML: " + error.msg;
}

/// Text that is not YAML, and what tells where that began.
class Refused {
  public:
    Refused(const YAML::Exception& error, const std::string& text,
            const std::optional<YAML::Mark>& last_scalar)
        : error_(error), text_(text), last_scalar_(last_scalar.value_or(YAML::Mark())) {}

    [[nodiscard]] SyntaxProblem explained() const {
        if (has_tab_in_indentation()) {
            return {at_column(0), "a tab in the indentation, expected spaces"};
        }
        if (says(YAML::ErrorMsg::EOF_IN_SCALAR) || says(YAML::ErrorMsg::DOC_IN_SCALAR)) {
            return {mark_at(unclosed_quote()), "this quoted text does not end, expected the closing quote"};
        }
        if (const auto end = end_of_swallowing_quote()) {
            return {last_scalar_, "a quoted text begins here and ends in line " +
                                      std::to_string(mark_at(*end).line + 1) +
                                      ", where more text follows; is its own closing quote missing?"};
        }
        if (const auto above = line_that_goes_on()) {
            return {at_column(indentation_of(line())),
                    "indented more than line " + std::to_string(*above + 1) +
                        ", whose value would go on here; expected the keys of a map in one column"};
        }
        return {error_.mark, in_our_words(error_) + (stands_at_bracket() ? about_brackets : "")};
    }

  private:
    static constexpr const char* about_brackets = "; text with brackets or braces in it needs quotes";

    [[nodiscard]] bool says(std::string_view words) const { return error_.msg.starts_with(words); }

    /// Where the line of the error begins, and the line.
    [[nodiscard]] std::size_t begin() const {
        const auto place = static_cast<std::size_t>(std::max(error_.mark.pos - error_.mark.column, 0));
        return std::min(place, text_.size()); // the end of the document is behind that of the text
    }
    [[nodiscard]] std::string_view line() const {
        return std::string_view(text_).substr(begin(), text_.find('\n', begin()) - begin());
    }

    static std::size_t indentation_of(std::string_view line) {
        return std::min(line.find_first_not_of(' '), line.size());
    }

    [[nodiscard]] YAML::Mark at_column(std::size_t column) const {
        auto mark = error_.mark;
        mark.pos += static_cast<int>(column) - mark.column;
        mark.column = static_cast<int>(column);
        return mark;
    }

    [[nodiscard]] YAML::Mark mark_at(std::size_t place) const {
        const auto before = std::string_view(text_).substr(0, place);
        YAML::Mark mark;
        mark.pos = static_cast<int>(before.size());
        mark.line = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
        mark.column = static_cast<int>(before.size() - (before.rfind('\n') + 1)); // npos + 1 is 0
        return mark;
    }

    [[nodiscard]] bool has_tab_in_indentation() const {
        return line().substr(0, line().find_first_not_of(" \t")).find('\t') != std::string_view::npos;
    }

    /// Behind the quote that closes the text whose opening quote stands at `begin`; npos when none does.
    [[nodiscard]] std::size_t end_of_quoted(std::size_t begin) const {
        const char quote = text_[begin];
        for (auto place = begin + 1; place < text_.size(); ++place) {
            const bool is_pair = quote == '\'' && text_.compare(place, 2, "''") == 0;
            if (is_pair || (quote == '"' && text_[place] == '\\')) {
                ++place;
            } else if (text_[place] == quote) {
                return place + 1;
            }
        }
        return std::string::npos;
    }

    /// The opening quote that nothing closes, behind what was read.
    [[nodiscard]] std::size_t unclosed_quote() const {
        auto quote = text_.find_first_of("'\"", static_cast<std::size_t>(last_scalar_.pos));
        while (quote != std::string::npos && end_of_quoted(quote) != std::string::npos) {
            quote = text_.find_first_of("'\"", end_of_quoted(quote));
        }
        return std::min(quote, text_.size());
    }

    /// Where the last quoted text ends, when it spans lines and what is not understood stands right behind
    /// it: then that quote was meant to open another.
    [[nodiscard]] std::optional<std::size_t> end_of_swallowing_quote() const {
        const auto begin = static_cast<std::size_t>(last_scalar_.pos);
        const bool is_quoted = begin < text_.size() && (text_[begin] == '\'' || text_[begin] == '"');
        const auto end = is_quoted ? end_of_quoted(begin) : std::string::npos;
        const bool is_behind = end != std::string::npos && mark_at(end).line == error_.mark.line &&
                               last_scalar_.line < error_.mark.line;
        return is_behind ? std::optional(end) : std::nullopt;
    }

    /// The line that a key indented too far goes on, as YAML sees it; nullopt when the error is another.
    [[nodiscard]] std::optional<int> line_that_goes_on() const {
        const auto above = std::string_view(text_).substr(0, begin());
        const auto last = above.find_last_not_of(" \r\n");
        const bool is_first = line().find(':') == static_cast<std::size_t>(error_.mark.column);
        if (!says(YAML::ErrorMsg::MAP_VALUE) || !is_first || last == std::string_view::npos) {
            return std::nullopt;
        }
        const auto line_above = above.substr(above.rfind('\n', last) + 1); // npos + 1 is 0
        return indentation_of(line()) > indentation_of(line_above) ? std::optional(mark_at(last).line)
                                                                   : std::nullopt;
    }

    [[nodiscard]] bool stands_at_bracket() const {
        const bool is_flow = says(YAML::ErrorMsg::END_OF_MAP_FLOW) || says(YAML::ErrorMsg::END_OF_SEQ_FLOW);
        const auto place = static_cast<std::size_t>(error_.mark.pos);
        return is_flow && place < text_.size() && (text_[place] == '[' || text_[place] == '{');
    }

    const YAML::Exception& error_;
    const std::string& text_;
    YAML::Mark last_scalar_; ///< the beginning where none was read
};

} // namespace

SyntaxProblem explained(const YAML::Exception& error, const std::string& text,
                        const std::optional<YAML::Mark>& last_scalar) {
    return error.mark.is_null() ? SyntaxProblem{error.mark, in_our_words(error)}
                                : Refused(error, text, last_scalar).explained();
}

} // namespace jigd::yaml
