#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/network/rfc2217_settings.hpp"
#include "drivers/network/telnet.hpp"
#include "drivers/port.hpp"

namespace jigd::drivers {

/// Port over a connection that speaks RFC 2217: like the bare one, but speed, format and modem lines are the
/// profile's, and a command that its caller gave up on is dropped at the serial server, too.
class Rfc2217Port final : public Port {
  public:
    explicit Rfc2217Port(std::unique_ptr<Port> connection) : connection_(std::move(connection)) {}

    /// Agrees on the protocol and sets up the line, before anything else. Throws Error{jig_offline}: what the
    /// server refuses, does not understand, or has not confirmed by `deadline`; and what the connection
    /// throws.
    void set_up(const profile::Serial& settings, Deadline deadline);

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override;
    void write(std::string_view bytes, Deadline deadline) override;
    void discard_input() override;
    std::size_t discard_output() override;
    void await_delivery(Deadline deadline) override { connection_->await_delivery(deadline); }
    [[nodiscard]] int handle() const override { return connection_->handle(); }
    [[nodiscard]] TimePoint now() const override { return connection_->now(); }
    [[nodiscard]] const std::string& path() const override { return connection_->path(); }

  private:
    std::size_t read_connection(std::span<char> into, Deadline deadline);
    void agree(Deadline deadline);
    void confirm(std::vector<LineSetting> settings, Deadline deadline);
    void apply(const ComPortMessage& message, std::vector<LineSetting>& settings) const;

    const std::unique_ptr<Port> connection_;
    TelnetStream telnet_;
};

} // namespace jigd::drivers
