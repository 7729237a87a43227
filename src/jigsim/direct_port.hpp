#pragma once

#include <string>

#include "drivers/port.hpp"
#include "jigsim/line_end.hpp"

namespace jigd::jigsim {

/// A port whose other end is in this process, in virtual time: waiting takes none. For tries of a profile,
/// which a pseudo-terminal would make slow. Used by one thread.
class DirectPort final : public drivers::Port {
  public:
    /// `end` must outlive it.
    explicit DirectPort(LineEnd& end) : end_(end) {}

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override;
    void write(std::string_view bytes, Deadline deadline) override;
    void discard_input() override;
    [[nodiscard]] int handle() const override { return -1; }
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] const std::string& path() const override { return path_; }

  private:
    LineEnd& end_;
    TimePoint now_{};
    std::string unread_;
    std::string path_ = "the simulated board";
};

} // namespace jigd::jigsim
