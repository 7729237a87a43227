#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/deadline.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// What a UART found wrong with the bits that came. Counts, since the line was opened; they wrap around.
struct LineErrors {
    std::uint32_t frame = 0;          ///< no stop bit where one belongs: noise, or another baud rate
    std::uint32_t parity = 0;         ///< a wrong parity bit
    std::uint32_t overrun = 0;        ///< bytes that the UART lost, because nobody fetched them in time
    std::uint32_t buffer_overrun = 0; ///< bytes that the kernel lost, because nobody read them in time
    std::uint32_t breaks = 0;         ///< the line was low for longer than a byte: unplugged, or a short
};

/// An open serial line, here or behind a serial server. Used by one thread. Bytes in, bytes out; it knows no
/// protocol. A line that is gone (unplugged, hung up, connection lost) throws Error{jig_offline} from any
/// call; the port is of no more use.
class Port {
  public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;

    /// Waits for bytes until the deadline. Returns how many were read, 0 at the deadline. Throws
    /// Error{shutting_down} when the cancel event it was opened with is signalled.
    [[nodiscard]] virtual std::size_t read(std::span<char> into, Deadline deadline) = 0;

    /// Writes all of it. Throws Error{jig_timeout} when the line takes no more before the deadline (flow
    /// control, a stuck peer). Its errors say `executed: no` as long as no byte was taken, then `unknown`.
    virtual void write(std::string_view bytes, Deadline deadline) = 0;

    /// Throws away what was received and not read.
    virtual void discard_input() = 0;

    /// Throws away what was written and has not left yet, so that a command stuck behind flow control is not
    /// carried out after its caller gave up. Returns how many bytes had not left, 0 where that is unknown (a
    /// pseudo-terminal does not count them). For use after a timeout: never throws.
    virtual std::size_t discard_output() { return 0; }

    /// Waits until what was written has arrived at the other end of what carries it. For commands that nobody
    /// answers: a network takes them at once and may deliver them much later. Throws Error{jig_timeout},
    /// executed: unknown, when it has not by the deadline; what waits is then never delivered. A line needs
    /// no wait: the kernel owns it.
    virtual void await_delivery(Deadline /*deadline*/) {}

    /// To wait for input beside other descriptors. -1 for a port that can't be waited on (fakes).
    [[nodiscard]] virtual int handle() const = 0;

    /// The time by which this port's deadlines are meant; a fake port brings its own.
    [[nodiscard]] virtual TimePoint now() const = 0;

    /// The device's path, after links were followed, or tcp://host:port; for people.
    [[nodiscard]] virtual const std::string& path() const = 0;

    /// nullopt for a port that counts no errors, such as a pseudo-terminal.
    [[nodiscard]] virtual std::optional<LineErrors> line_errors() const { return std::nullopt; }

    /// The other processes that have the device open or hold a UUCP lock file on it, as "cat (pid 123)";
    /// empty when there are none or it can't be seen (other users' processes, unless root asks). A process
    /// that holds the other end of a pseudo-terminal is the board, and not among them. It reads all of /proc,
    /// which takes milliseconds: only for a link in doubt. Never throws.
    [[nodiscard]] virtual std::vector<std::string> other_users() const { return {}; }

    /// True when speed or flags are no longer those set at open: another program changed them (stty). One
    /// system call. Opening again is the remedy. Never throws.
    [[nodiscard]] virtual bool settings_changed() const { return false; }

    /// Whether speed and format are those of the profile, which were set at open; false where a serial server
    /// has its own.
    [[nodiscard]] virtual bool sets_line() const { return true; }
};

} // namespace jigd::drivers
