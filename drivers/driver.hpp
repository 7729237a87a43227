#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/event.hpp"
#include "drivers/port.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// One exchange or unexpected line as it went over the wire, for the flight recorder and the debug log.
struct WireRecord {
    TimePoint at{};
    bool sent = false; ///< to the board, or from it
    std::string bytes;
};

/// Sees each run of bytes that crosses the wire. Called on the jig thread, must not throw.
class WireObserver {
  public:
    WireObserver() = default;
    WireObserver(const WireObserver&) = delete;
    WireObserver& operator=(const WireObserver&) = delete;
    virtual ~WireObserver() = default;
    virtual void on_wire(const WireRecord& record) = 0;
};

/// A protocol on an open port: knows frames, not requests. Made anew for each open, used by the jig thread
/// only.
///
/// A step has two halves, so that its caller can write it down in between: begin() makes the line ready and
/// gives the whole frame, and send() sends just that and waits for the answer.
///
/// Errors: jig_timeout (no answer, or half of one), jig_protocol (an answer that does not match, or that came
/// damaged), jig_refused (the board's no: details {"board_code", "board_text"}), jig_offline (the port is
/// gone), shutting_down, busy and expired (no time left to send). `executed` says what is known of the
/// command alone: `no` from begin(), after a refusal, and where all of the frame was still waiting to leave;
/// else `unknown`. After jig_timeout or jig_protocol of send() the link is out of step: the caller must call
/// resynchronise() before the next begin().
class Driver {
  public:
    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// After open: waits out the board's settle time and drops what it said meanwhile.
    virtual void settle(Deadline deadline) = 0;

    /// Waits for the pace, lets in what is just coming, and returns the frame that send() sends. `step` and
    /// `params` must live until then. Steps of another protocol throw Error{internal}.
    [[nodiscard]] virtual const std::string& begin(const profile::Step& step, const nlohmann::json& params,
                                                   Deadline deadline) = 0;
    /// Sends the frame of the last begin() and waits for its answer.
    [[nodiscard]] virtual profile::Captures send() = 0;
    /// Takes in what came behind the answer in the same read, which is newer than the answer: after the
    /// answer was used, and before anything else.
    virtual void process_rest() = 0;
    /// Both halves, for what changes nothing.
    [[nodiscard]] profile::Captures exchange(const profile::Step& step, const nlohmann::json& params,
                                             Deadline deadline) {
        (void)begin(step, params, deadline);
        auto captures = send();
        process_rest();
        return captures;
    }

    /// Drains the line until nothing was sent or received for `quiet`, so that no late byte answers the next
    /// command. Silence that has passed already counts. Throws Error{jig_timeout} when `deadline` comes
    /// first, Error{jig_protocol} when the line never goes quiet.
    virtual void resynchronise(Duration quiet, Deadline deadline) = 0;

    /// Reads what is there without waiting: the line is idle, so it is an event, noise, or a hang-up
    /// (throws).
    virtual void listen() = 0;

    /// The board got the command to restart: the settle time holds from now, as it does after a restart that
    /// it reports.
    virtual void expect_restart() = 0;

    /// Events since the last call, in order, each with its own time; also those that came in the middle of an
    /// exchange.
    [[nodiscard]] virtual std::vector<Event> take_events() = 0;

    /// Frames or bytes that were neither answer nor event, since open.
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;

    /// Those of them that may have been an answer, or a garbled event: the profile does not call them noise.
    [[nodiscard]] virtual std::uint64_t unexpected() const = 0;
    /// The last of these, printable and short, for people.
    [[nodiscard]] virtual const std::string& last_unexpected() const = 0;

    /// How often the board said that it restarted, since open (Noise::restart).
    [[nodiscard]] virtual std::uint64_t restarts() const = 0;

    /// When the last byte came; TimePoint{} before the first.
    [[nodiscard]] virtual TimePoint last_byte() const = 0;
};

} // namespace jigd::drivers
