#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/modbus_rtu/modbus_form.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// The `modbus_rtu` protocol: registers and coils of one or more units on a line (docs/profiles.md).
class ModbusCodec final : public profile::Codec {
  public:
    struct Options {
        std::uint8_t unit = 1; ///< 1 … 247, unless a step names another
        bool echo = false;     ///< the host hears its own frames (RS-485 adapters that do not stop listening)
    };

    explicit ModbusCodec(Options options) : options_(options) {}
    /// As Protocol::read.
    [[nodiscard]] static std::shared_ptr<const Codec>
    read(const std::optional<yaml::Node>& section, const profile::Serial& serial, yaml::Problems& problems);

    [[nodiscard]] std::shared_ptr<const profile::StepForm> read_step(yaml::MapReader& step,
                                                                     yaml::Problems& problems) const override;
    /// Modbus devices say nothing unasked, and refuse by exceptions: a problem each.
    [[nodiscard]] std::shared_ptr<const profile::Matcher> read_match(const yaml::Node& match,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher>
    read_banner(const yaml::Node& match, yaml::Problems& problems) const override;
    /// In hexadecimal, with or without its checksum.
    [[nodiscard]] std::string capture_of(std::string_view name) const override;
    [[nodiscard]] std::optional<std::string> read_body(const yaml::Node& node,
                                                       yaml::Problems& problems) const override;
    [[nodiscard]] bool captures_text() const override { return false; }
    /// A response repeats what was written, so nothing can be kept secret.
    void check(const profile::Profile& profile, const yaml::Node& root,
               yaml::Problems& problems) const override;
    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side side) const override;
    [[nodiscard]] std::string framed(std::string_view body) const override;
    /// An exception's code alone becomes that exception to `command`.
    [[nodiscard]] std::string refusal(std::string_view refusal, std::string_view command) const override;
    [[nodiscard]] std::string describe(std::string_view bytes) const override;
    [[nodiscard]] Duration rest_after(const profile::StepForm& step,
                                      const profile::Serial& serial) const override;
    [[nodiscard]] bool echoes() const override { return options_.echo; }
    [[nodiscard]] std::optional<std::string> behind_echo(std::string_view body,
                                                         std::string_view frame) const override;
    [[nodiscard]] std::string about_overlong() const override;
    [[nodiscard]] std::string about_partial() const override;

  private:
    const Options options_;
};

} // namespace jigd::drivers
