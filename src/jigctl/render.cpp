#include "jigctl/render.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>
#include <vector>

#include "core/error.hpp"

namespace jigd::jigctl {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t step = 2;
constexpr std::size_t max_list = 72;

std::string text_of(const Json& envelope, const char* name) {
    const auto found = envelope.find(name);
    return found != envelope.end() && found->is_string() ? displayable(found->get<std::string>()) : "";
}

std::string short_number(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), number < 10 ? "%.1f" : "%.0f", number);
    return text.data();
}

/// Milliseconds in the unit that a person would use.
std::string age(const Json& milliseconds) {
    if (!milliseconds.is_number()) {
        return "-";
    }
    const auto value = milliseconds.get<double>();
    if (value < 1000) {
        return std::to_string(std::llround(value)) + " ms";
    }
    if (value < 120'000) {
        return short_number(value / 1000) + " s";
    }
    if (value < 7'200'000) {
        return short_number(value / 60'000) + " min";
    }
    return short_number(value / 3'600'000) + " h";
}

std::string scalar(const Json& value) {
    if (value.is_null()) {
        return "-";
    }
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        return text.empty() ? "\"\"" : displayable(text);
    }
    return value.dump();
}

std::string list(const Json& values) {
    if (values.empty()) {
        return "[]";
    }
    const bool bits =
        std::all_of(values.begin(), values.end(), [](const Json& each) { return each.is_boolean(); });
    std::string text;
    for (const auto& each : values) {
        if (!text.empty()) {
            text += bits ? " " : ", ";
        }
        text += bits ? (each.get<bool>() ? "1" : "0") : scalar(each);
        if (text.size() > max_list) {
            return text + ", … (" + std::to_string(values.size()) + " in all)";
        }
    }
    return text;
}

bool fits_one_line(const Json& value) {
    if (value.is_array()) {
        return std::none_of(value.begin(), value.end(),
                            [](const Json& each) { return each.is_structured(); });
    }
    return !value.is_object() || value.empty();
}

std::string one_line(const Json& value) {
    if (value.is_array()) {
        return list(value);
    }
    return value.is_object() ? "{}" : scalar(value);
}

Colour colour_of_source(std::string_view source) {
    if (source == "observed") {
        return Colour::green;
    }
    return source == "commanded" ? Colour::yellow : Colour::red;
}

class Lines {
  public:
    explicit Lines(const Style& style) : style_(style) {}

    void value(const Json& value, std::size_t indent) {
        if (fits_one_line(value)) {
            line(indent, one_line(value));
        } else if (value.is_object()) {
            object(value, indent);
        } else {
            for (const auto& each : value) {
                item(each, indent);
            }
        }
    }

    /// All members but `left_out`.
    void object(const Json& object, std::size_t indent, const std::set<std::string>& left_out = {}) {
        const bool qualified = has_qualified_values(object);
        std::size_t width = 0;
        for (const auto& [name, member] : object.items()) {
            if (fits_one_line(member) && left_out.count(name) == 0) {
                width = std::max(width, columns(displayable(name)));
            }
        }
        for (const auto& [name, member] : object.items()) {
            if (left_out.count(name) != 0 || (qualified && name == "quality")) {
                continue;
            }
            const auto shown = displayable(name);
            if (fits_one_line(member)) {
                line(indent, style_.paint(Colour::dim, padded(shown, width)) + "  " + one_line(member));
                continue;
            }
            line(indent, style_.paint(Colour::bold, shown));
            if (qualified && name == "values") {
                table(member, object["quality"], indent + step);
            } else {
                value(member, indent + step);
            }
        }
    }

    void line(std::size_t indent, const std::string& text) {
        text_.append(indent, ' ');
        text_ += text;
        text_.erase(text_.find_last_not_of(' ') + 1);
        text_ += '\n';
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    static bool has_qualified_values(const Json& object) {
        const auto values = object.find("values");
        const auto quality = object.find("quality");
        return values != object.end() && values->is_object() && !values->empty() && quality != object.end() &&
               quality->is_object();
    }

    /// An element of a list: "- " before its first line, the others below it.
    void item(const Json& value, std::size_t indent) {
        Lines nested(style_);
        nested.value(value, indent + step);
        auto text = nested.take();
        text[indent] = '-';
        text_ += text;
    }

    /// values → quality as name, value, source, age
    void table(const Json& values, const Json& quality, std::size_t indent) {
        using Row = std::array<std::string, 4>;
        std::vector<Row> rows{{"name", "value", "source", "age"}};
        for (const auto& [name, value] : values.items()) {
            const auto found = quality.find(name);
            const bool known = found != quality.end() && found->is_object();
            rows.push_back(
                {displayable(name), fits_one_line(value) ? one_line(value) : displayable(value.dump()),
                 known ? text_of(*found, "source") : "", known ? age(found->value("age_ms", Json())) : "-"});
        }
        Row::size_type column = 0;
        std::array<std::size_t, 4> widths{};
        for (const auto& row : rows) {
            for (column = 0; column < row.size(); ++column) {
                widths.at(column) = std::max(widths.at(column), columns(row.at(column)));
            }
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto& [name, value, source, since] = rows[i];
            const bool heading = i == 0;
            const auto cell = [&](Colour colour, const std::string& text, std::size_t at) {
                return style_.paint(heading ? Colour::dim : colour, padded(text, widths.at(at)));
            };
            line(indent, cell(Colour::dim, name, 0) + "  " + cell(Colour::none, value, 1) + "  " +
                             cell(colour_of_source(source), source, 2) + "  " +
                             style_.paint(heading ? Colour::dim : Colour::none, since));
        }
    }

    const Style& style_;
    std::string text_;
};

std::string heading(const Subject& subject, const Style& style) {
    return style.paint(Colour::bold, displayable(subject.serial) + " " + displayable(subject.request)) + ": ";
}

bool is_simulated(const Json& envelope) {
    const auto found = envelope.find("simulated");
    return found != envelope.end() && *found == true;
}

/// name=value, for a line of them.
std::string assignment(const std::string& name, const Json& value) {
    const bool text_without_blanks =
        value.is_string() && value.get_ref<const std::string&>().find(' ') == std::string::npos;
    return displayable(name) + "=" +
           (text_without_blanks || value.is_null() ? scalar(value) : displayable(value.dump()));
}

/// The `error` of an envelope; an empty object where there is none.
Json error_of(const Json& envelope) {
    const auto found = envelope.find("error");
    return found != envelope.end() && found->is_object() ? *found : Json::object();
}

std::string code_and_message(const Json& envelope, const Style& style) {
    const auto error = error_of(envelope);
    const auto code = text_of(error, "code");
    const auto message = text_of(error, "message");
    return style.paint(Colour::red, code.empty() ? "error" : code) + ": " +
           (message.empty() ? "the reply doesn't say why" : message) +
           (is_simulated(envelope) ? " (simulated)" : "");
}

/// What an error means for a caller who thinks of asking again.
std::string advice(const Json& error) {
    const auto executed = text_of(error, "executed");
    if (text_of(error, "code") == to_string(Code::superseded) && executed == "no") {
        return "nothing was done: the jig was made safe instead; asking again would undo that";
    }
    if (executed == "yes") {
        return "it was carried out; don't ask again";
    }
    if (executed == "unknown") {
        return "it may or may not have been carried out; read the jig's state before asking again";
    }
    const auto retryable = error.find("retryable");
    const bool again = retryable != error.end() && *retryable == true;
    if (executed == "no") {
        return again ? "nothing was done; asking again may succeed" : "nothing was done";
    }
    return again ? "asking again may succeed" : "";
}

} // namespace

std::string render_result(const Subject& subject, const Json& envelope, const Style& style) {
    Lines lines(style);
    std::string first = heading(subject, style) + style.paint(Colour::green, "ok");
    if (is_simulated(envelope)) {
        first += ", " + style.paint(Colour::yellow, "simulated");
    }
    if (const auto recorded = text_of(envelope, "recorded"); !recorded.empty()) {
        first += ", as recorded at " + recorded;
    }
    if (const auto took = envelope.find("duration_ms"); took != envelope.end() && took->is_number()) {
        first += style.paint(Colour::dim, " (" + took->dump() + " ms)");
    }
    lines.line(0, first);
    if (const auto result = envelope.find("result");
        result != envelope.end() && !result->is_null() && !(result->is_structured() && result->empty())) {
        lines.value(*result, step);
    }
    return lines.take();
}

std::string render_error(const Subject& subject, const Json& envelope, const Style& style) {
    Lines lines(style);
    const auto error = error_of(envelope);
    lines.line(0, heading(subject, style) + code_and_message(envelope, style));
    if (const auto recorded = text_of(envelope, "recorded"); !recorded.empty()) {
        lines.line(step, "as recorded at " + recorded + "; a new --id makes it a new request");
    }
    if (const auto hint = advice(error); !hint.empty()) {
        lines.line(step, hint);
    }
    lines.object(error, step, {"code", "message", "retryable", "executed"});
    return lines.take();
}

std::string render_on_one_line(const Json& envelope, const Style& style) {
    const auto jig = text_of(envelope, "jig");
    std::string line = style.paint(Colour::bold, jig.empty() ? "?" : jig) + ": ";
    if (const auto ok = envelope.find("ok"); ok == envelope.end() || *ok != true) {
        return line + code_and_message(envelope, style) + "\n";
    }
    line += style.paint(Colour::green, "ok");
    if (is_simulated(envelope)) {
        line += " " + style.paint(Colour::yellow, "simulated");
    }
    const auto result = envelope.find("result");
    if (result != envelope.end() && result->is_object()) {
        for (const auto& [name, value] : result->items()) {
            line += " " + assignment(name, value);
        }
    } else if (result != envelope.end() && !result->is_null()) {
        line += " " + displayable(result->dump());
    }
    return line + "\n";
}

std::string render_value(const Json& value, const Style& style) {
    Lines lines(style);
    lines.value(value, 0);
    return lines.take();
}

} // namespace jigd::jigctl
