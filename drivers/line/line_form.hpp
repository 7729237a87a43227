#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/codec.hpp"
#include "profile/template.hpp"

namespace jigd::drivers {

/// A line that matches a pattern.
class PatternMatcher final : public profile::Matcher {
  public:
    explicit PatternMatcher(profile::Pattern pattern) : pattern_(std::move(pattern)) {}

    [[nodiscard]] const std::string& text() const override { return pattern_.text(); }
    [[nodiscard]] const std::vector<std::string>& groups() const override { return pattern_.groups(); }
    [[nodiscard]] std::optional<profile::Captures> match(std::string_view body) const override {
        return pattern_.match(body);
    }
    [[nodiscard]] bool find(std::string_view body) const override { return pattern_.find(body); }
    [[nodiscard]] std::string fill(const std::string& example,
                                   const profile::Replacement& value) const override;

  private:
    const profile::Pattern pattern_;
};

/// A line with placeholders, and the line that answers it.
class LineForm final : public profile::StepForm {
  public:
    /// `match`: none = the board answers nothing. `end` ends the command.
    LineForm(profile::Template send, std::optional<profile::Pattern> match, std::string end);

    [[nodiscard]] const std::string& text() const override { return send_.text(); }
    [[nodiscard]] std::vector<std::string> params() const override { return send_.names(); }
    [[nodiscard]] const profile::Words* words(const std::string& param) const override {
        return send_.words(param);
    }
    [[nodiscard]] bool is_answered() const override { return match_.has_value(); }
    [[nodiscard]] std::vector<std::string> captures() const override;
    [[nodiscard]] std::string answer_text() const override { return match_ ? match_->text() : ""; }
    [[nodiscard]] bool may_answer(std::string_view body) const override;

    [[nodiscard]] std::string encode(const nlohmann::json& params) const override;
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& secrets) const override;
    [[nodiscard]] std::string spelt(const std::string& param, const nlohmann::json& value) const override;
    [[nodiscard]] std::optional<profile::Captures> decode(std::string_view body,
                                                          const nlohmann::json& params) const override;

    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view body) const override;
    [[nodiscard]] bool resembles(std::string_view body) const override;
    [[nodiscard]] std::string answer(const std::string& example,
                                     const profile::Replacement& value) const override;

  private:
    const profile::Template send_;
    const std::optional<profile::Pattern> match_;
    const std::string end_;
};

} // namespace jigd::drivers
