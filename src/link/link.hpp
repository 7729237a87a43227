#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/event.hpp"
#include "core/health.hpp"
#include "core/status_snapshot.hpp"
#include "drivers/driver.hpp"
#include "drivers/port.hpp"
#include "link/identity.hpp"
#include "link/identity_verifier.hpp"
#include "link/link_machine.hpp"
#include "link/silence_report.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Opens the configured port, wherever it is now. Throws Error{jig_offline} that says why not; its details'
/// `link` tells absent and busy-elsewhere from a port that is there and can't be opened.
using OpenPort = std::function<std::unique_ptr<drivers::Port>()>;

/// Hears what the link does and what the board says. Jig thread.
class LinkObserver {
  public:
    LinkObserver() = default;
    LinkObserver(const LinkObserver&) = delete;
    LinkObserver& operator=(const LinkObserver&) = delete;
    virtual ~LinkObserver() = default;
    /// Repeatedly or not; the observer finds out what changed.
    virtual void on_link_state(const LinkReport& report) = 0;
    /// A trouble lasts: "for 10 min, attempts: 611". Ever more rarely.
    virtual void on_link_reminder(const LinkReport& report, const std::string& since) = 0;
    /// What the board said unasked.
    virtual void on_board_event(const Event& event) = 0;
    /// Frames that fit nothing in the profile; `last` is the last of them, printable.
    virtual void on_unexpected(std::uint64_t frames, const std::string& last) = 0;
    /// Nothing else happens at the moment; at least once a minute.
    virtual void on_idle() {}
};

struct LinkOptions {
    IdentityDemand demand{};
    LinkMachine::Options machine{};
};

/// What the link works with; all must outlive it.
struct LinkDependencies {
    OpenPort open;
    StatusSnapshot& status;
    Values& values;
    LinkObserver& observer;
    drivers::WireObserver* wire = nullptr; ///< may be null
};

/// The way to one board: opens the port, verifies who is there, and knows when the two are out of step. The
/// only user of Port and Driver; LinkMachine has the states, IdentityVerifier the questions. Jig thread only.
class Link {
  public:
    /// `profile` must outlive it.
    Link(const profile::Profile& profile, LinkOptions options, LinkDependencies dependencies);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    [[nodiscard]] LinkState state() const { return machine_.state(); }
    [[nodiscard]] bool is_open() const { return port_ != nullptr; }
    /// The board's identity was verified, and the port neither lost nor opened anew since.
    [[nodiscard]] bool is_verified() const { return verifier_ && verifier_->accepted(); }
    /// Rises when the port is opened anew, and when the board restarts: what earlier steps did may be undone.
    [[nodiscard]] std::uint64_t generation() const { return counters_.opens + counters_.restarts; }
    /// When the board said anything last; TimePoint{} when it has not since the port was opened.
    [[nodiscard]] TimePoint last_byte() const;
    /// When maintain() has something to do next; TimePoint::max() while online.
    [[nodiscard]] TimePoint next_attempt() const { return machine_.next_attempt(); }
    /// The longest that one maintain() may take.
    [[nodiscard]] Duration longest_attempt() const;
    /// The port's time while it is open, `fallback` while it is not.
    [[nodiscard]] TimePoint now(TimePoint fallback) const { return port_ ? port_->now() : fallback; }
    /// Upkeep while no request waits: opens a missing port, asks a doubtful board who it is. Never throws for
    /// what the outside does; the state tells.
    void maintain(TimePoint now);

    /// The descriptor to poll for input while idle; -1 while there is no port (or a fake one).
    [[nodiscard]] int handle() const;
    /// Input arrived while idle: events, noise, or the end of the link.
    void listen();

    /// Returns when the board is verified and in step. Throws Error (executed: no): jig_offline,
    /// jig_mismatch, jig_timeout or jig_protocol when the board can't be brought back before `deadline`.
    void prepare(Deadline deadline);

    /// The first half of a step: prepares the link, makes the line ready, takes the last look at what has
    /// come in, and returns the whole frame; no byte has left. `step` and `params` must live until send().
    /// Throws Error (executed: no).
    [[nodiscard]] const std::string& begin(const profile::Step& step, const nlohmann::json& params,
                                           Deadline deadline);
    /// The same without waiting for a board that is silent or out of step, for the safe state. Throws
    /// Error{jig_offline} without a port, and jig_mismatch or jig_timeout unless is_verified().
    [[nodiscard]] const std::string& begin_unproven(const profile::Step& step, const nlohmann::json& params,
                                                    Deadline deadline);
    /// The second half: sends the frame and waits for its answer. What Driver::send throws comes through; the
    /// state follows it.
    [[nodiscard]] profile::Captures send();
    /// What the board said right behind its answer, which is newer than that: after what the answer tells of
    /// the jig is in Values. poll() would say nothing of it.
    void process_rest();

    /// Something did not fit: drain the line and ask the board who it is before the next command.
    void on_out_of_step(const std::string& reason);
    /// The board restarts, or may restart, as it was asked to: nothing is known of it any more.
    void expect_restart();

    /// The `link` member of JigStatus.
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    void report();
    void open(TimePoint now);
    void open_port();
    void reopen();
    [[nodiscard]] bool is_reopen_due() const;
    void close_port();
    void on_lost(const std::string& reason);
    void on_reply();
    /// One attempt to get from suspect or identifying to online. Throws Error as prepare() does.
    void verify(Deadline deadline);
    void confirm(Deadline deadline);
    void apply_error(const Error& error);
    void check(const Identity& identity);
    void process_unsolicited();
    void process_event(const Event& event);

    const profile::Profile& profile_;
    const LinkOptions options_;
    const LinkDependencies dependencies_;

    std::unique_ptr<drivers::Port> port_;
    std::unique_ptr<drivers::Driver> driver_;  ///< uses *port_: declared after it, so gone before it
    std::optional<IdentityVerifier> verifier_; ///< uses both
    std::string port_path_;
    LinkMachine machine_;
    TimePoint last_reply_at_{}; ///< when the board last answered as it should, or the port was opened
    SilenceReport silence_;
    const IdentityDemand demand_;
    std::uint64_t restarts_seen_ = 0;   ///< of the driver's restarts
    std::uint64_t unexpected_seen_ = 0; ///< of the driver's unexpected frames

    struct Counters {
        std::uint64_t opens = 0;
        std::uint64_t exchanges = 0;
        std::uint64_t timeouts = 0;
        std::uint64_t mismatches = 0;
        std::uint64_t refusals = 0;
        std::uint64_t dropped = 0; ///< frames of earlier opens; the driver counts the current one's
        std::uint64_t restarts = 0;
    } counters_;
};

} // namespace jigd::link
