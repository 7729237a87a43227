#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/codec.hpp"

namespace jigd::drivers {

/// The only sort of body that there is: a letter and a number, such as T21. nullopt when `body` is not of
/// `letter`.
[[nodiscard]] std::optional<int> number_behind(char letter, std::string_view body);

/// What events, refusals and noise look like: `match: "!heat"` is ! and a number, captured as heat.
class SkeletonMatcher final : public profile::Matcher {
  public:
    SkeletonMatcher(char letter, std::string group)
        : letter_(letter), text_(letter + group), groups_{std::move(group)} {}

    [[nodiscard]] const std::string& text() const override { return text_; }
    [[nodiscard]] const std::vector<std::string>& groups() const override { return groups_; }
    [[nodiscard]] std::optional<profile::Captures> match(std::string_view body) const override;
    [[nodiscard]] bool find(std::string_view body) const override {
        return body.find(letter_) != std::string_view::npos;
    }
    [[nodiscard]] std::string fill(const std::string& example,
                                   const profile::Replacement& value) const override;

  private:
    const char letter_;
    const std::string text_;
    const std::vector<std::string> groups_;
};

/// One command: `{ask: T, of: channel}` sends T and the parameter's number, and awaits T and a number,
/// captured as `number`. Without `of` the letter alone is sent.
class SkeletonForm final : public profile::StepForm {
  public:
    /// `param` is "" where the command carries none.
    SkeletonForm(char letter, std::string param)
        : letter_(letter), text_(1, letter), param_(std::move(param)) {}

    [[nodiscard]] const std::string& text() const override { return text_; }
    [[nodiscard]] std::vector<std::string> params() const override;
    [[nodiscard]] const profile::Words* words(const std::string& /*param*/) const override { return nullptr; }
    [[nodiscard]] bool is_answered() const override { return true; }
    [[nodiscard]] std::vector<std::string> captures() const override { return {"number"}; }
    [[nodiscard]] std::string answer_text() const override { return text_ + " and a number"; }
    [[nodiscard]] bool may_answer(std::string_view body) const override {
        return number_behind(letter_, body).has_value();
    }

    // The host's direction.
    [[nodiscard]] std::string encode(const nlohmann::json& params) const override;
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& secrets) const override;
    [[nodiscard]] std::string spelt(const std::string& param, const nlohmann::json& value) const override;
    [[nodiscard]] std::optional<profile::Captures> decode(std::string_view body,
                                                          const nlohmann::json& params) const override;

    // The simulated board's.
    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view body) const override;
    [[nodiscard]] bool resembles(std::string_view body) const override { return body.starts_with(letter_); }
    [[nodiscard]] std::string answer(const std::string& example,
                                     const profile::Replacement& value) const override;

  private:
    const char letter_;
    const std::string text_;
    const std::string param_;
};

} // namespace jigd::drivers
