#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/modbus_rtu/registers.hpp"
#include "profile/amount.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// One request of Modbus and its response (MODBUS Application Protocol 1.1b3, 6). Reads capture what their
/// fields say; writes capture nothing, and their response must repeat address and value. Unit 0 is everybody:
/// nobody answers.
class ModbusForm final : public profile::StepForm {
  public:
    struct Request {
        std::string text;      ///< as the profile writes it
        std::uint8_t unit = 1; ///< 0 … 247
        std::uint8_t function = 0;
        profile::Amount address{0};            ///< 0 … 65535, as it goes over the wire
        std::size_t count = 1;                 ///< of coils or registers
        std::vector<profile::Amount> values{}; ///< to be written
        bool is_packed = false;                ///< one value whose bits are the coils, the lowest first
        std::vector<RegisterField> fields{};
    };

    explicit ModbusForm(Request request) : request_(std::move(request)) {}

    [[nodiscard]] const std::string& text() const override { return request_.text; }
    [[nodiscard]] std::vector<std::string> params() const override;
    [[nodiscard]] const profile::Words* words(const std::string& param) const override;
    [[nodiscard]] bool is_answered() const override { return request_.unit != 0; }
    [[nodiscard]] std::vector<std::string> captures() const override;
    [[nodiscard]] std::string answer_text() const override;
    [[nodiscard]] bool may_answer(std::string_view body) const override;

    [[nodiscard]] std::string encode(const nlohmann::json& params) const override;
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& secrets) const override;
    [[nodiscard]] std::string spelt(const std::string& param, const nlohmann::json& value) const override;
    /// Throws Error{jig_refused} for an exception response, with its code and the standard's name.
    [[nodiscard]] std::optional<profile::Captures> decode(std::string_view body,
                                                          const nlohmann::json& params) const override;

    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view body) const override;
    [[nodiscard]] bool resembles(std::string_view body) const override;
    [[nodiscard]] std::string answer(const std::string& example,
                                     const profile::Replacement& value) const override;

  private:
    [[nodiscard]] bool is_read() const;
    /// Whether it is a request or response of this unit and function.
    [[nodiscard]] bool is_ours(std::string_view body) const;
    [[nodiscard]] std::string body(const nlohmann::json& params) const;
    /// What a response to this request holds, in bytes.
    [[nodiscard]] std::size_t data_size() const;
    [[nodiscard]] std::vector<std::int64_t> values_of(const nlohmann::json& params) const;
    [[nodiscard]] bool read_values(std::string_view body, nlohmann::json& params) const;
    [[nodiscard]] std::string repetition(const std::string& example, const profile::Replacement& value) const;
    void throw_if_refused(std::string_view body) const;

    const Request request_;
};

} // namespace jigd::drivers
