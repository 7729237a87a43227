#pragma once

#include <functional>
#include <string>

#include "drivers/port.hpp"

namespace jigd::drivers {

/// Port over the non-blocking descriptor of a terminal that somebody else opened and configured. Waits in
/// poll() for the line and the cancel event together, so a dead line ends every call at once and nothing ever
/// spins on it.
class TtyPort : public Port {
  public:
    /// `close` gives the descriptor back to whoever opened it; it is called once, by the destructor.
    TtyPort(std::string path, int handle, std::function<void()> close, int cancel_fd);
    TtyPort(const TtyPort&) = delete;
    TtyPort& operator=(const TtyPort&) = delete;
    ~TtyPort() override;

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override;
    void write(std::string_view bytes, Deadline deadline) override;
    void discard_input() override;
    [[nodiscard]] int handle() const override { return handle_; }
    [[nodiscard]] TimePoint now() const override { return Clock::now(); }
    [[nodiscard]] const std::string& path() const override { return path_; }
    [[nodiscard]] std::optional<LineErrors> line_errors() const override;

  private:
    [[nodiscard]] bool wait_for(short events, Deadline deadline, short& seen) const;
    void write_all(std::string_view& bytes, Deadline deadline);
    [[noreturn]] void gone(const std::string& sign) const;
    void check_alive(short seen) const;

    std::string path_;
    int handle_;
    std::function<void()> close_;
    int cancel_fd_;
    LineErrors errors_at_open_; ///< the kernel counts on from one open to the next
};

} // namespace jigd::drivers
