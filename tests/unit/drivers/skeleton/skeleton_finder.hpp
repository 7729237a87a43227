#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "profile/codec.hpp"

namespace jigd::drivers {

/// Finds <…> in what comes. What does not begin with < is a damaged frame: shown, and never believed.
class SkeletonFinder final : public profile::FrameFinder {
  public:
    explicit SkeletonFinder(std::size_t longest) : longest_(longest) {}

    void feed(std::string_view bytes) override;
    [[nodiscard]] std::optional<profile::Frame> next() override;
    [[nodiscard]] std::string_view partial() const override { return buffer_; }
    [[nodiscard]] bool is_within_frame() const override { return !buffer_.empty(); }
    void drop_partial() override { buffer_.clear(); }
    [[nodiscard]] std::uint64_t overlong() const override { return overlong_; }

  private:
    const std::size_t longest_;
    std::string buffer_;
    std::uint64_t overlong_ = 0;
};

} // namespace jigd::drivers
