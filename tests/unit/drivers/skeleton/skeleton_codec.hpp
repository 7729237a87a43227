#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "profile/codec.hpp"

namespace jigd::drivers {

/// The bytes that carry `body`.
[[nodiscard]] std::string frame_of(std::string_view body);

/// A protocol to copy, that no board speaks: `<T3>` asks for the number of channel 3, `<T21>` answers; `<!5>`
/// is an event, `<?3>` a refusal.
class SkeletonCodec final : public profile::Codec {
  public:
    /// `longest`: bytes of a frame that a board may send.
    explicit SkeletonCodec(std::size_t longest) : longest_(longest) {}

    [[nodiscard]] std::shared_ptr<const profile::StepForm> read_step(yaml::MapReader& step,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher> read_match(const yaml::Node& match,
                                                                     yaml::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const profile::Matcher>
    read_banner(const yaml::Node& match, yaml::Problems& problems) const override;
    [[nodiscard]] std::optional<std::string> read_body(const yaml::Node& node,
                                                       yaml::Problems& problems) const override;

    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side side) const override;
    [[nodiscard]] std::string framed(std::string_view body) const override { return frame_of(body); }
    [[nodiscard]] std::string describe(std::string_view body) const override;
    [[nodiscard]] std::string about_overlong() const override;
    [[nodiscard]] std::string about_partial() const override { return "before its >"; }

  private:
    const std::size_t longest_;
};

/// The row of the registry.
[[nodiscard]] profile::Protocol skeleton_protocol();

} // namespace jigd::drivers
