#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/line/line_answer.hpp"
#include "drivers/line/line_options.hpp"
#include "drivers/line/line_sorter.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// The `line` protocol: a command is a line of text, and so is its answer (docs/profiles.md).
class LineCodec final : public profile::Codec {
  public:
    using Options = LineOptions;

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
    [[nodiscard]] bool is_latin1() const override { return options_.is_latin1; }
    [[nodiscard]] bool cuts_noise() const override { return true; }
    [[nodiscard]] std::vector<std::string> parts(const std::string& body) const override {
        return lines_of(body);
    }
    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side side) const override;
    [[nodiscard]] std::unique_ptr<profile::FrameFinder>
    finder_for(profile::Side side, const profile::Profile& profile) const override;
    [[nodiscard]] std::string framed(std::string_view body) const override;
    [[nodiscard]] std::string behind_answer() const override { return options_.prompt; }
    [[nodiscard]] std::string describe(std::string_view body) const override;
    [[nodiscard]] std::string describe_frame(std::string_view frame) const override;
    [[nodiscard]] bool is_blank(std::string_view body) const override;
    [[nodiscard]] bool echoes() const override { return options_.echo; }
    [[nodiscard]] std::string echo_of(std::string_view body) const override;
    [[nodiscard]] std::optional<std::string> behind_echo(std::string_view body,
                                                         std::string_view frame) const override;
    [[nodiscard]] std::string about_overlong() const override;
    [[nodiscard]] std::string about_partial() const override;

  private:
    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side side, LineSorter sorter) const;
    /// What a step says of its answer.
    struct AnswerNodes {
        std::optional<yaml::Node> match;
        std::optional<yaml::Node> lines;
        std::optional<yaml::Node> until;
    };

    [[nodiscard]] std::optional<AnswerShape> read_shape(const AnswerNodes& nodes,
                                                        yaml::Problems& problems) const;
    [[nodiscard]] std::string framed_line(std::string_view line) const;

    const Options options_;
    const int data_bits_;
};

} // namespace jigd::drivers
