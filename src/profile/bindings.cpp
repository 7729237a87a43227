#include "profile/bindings.hpp"

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/expression.hpp"
#include "profile/template.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

/// What stands before the colon; nullopt when it is not a name or a sum with one, such as the 2 of \d{2}.
std::optional<Expression> expression_of(std::string_view inside) {
    try {
        return Expression(inside.substr(0, inside.find(':')));
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

/// `{channel:%02d}` and `{on:ON|OFF}` are spelt as in a command; another type, such as `u8`, is the
/// protocol's.
std::optional<Template> spelling_of(const std::string& inside) {
    try {
        return Template("{" + inside + "}", "");
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

/// Whether `text` ends within a placeholder, behind its colon, as "R{channel:": there stand words or a form,
/// which another placeholder can only be of `define`.
bool is_open_placeholder(std::string_view text) {
    const auto open = text.rfind('{');
    return open != std::string_view::npos && text.ends_with(':') &&
           is_identifier(text.substr(open + 1, text.size() - open - 2));
}

std::string bare_text(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

} // namespace

yaml::Node scalar_of(const yaml::Mark& mark, std::string text, bool quoted) {
    return yaml::Node(std::make_shared<const yaml::Node::Data>(
        yaml::Node::Data{yaml::Node::Type::scalar, mark, std::move(text), quoted, {}, {}}));
}

void Bindings::report_unknown(const std::string& name, const yaml::Mark& mark,
                              yaml::Problems& problems) const {
    std::vector<std::string> known;
    for (const auto& [each, value] : values_) {
        known.push_back(each);
    }
    problems.add(mark, "'{" + cut(name) + "}' is not in define" + did_you_mean(name, known));
}

std::string Bindings::value_of(const std::string& inside, const yaml::Mark& mark,
                               yaml::Problems& problems) const {
    auto unchanged = "{" + inside + "}";
    const auto expression = expression_of(inside);
    if (!expression || !contains(expression->name())) {
        return unchanged;
    }
    const auto& scalar = values_.at(expression->name());
    if (inside == expression->name()) {
        return scalar.text(); // as it is written, with all its digits
    }
    const auto value = scalar.to_json();
    try {
        if (const auto spelling = spelling_of(inside)) {
            return spelling->render({{expression->name(), value}});
        }
        return "{" + bare_text(expression->of(value)) + inside.substr(inside.find(':')) + "}";
    } catch (const Error& error) {
        problems.add(mark, "'" + cut(unchanged) + "': " + error.what());
        return unchanged;
    }
}

std::string Bindings::put_into(std::string_view text, const yaml::Mark& mark,
                               yaml::Problems& problems) const {
    std::string result;
    for (;;) {
        const auto open = text.find('{');
        const auto next = open == std::string_view::npos ? open : text.find_first_of("{}", open + 1);
        if (next == std::string_view::npos) {
            return result.append(text);
        }
        const bool is_innermost = text[next] == '}';
        result.append(text.substr(0, is_innermost ? open : next));
        if (is_innermost) {
            const std::string inside(text.substr(open + 1, next - open - 1));
            if (is_open_placeholder(result) && is_identifier(inside) && !contains(inside)) {
                report_unknown(inside, mark, problems);
            }
            result.append(value_of(inside, mark, problems));
        }
        text.remove_prefix(is_innermost ? next + 1 : next);
    }
}

yaml::Node Bindings::put_into(const yaml::Node& scalar, yaml::Problems& problems) const {
    const auto& text = scalar.text();
    const bool is_alone = text.size() > 2 && text.find_first_of("{}", 1) == text.size() - 1;
    const auto alone = is_alone ? expression_of(text.substr(1, text.size() - 2)) : std::nullopt;
    auto put = put_into(text, scalar.mark(), problems);
    if (put == text) {
        return scalar;
    }
    const bool is_value = alone && contains(alone->name()) && text.find(':') == std::string::npos;
    return scalar_of(scalar.mark(), std::move(put),
                     is_value ? values_.at(alone->name()).quoted() : scalar.quoted());
}

} // namespace jigd::profile
