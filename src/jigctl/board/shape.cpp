#include "jigctl/board/shape.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "jigctl/profile/yaml_text.hpp"

namespace jigd::jigctl {

namespace {

using Kind = Token::Kind;

/// The shape of a line: words beyond the first may differ.
std::string shape_of_line(const Tokens& tokens) {
    std::string shape;
    bool is_first_word = true;
    for (const auto& token : tokens) {
        switch (token.kind) {
        case Kind::word:
            shape += is_first_word && !is_switch(token.text) ? token.text : "W";
            is_first_word = false;
            break;
        case Kind::number:
        case Kind::digits: // 00000101 and 10000101 are one thing
            shape += "#";
            break;
        case Kind::other:
            shape += token.text;
            break;
        }
    }
    return shape;
}

/// What stands at one place of a line in each sample.
struct Column {
    Kind kind = Kind::other;
    std::vector<std::string> texts;

    [[nodiscard]] bool is_constant() const {
        return std::all_of(texts.begin(), texts.end(),
                           [this](const auto& text) { return text == texts.front(); });
    }
    [[nodiscard]] bool is_all_switch() const { return std::all_of(texts.begin(), texts.end(), is_switch); }
    [[nodiscard]] bool has(std::string_view letters) const {
        return std::any_of(texts.begin(), texts.end(), [&](const auto& text) {
            return text.find_first_of(letters) != std::string::npos;
        });
    }
    [[nodiscard]] std::set<std::string> different() const { return {texts.begin(), texts.end()}; }
};

std::vector<Column> columns_of(const std::vector<Sample>& samples, Tokens Sample::*line) {
    std::vector<Column> columns((samples.front().*line).size());
    for (std::size_t place = 0; place < columns.size(); ++place) {
        columns[place].kind = (samples.front().*line)[place].kind;
        for (const auto& sample : samples) {
            const auto& token = (sample.*line)[place];
            columns[place].texts.push_back(token.text);
            columns[place].kind = token.kind == Kind::digits ? Kind::digits : columns[place].kind;
        }
    }
    return columns;
}

bool is_sign(const std::vector<Column>& columns, std::size_t place, std::string_view signs) {
    return place < columns.size() && columns[place].kind == Kind::other &&
           signs.find(columns[place].texts.front()) != std::string_view::npos;
}

/// The last constant word before `place`.
std::string word_before(const std::vector<Column>& columns, std::size_t place) {
    while (place-- > 0) {
        if (columns[place].kind == Kind::word && columns[place].is_constant()) {
            return columns[place].texts.front();
        }
    }
    return "";
}

/// Names that are not there yet.
class Names {
  public:
    std::string fresh(const std::string& proposal) {
        const auto base = proposal.empty() ? std::string("value") : proposal;
        auto name = base;
        for (int count = 2; !taken_.insert(name).second; ++count) {
            name = base + "_" + std::to_string(count);
        }
        return name;
    }

  private:
    std::set<std::string> taken_;
};

std::string list_of(const std::set<std::string>& texts) {
    std::string list;
    for (const auto& text : texts) {
        list += (list.empty() ? "" : ", ") + yaml_text(text);
    }
    return "[" + list + "]";
}

/// The lowest and highest of numbers, as they are written.
std::pair<std::string, std::string> range_of(const Column& column) {
    const auto by_value = [](const std::string& one, const std::string& other) {
        return std::stod(one) < std::stod(other);
    };
    const auto [lowest, highest] = std::minmax_element(column.texts.begin(), column.texts.end(), by_value);
    return {*lowest, *highest};
}

std::string number_type(const Column& column) {
    return column.has(".eE") ? "number" : "integer";
}

std::string switch_value(const std::string& word) {
    return word.size() == 2 ? "true" : "false";
}

/// A request in the making.
class Generaliser {
  public:
    explicit Generaliser(const std::vector<Sample>& samples)
        : command_(columns_of(samples, &Sample::command)), answer_(columns_of(samples, &Sample::answer)) {
        for (const auto& sample : samples) {
            request_.examples.push_back({.tx = sample.tx, .rx = sample.rx});
        }
    }

    GuessedRequest take() {
        for (std::size_t place = 0; place < command_.size(); ++place) {
            request_.send += placeholder(place);
        }
        if (!answer_.empty()) {
            request_.match.emplace();
            for (std::size_t place = 0; place < answer_.size(); ++place) {
                *request_.match += group(place);
            }
        }
        request_.kind = kind();
        request_.name = name();
        return std::move(request_);
    }

  private:
    using Values = std::vector<std::pair<std::string, std::string>>;

    void add_values(const Column& column, const std::string& name, Values GuessedExample::*values,
                    const std::function<std::string(const std::string&)>& as_yaml) {
        for (std::size_t index = 0; index < column.texts.size(); ++index) {
            (request_.examples[index].*values).emplace_back(name, as_yaml(column.texts[index]));
        }
    }

    std::string literal(const Column& column) const {
        const auto& text = column.texts.front();
        return text == "{" || text == "}" ? text + text : text;
    }

    /// What `send` has at this place.
    std::string placeholder(std::size_t place) {
        const auto& column = command_[place];
        const auto same = [](const std::string& text) { return text; };
        if (column.kind == Kind::number) {
            const auto name = params_.fresh(name_of(word_before(command_, place)));
            const auto [lowest, highest] = range_of(column);
            request_.params.push_back({name, "{type: " + number_type(column) + ", minimum: " + lowest +
                                                 ", maximum: " + highest + "}"});
            add_values(column, name, &GuessedExample::params, same);
            return "{" + name + "}";
        }
        if (column.kind == Kind::word && place > 0 && column.is_all_switch()) {
            const auto name = params_.fresh("on");
            request_.params.push_back({name, "{type: boolean}"});
            add_values(column, name, &GuessedExample::params, switch_value);
            return "{" + name + ":" + switch_words(column.texts.front()) + "}";
        }
        if (column.kind != Kind::other && !column.is_constant()) {
            const auto name = params_.fresh(name_of(word_before(command_, place)));
            request_.params.push_back({name, "{enum: " + list_of(column.different()) + "}"});
            add_values(column, name, &GuessedExample::params,
                       [](const std::string& text) { return yaml_text(text); });
            return "{" + name + "}";
        }
        return literal(column);
    }

    /// The parameter that the answer repeats at this place; "" = none.
    std::string repeated(const Column& column) const {
        const bool is_answer_to_its_name = !command_.empty() && command_.front().kind == Kind::word &&
                                           !answer_.empty() &&
                                           answer_.front().texts.front() == command_.front().texts.front();
        if (!is_answer_to_its_name && column.is_constant()) {
            return "";
        }
        for (const auto& param : request_.params) {
            const auto is_repeated = [&](std::size_t index) {
                const auto& params = request_.examples[index].params;
                return std::find(params.begin(), params.end(), std::pair(param.name, column.texts[index])) !=
                       params.end();
            };
            bool all = true;
            for (std::size_t index = 0; index < column.texts.size(); ++index) {
                all = all && is_repeated(index);
            }
            if (all) {
                return param.name;
            }
        }
        return "";
    }

    std::string capture(const std::string& proposal, const std::string& pattern, const std::string& schema,
                        const Column& column, const std::function<std::string(const std::string&)>& as_yaml) {
        const auto name = fields_.fresh(proposal);
        request_.result.push_back({name, schema});
        add_values(column, name, &GuessedExample::result, as_yaml);
        return "(?P<" + name + ">" + pattern + ")";
    }

    /// A name for a value that is not a parameter's: a parameter's name would say that the answer repeats it.
    std::string field_name(std::size_t place) {
        auto name = name_of(word_before(answer_, place));
        for (const auto& param : request_.params) {
            name += param.name == name ? "_value" : "";
        }
        return name;
    }

    /// What `match` has at this place.
    std::string group(std::size_t place) {
        const auto& column = answer_[place];
        const auto same = [](const std::string& text) { return text; };
        const auto text = [](const std::string& value) { return yaml_text(value); };
        const bool is_name = is_sign(answer_, place + 1, "=:");
        if (column.kind == Kind::number && !is_name) {
            if (const auto param = repeated(column); !param.empty()) {
                return "(?P<" + param + ">" + (column.has(".eE") ? R"(-?\d[\d.]*)" : R"(-?\d+)") + ")";
            }
            const bool is_whole = !column.has(".eE");
            return capture(field_name(place), is_whole ? R"(-?\d+)" : R"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)",
                           "{type: " + number_type(column) + "}", column, same);
        }
        if (column.kind == Kind::digits) {
            return digits(place);
        }
        if (column.kind == Kind::word && column.is_all_switch()) {
            const auto words = switch_words(column.texts.front());
            const auto name = field_name(place);
            return capture(is_sign(answer_, place - 1, "=:") && place > 0 ? name : on_name(), words,
                           "{type: boolean, text: \"" + words + "\"}", column, switch_value);
        }
        const bool is_value = place > 0 && is_sign(answer_, place - 1, "=");
        if (column.kind == Kind::word && !is_name && (is_value || !column.is_constant())) {
            const auto schema =
                column.is_constant() ? "{type: string}" : "{enum: " + list_of(column.different()) + "}";
            return capture(field_name(place), R"(\w+)", schema, column, text);
        }
        return escaped(column.texts.front());
    }

    std::string on_name() {
        const bool is_param = std::any_of(request_.params.begin(), request_.params.end(),
                                          [](const auto& param) { return param.name == "on"; });
        return is_param ? "is_on" : "on";
    }

    /// 00000101 is most often a list of switches.
    std::string digits(std::size_t place) {
        const auto& column = answer_[place];
        const bool are_bits = !column.has("23456789");
        if (!are_bits) {
            return capture(field_name(place), R"(\d+)", "{type: string}", column,
                           [](const std::string& value) { return '"' + value + '"'; });
        }
        return capture(
            field_name(place), "[01]+", "{type: array, items: {type: boolean}, bits: rightmost_first}",
            column, [](const std::string& value) {
                std::string list;
                for (auto bit = value.rbegin(); bit != value.rend(); ++bit) {
                    list += (list.empty() ? "" : ", ") + std::string(*bit == '1' ? "true" : "false");
                }
                return "[" + list + "]";
            });
    }

    /// When in doubt it is a pulse, which is never repeated.
    [[nodiscard]] std::string kind() const {
        const auto& send = request_.send;
        if (send.ends_with('?') || !request_.result.empty()) {
            return "read";
        }
        const bool sets = std::any_of(request_.params.begin(), request_.params.end(), [](const auto& param) {
            return param.schema == "{type: boolean}" || param.schema.starts_with("{enum");
        });
        return sets || send.find('=') != std::string::npos ? "set" : "pulse";
    }

    /// GetRelay, SetUsb, Reset.
    [[nodiscard]] std::string name() const {
        std::string words;
        for (const auto& column : command_) {
            const auto word =
                column.kind == Kind::word && column.is_constant() && !is_switch(column.texts.front())
                    ? name_of(column.texts.front())
                    : "";
            bool is_first = true;
            for (const char letter : word) {
                if (letter == '_') {
                    is_first = true;
                    continue;
                }
                words += is_first && letter >= 'a' ? static_cast<char>(letter - 'a' + 'A') : letter;
                is_first = false;
            }
        }
        words = words.empty() ? "Command" : words;
        const auto prefix = request_.kind == "read" ? "Get" : request_.kind == "set" ? "Set" : "";
        return words.starts_with(prefix) ? words : prefix + words;
    }

    const std::vector<Column> command_;
    const std::vector<Column> answer_;
    GuessedRequest request_;
    Names params_;
    Names fields_;
};

} // namespace

std::string escaped(std::string_view text) {
    constexpr std::string_view special = R"(\.+*?()|[]{}^$)";
    std::string result;
    for (const char letter : text) {
        result += special.find(letter) == std::string_view::npos ? "" : "\\";
        result += letter;
    }
    return result;
}

std::string shape_of(const Sample& sample) {
    return shape_of_line(sample.command) + "\n" + shape_of_line(sample.answer);
}

GuessedRequest generalise(const std::vector<Sample>& samples) {
    return Generaliser(samples).take();
}

} // namespace jigd::jigctl
