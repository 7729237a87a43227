#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/binary/body.hpp"
#include "drivers/binary/wire.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// The `binary` protocol: commands and answers are bytes, with or without a frame round them
/// (docs/profiles.md).
class BinaryCodec final : public profile::Codec {
  public:
    explicit BinaryCodec(BinaryWire wire) : wire_(std::make_shared<const BinaryWire>(std::move(wire))) {}
    /// As Protocol::read.
    [[nodiscard]] static std::shared_ptr<const Codec>
    read(const std::optional<yaml::Node>& section, const profile::Serial& serial, yaml::Problems& problems);

    [[nodiscard]] std::shared_ptr<const profile::StepForm> read_step(yaml::MapReader& step,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher> read_match(const yaml::Node& match,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher>
    read_banner(const yaml::Node& match, yaml::Problems& problems) const override;
    /// In hexadecimal: the body, or the whole frame as documents show it.
    [[nodiscard]] std::optional<std::string> read_body(const yaml::Node& node,
                                                       yaml::Problems& problems) const override;
    [[nodiscard]] bool captures_text() const override { return false; }
    [[nodiscard]] std::string capture_of(std::string_view name) const override;
    [[nodiscard]] bool marks_events() const override { return wire_->layout.sequence().unasked.has_value(); }
    void check(const profile::Profile& profile, const yaml::Node& root,
               yaml::Problems& problems) const override;

    /// Knows no bodies: what comes at once is one frame, where it does not end itself.
    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side side) const override;
    [[nodiscard]] std::unique_ptr<profile::FrameFinder>
    finder_for(profile::Side side, const profile::Profile& profile) const override;
    [[nodiscard]] std::string numbered(std::string frame, std::uint64_t index) const override;
    [[nodiscard]] std::string framed(std::string_view body) const override;
    [[nodiscard]] std::string describe(std::string_view bytes) const override;
    [[nodiscard]] std::string about_overlong() const override;
    [[nodiscard]] std::string about_partial() const override;

  private:
    [[nodiscard]] std::shared_ptr<const Body> read_captures(const std::optional<yaml::Node>& match,
                                                            const Body* send, yaml::Problems& problems) const;
    [[nodiscard]] std::shared_ptr<const Body> read(const std::optional<yaml::Node>& node,
                                                   const std::string& what, yaml::Problems& problems) const;

    const std::shared_ptr<const BinaryWire> wire_;
};

} // namespace jigd::drivers
