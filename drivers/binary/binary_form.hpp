#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/binary/body.hpp"
#include "drivers/binary/wire.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// A body that the board sends by itself: an event, a refusal, noise.
class BodyMatcher final : public profile::Matcher {
  public:
    explicit BodyMatcher(std::shared_ptr<const Body> body) : body_(std::move(body)) {}

    [[nodiscard]] const std::shared_ptr<const Body>& body() const { return body_; }
    [[nodiscard]] const std::string& text() const override { return body_->text(); }
    [[nodiscard]] const std::vector<std::string>& groups() const override { return body_->names(); }
    [[nodiscard]] std::optional<profile::Captures> match(std::string_view body) const override;
    [[nodiscard]] bool find(std::string_view body) const override;
    [[nodiscard]] std::string fill(const std::string& example,
                                   const profile::Replacement& value) const override;

  private:
    const std::shared_ptr<const Body> body_;
};

/// A command and its answer, both bodies.
class BinaryForm final : public profile::StepForm {
  public:
    /// `match`: null = the board answers nothing.
    BinaryForm(std::shared_ptr<const Body> send, std::shared_ptr<const Body> match,
               std::shared_ptr<const BinaryWire> wire);

    [[nodiscard]] const std::shared_ptr<const Body>& command() const { return send_; }
    [[nodiscard]] const std::shared_ptr<const Body>& reply() const { return match_; }

    [[nodiscard]] const std::string& text() const override { return send_->text(); }
    [[nodiscard]] std::vector<std::string> params() const override { return send_->names(); }
    [[nodiscard]] const profile::Words* words(const std::string& param) const override;
    [[nodiscard]] bool is_answered() const override { return match_ != nullptr; }
    [[nodiscard]] std::vector<std::string> captures() const override;
    [[nodiscard]] std::string answer_text() const override { return match_ ? match_->text() : std::string(); }
    [[nodiscard]] bool may_answer(std::string_view body) const override;

    /// With the first sequence number, where frames carry one (Codec::numbered).
    [[nodiscard]] std::string encode(const nlohmann::json& params) const override;
    /// Up to the first secret: what follows, a length or checksum too, could tell it.
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& secrets) const override;
    [[nodiscard]] std::string spelt(const std::string& param, const nlohmann::json& value) const override;
    [[nodiscard]] std::string secret(const std::string& param, const nlohmann::json& value) const override;
    [[nodiscard]] std::optional<profile::Captures> decode(std::string_view body,
                                                          const nlohmann::json& params) const override;

    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view body) const override;
    [[nodiscard]] bool resembles(std::string_view body) const override;
    [[nodiscard]] std::string answer(const std::string& example,
                                     const profile::Replacement& value) const override;

  private:
    const std::shared_ptr<const Body> send_;
    const std::shared_ptr<const Body> match_;
    const std::shared_ptr<const BinaryWire> wire_;
};

} // namespace jigd::drivers
