#pragma once

#include <string>
#include <string_view>

#include "drivers/line/line_splitter.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// Blanks, line ends and NULs alone.
[[nodiscard]] bool is_blank_line(std::string_view text);

/// Lines as frames.
class LineFinder final : public profile::FrameFinder {
  public:
    /// `end` ends a line; `longest` bytes are kept of one. A board may get commands of a host that ends them
    /// in CR LF where LF is its end; a host gets lines behind what an earlier one left there.
    LineFinder(std::string end, std::size_t longest, profile::Side side)
        : splitter_(std::move(end), longest, side == profile::Side::board), side_(side) {}

    void feed(std::string_view bytes) override { splitter_.feed(bytes); }
    [[nodiscard]] std::optional<profile::Frame> next() override;
    [[nodiscard]] std::string_view partial() const override;
    [[nodiscard]] bool is_within_frame() const override;
    void drop_partial() override { splitter_.drop_partial(); }
    [[nodiscard]] std::uint64_t overlong() const override { return splitter_.overlong(); }

  private:
    LineSplitter splitter_;
    profile::Side side_;
};

} // namespace jigd::drivers
