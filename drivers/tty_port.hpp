#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drivers/line_settings.hpp"
#include "drivers/port.hpp"

namespace jigd::drivers {

/// Port over the non-blocking descriptor of a terminal that somebody else opened and configured. Waits in
/// poll() for the line and the cancel event together, so a dead line ends every call at once and nothing ever
/// spins on it.
class TtyPort : public Port {
  public:
    /// The line is set up by now; what is changed later counts as settings_changed(). `close` gives the
    /// descriptor back to its opener; it is called once, by the destructor.
    TtyPort(std::string path, int handle, std::function<void()> close, int cancel_fd);
    TtyPort(const TtyPort&) = delete;
    TtyPort& operator=(const TtyPort&) = delete;
    ~TtyPort() override;

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override;
    void write(std::string_view bytes, Deadline deadline) override;
    void discard_input() override;
    std::size_t discard_output() override { return drivers::discard_output(handle_); }
    [[nodiscard]] int handle() const override { return handle_; }
    [[nodiscard]] TimePoint now() const override { return Clock::now(); }
    [[nodiscard]] const std::string& path() const override { return path_; }
    [[nodiscard]] std::optional<LineErrors> line_errors() const override;
    [[nodiscard]] std::vector<std::string> other_users() const override;
    [[nodiscard]] bool settings_changed() const override;

  private:
    [[nodiscard]] bool wait_for(short events, Deadline deadline, short& seen) const;
    void write_all(std::string_view& bytes, Deadline deadline);
    [[noreturn]] void gone(const std::string& sign) const;
    void check_alive(short seen) const;
    void rest(Deadline deadline) const;
    [[nodiscard]] bool is_read_elsewhere_lately() const;

    std::string path_;
    int handle_;
    std::function<void()> close_;
    int cancel_fd_;
    LineErrors errors_at_open_; ///< the kernel counts on from one open to the next
    std::optional<TerminalSettings> settings_at_open_;
    int empty_reads_ = 0; ///< how often the line was readable, and then there was nothing to read
    TimePoint last_empty_read_{};
};

} // namespace jigd::drivers
