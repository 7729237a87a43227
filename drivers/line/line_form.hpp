#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/line/line_answer.hpp"
#include "drivers/line/line_checksum.hpp"
#include "profile/codec.hpp"
#include "profile/template.hpp"

namespace jigd::drivers {

/// A line that matches a pattern.
class PatternMatcher final : public profile::Matcher {
  public:
    explicit PatternMatcher(profile::Pattern pattern) : pattern_(std::move(pattern)) {}

    [[nodiscard]] const profile::Pattern& pattern() const { return pattern_; }
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

/// A line with placeholders, and the line or lines that answer it.
class LineForm final : public profile::StepForm {
  public:
    struct Parts {
        std::optional<profile::Template> send{}; ///< none: one more answer to the command before
        std::optional<profile::Pattern> match{}; ///< none: the board answers nothing, or anything up to
        std::optional<AnswerShape> answer{};     ///< its end; none where nothing is answered
        std::string end{};                       ///< of the command
        std::optional<LineChecksum> checksum{};
        bool is_latin1 = false; ///< what text is on the wire; else UTF-8
    };
    explicit LineForm(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] AnswerShape answer_shape() const { return parts_.answer.value_or(AnswerShape{}); }

    [[nodiscard]] const std::string& text() const override;
    [[nodiscard]] std::vector<std::string> params() const override;
    [[nodiscard]] const profile::Words* words(const std::string& param) const override;
    [[nodiscard]] bool is_sent() const override { return parts_.send.has_value(); }
    [[nodiscard]] bool is_answered() const override { return parts_.answer.has_value(); }
    [[nodiscard]] std::vector<std::string> captures() const override;
    [[nodiscard]] std::string answer_text() const override;
    [[nodiscard]] bool excludes_events() const override { return !answer_shape().is_one_line(); }
    [[nodiscard]] bool may_answer(std::string_view body) const override { return captured(body).has_value(); }

    [[nodiscard]] std::string encode(const nlohmann::json& params) const override;
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& secrets) const override;
    [[nodiscard]] std::string spelt(const std::string& param, const nlohmann::json& value) const override;
    [[nodiscard]] std::optional<profile::Captures> decode(std::string_view body,
                                                          const nlohmann::json& /*params*/) const override {
        return captured(body);
    }

    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view body) const override;
    [[nodiscard]] bool resembles(std::string_view body) const override;
    [[nodiscard]] std::string answer(const std::string& example,
                                     const profile::Replacement& value) const override;

  private:
    [[nodiscard]] std::optional<profile::Captures> captured(std::string_view body) const;
    [[nodiscard]] nlohmann::json on_wire(const std::string& param, const nlohmann::json& value) const;
    [[nodiscard]] nlohmann::json all_on_wire(const nlohmann::json& params) const;

    const Parts parts_;
};

} // namespace jigd::drivers
