#include "drivers/line/line_form.hpp"

#include <utility>

namespace jigd::drivers {

namespace {

std::string with_groups_replaced(const profile::Pattern& pattern, const std::string& example,
                                 const profile::Replacement& replacement) {
    const auto spans = pattern.spans(example);
    if (!spans) {
        return example;
    }
    std::string text;
    std::size_t copied = 0;
    for (const auto& span : *spans) {
        const auto value = replacement(span.name);
        if (value && span.begin >= copied) {
            text += example.substr(copied, span.begin - copied) + *value;
            copied = span.begin + span.length;
        }
    }
    return text + example.substr(copied);
}

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find(' '));
}

} // namespace

std::string PatternMatcher::fill(const std::string& example, const profile::Replacement& value) const {
    return with_groups_replaced(pattern_, example, value);
}

LineForm::LineForm(profile::Template send, std::optional<profile::Pattern> match, std::string end)
    : send_(std::move(send)), match_(std::move(match)), end_(std::move(end)) {}

std::vector<std::string> LineForm::captures() const {
    return match_ ? match_->groups() : std::vector<std::string>();
}

bool LineForm::may_answer(std::string_view body) const {
    return match_ && match_->match(body);
}

std::string LineForm::encode(const nlohmann::json& params) const {
    return send_.render(params) + end_;
}

std::string LineForm::masked(const nlohmann::json& params, const std::vector<std::string>& secrets) const {
    return send_.masked(params, secrets) + end_;
}

std::string LineForm::spelt(const std::string& param, const nlohmann::json& value) const {
    return send_.spelt(param, value);
}

std::optional<profile::Captures> LineForm::decode(std::string_view body,
                                                  const nlohmann::json& /*params*/) const {
    return match_ ? match_->match(body) : std::nullopt;
}

std::optional<nlohmann::json> LineForm::parse(std::string_view body) const {
    return send_.parse(body);
}

bool LineForm::resembles(std::string_view body) const {
    return !body.empty() && first_word(send_.text()) == first_word(body);
}

std::string LineForm::answer(const std::string& example, const profile::Replacement& value) const {
    return match_ ? with_groups_replaced(*match_, example, value) : std::string();
}

} // namespace jigd::drivers
