#pragma once

#include <cstdint>
#include <functional>
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

/// Told of each run of bytes that crosses the wire. Called on the jig thread, must not throw.
class WireObserver {
  public:
    WireObserver() = default;
    WireObserver(const WireObserver&) = delete;
    WireObserver& operator=(const WireObserver&) = delete;
    virtual ~WireObserver() = default;
    virtual void on_wire(const WireRecord& record) = 0;
};

/// The last thing that happens before a command's first byte leaves.
using BeforeSending = std::function<void(const std::string& bytes)>;

/// A protocol on an open port: knows frames, not requests. Made anew for each open, used by the jig thread
/// only.
///
/// Errors of exchange(): jig_timeout (no answer, or half of one), jig_protocol (an answer that does not
/// match), jig_refused (the board's no: details {"board_code", "board_text"}), jig_offline (the port is
/// gone), shutting_down. `executed` says what is known of the command alone: `no` before its first byte left
/// and after a refusal, else `unknown`. After jig_timeout or jig_protocol the link is out of step: the caller
/// must call resynchronise() before the next exchange().
class Driver {
  public:
    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// After open: waits out the board's settle time and drops what it said meanwhile.
    virtual void settle(Deadline deadline) = 0;

    /// One step: command out, answer in. Steps of another protocol throw Error{internal}. `before_sending` is
    /// told the bytes right before the first of them leaves; when it throws, none does.
    [[nodiscard]] profile::Captures exchange(const profile::Step& step, const nlohmann::json& params,
                                             Deadline deadline, const BeforeSending& before_sending = {}) {
        return do_exchange(step, params, deadline, before_sending);
    }

    /// Drains the line until nothing was sent or received for `quiet`, so that no late byte answers the next
    /// command. Silence that has passed already counts. Throws Error{jig_timeout} when `deadline` comes
    /// first, Error{jig_protocol} when the line never goes quiet.
    virtual void resynchronise(Duration quiet, Deadline deadline) = 0;

    /// Reads what is there without waiting: the line is idle, so it is an event, noise, or a hang-up
    /// (throws).
    virtual void listen() = 0;

    /// Events since the last call, in order; also those that came in the middle of an exchange.
    [[nodiscard]] virtual std::vector<Event> take_events() = 0;

    /// Lines or bytes that were neither answer nor event, since open.
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;

    /// Those of them that may have been an answer: they came while none was waited for, and the profile does
    /// not call them noise.
    [[nodiscard]] virtual std::uint64_t unexpected() const = 0;

    /// How often the board said that it restarted, since open (Noise::restart).
    [[nodiscard]] virtual std::uint64_t restarts() const = 0;

  private:
    [[nodiscard]] virtual profile::Captures do_exchange(const profile::Step& step,
                                                        const nlohmann::json& params, Deadline deadline,
                                                        const BeforeSending& before_sending) = 0;
};

} // namespace jigd::drivers
