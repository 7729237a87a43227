#pragma once

#include <string>
#include <string_view>

#include "drivers/port.hpp"
#include "os/fd.hpp"

namespace jigd::drivers {

/// Port over a TCP connection to a serial server, byte for byte. Speed, format and modem lines are the
/// server's own; it tells nothing of line errors or of who else has the line.
class TcpPort final : public Port {
  public:
    /// `socket`: connected and non-blocking. `name`: what people know it by. `cancel_fd`: an eventfd that
    /// interrupts waits (-1 for none); it must outlive the port.
    TcpPort(std::string name, os::Fd socket, int cancel_fd);
    TcpPort(const TcpPort&) = delete;
    TcpPort& operator=(const TcpPort&) = delete;
    ~TcpPort() override;

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override;
    void write(std::string_view bytes, Deadline deadline) override;
    void discard_input() override;
    /// Cuts the connection when the network does not take what was written: nothing else keeps the kernel
    /// from sending it later. Always 0: TCP can't tell what has not left for good.
    std::size_t discard_output() override;
    void await_delivery(Deadline deadline) override;
    [[nodiscard]] int handle() const override { return socket_.get(); }
    [[nodiscard]] TimePoint now() const override { return Clock::now(); }
    [[nodiscard]] const std::string& path() const override { return name_; }
    [[nodiscard]] bool sets_line() const override { return false; }

  private:
    [[nodiscard]] bool wait_for(short events, Deadline deadline) const;
    void write_all(std::string_view& bytes, Deadline deadline);
    [[nodiscard]] bool is_stuck() const;
    [[nodiscard]] bool has_unacknowledged() const;
    [[nodiscard]] std::uint32_t retransmissions() const;
    void cut();
    [[noreturn]] void gone(const std::string& sign) const;

    std::string name_;
    os::Fd socket_;
    int cancel_fd_;
    std::uint32_t retransmissions_before_ = 0; ///< the last write
    bool is_cut_ = false;
};

} // namespace jigd::drivers
