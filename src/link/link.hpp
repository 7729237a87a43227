#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/health.hpp"
#include "core/status_snapshot.hpp"
#include "drivers/port.hpp"
#include "link/board_identity.hpp"
#include "link/identity.hpp"
#include "link/link_counters.hpp"
#include "link/link_machine.hpp"
#include "link/link_observer.hpp"
#include "link/port_session.hpp"
#include "link/silence_report.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Opens the configured port, wherever it is now. Throws Error{jig_offline} that says why not; its details'
/// `link` tells absent and busy-elsewhere from a port that is there and can't be opened.
using OpenPort = std::function<std::unique_ptr<drivers::Port>()>;

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
/// only user of Port and Driver; LinkMachine has the states, PortSession what belongs to the open port,
/// IdentityVerifier the questions. Jig thread only.
class Link {
  public:
    /// `profile` must outlive it.
    Link(const profile::Profile& profile, LinkOptions options, LinkDependencies dependencies);
    ~Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    [[nodiscard]] LinkState state() const { return machine_.state(); }
    [[nodiscard]] bool is_open() const { return session_ != nullptr; }
    /// The board's identity was verified, and the port neither lost nor opened anew since.
    [[nodiscard]] bool is_verified() const { return session_ && session_->verifier().accepted(); }
    /// Rises when the port is opened anew, and when the board restarts: what earlier steps did may be undone.
    [[nodiscard]] std::uint64_t generation() const { return counters_.opens + counters_.restarts; }
    /// When the board said anything last; TimePoint{} when it has not since the port was opened.
    [[nodiscard]] TimePoint last_byte() const {
        return session_ ? session_->driver().last_byte() : TimePoint{};
    }
    /// When maintain() has something to do next; TimePoint::max() while online.
    [[nodiscard]] TimePoint next_attempt() const { return machine_.next_attempt(); }
    /// The longest that one maintain() may take.
    [[nodiscard]] Duration longest_attempt() const;
    /// The port's time while it is open, `fallback` while it is not.
    [[nodiscard]] TimePoint now(TimePoint fallback) const { return session_ ? session_->now() : fallback; }
    /// Upkeep while no request waits: opens a missing port, asks a doubtful board who it is. Never throws for
    /// what the outside does; the state tells.
    void maintain(TimePoint now);

    /// The descriptor to poll for input while idle; -1 while there is no port (or a fake one).
    [[nodiscard]] int handle() const { return session_ ? session_->port().handle() : -1; }
    /// Input arrived while idle: events, noise, or the end of the link.
    void listen();

    /// Returns when the board is verified and in step. Throws Error (executed: no): jig_offline,
    /// jig_mismatch, jig_timeout or jig_protocol when the board can't be brought back before `deadline`.
    void prepare(Deadline deadline);

    /// The first half of a step: prepares the link, makes the line ready, takes the last look at what has
    /// come in, and returns the whole frame; no byte has left. A step that sends nothing needs none of that,
    /// and its frame is empty. `step` and `params` must live until send(). Throws Error (executed: no).
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
    [[nodiscard]] LinkReport make_report() const;
    [[nodiscard]] LinkCounters totals() const;
    void report();
    void open(TimePoint now);
    void reopen();
    void open_port(TimePoint now);
    [[nodiscard]] bool is_reopen_due() const;
    void close_port();
    void on_lost(const std::string& reason);
    void on_reply();
    /// One attempt to get from suspect or identifying to online. Throws Error as prepare() does.
    void verify(Deadline deadline);
    void confirm(Deadline deadline);
    void apply_error(const Error& error);
    void on_doubt(const Error& error);
    void check(const Identity& identity);
    void process_unsolicited();

    const profile::Profile& profile_;
    const LinkOptions options_;
    const LinkDependencies dependencies_;

    std::unique_ptr<PortSession> session_; ///< null while the port is not open
    std::string port_path_;
    LinkMachine machine_;
    SilenceReport silence_;
    BoardIdentity identity_;
    LinkCounters counters_; ///< without the current open's questions and dropped frames
};

} // namespace jigd::link
