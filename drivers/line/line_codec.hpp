#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "profile/codec.hpp"

namespace jigd::drivers {

/// The `line` protocol: a command is a line of text, and so is its answer (docs/profiles.md).
class LineCodec final : public profile::Codec {
  public:
    struct Options {
        std::string send_end = "\n";
        std::string reply_end = "\n";
        bool echo = false;          ///< the board repeats each command: compared and swallowed
        std::size_t longest = 4096; ///< bytes of an answer; a longer one is noise
    };

    /// `data_bits`: the width of a character on the line.
    LineCodec(Options options, int data_bits);
    /// As Protocol::read.
    [[nodiscard]] static std::shared_ptr<const Codec>
    read(const std::optional<yaml::Node>& section, const profile::Serial& serial, yaml::Problems& problems);

    [[nodiscard]] const Options& options() const { return options_; }

    [[nodiscard]] std::shared_ptr<const profile::StepForm> read_step(yaml::MapReader& step,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher> read_match(const yaml::Node& match,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher>
    read_banner(const yaml::Node& match, yaml::Problems& problems) const override;
    [[nodiscard]] std::optional<std::string> read_body(const yaml::Node& node,
                                                       yaml::Problems& problems) const override;
    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side side) const override;
    [[nodiscard]] std::string framed(std::string_view body) const override;
    [[nodiscard]] std::string describe(std::string_view body) const override;
    [[nodiscard]] std::string describe_frame(std::string_view frame) const override;
    [[nodiscard]] bool is_blank(std::string_view body) const override;
    [[nodiscard]] bool echoes() const override { return options_.echo; }
    [[nodiscard]] std::optional<std::string> behind_echo(std::string_view body,
                                                         std::string_view frame) const override;
    [[nodiscard]] std::string about_overlong() const override;
    [[nodiscard]] std::string about_partial() const override;

  private:
    const Options options_;
    const int data_bits_;
};

} // namespace jigd::drivers
