#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/backoff.hpp"
#include "core/deadline.hpp"
#include "core/health.hpp"
#include "drivers/driver.hpp"
#include "drivers/port.hpp"
#include "jig/facts.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// Opens the configured port, wherever it is now. Throws Error{jig_offline} that says why not.
using OpenPort = std::function<std::unique_ptr<drivers::Port>()>;

/// Told of the link's state, repeatedly or not; who listens finds out what changed. Jig thread.
class LinkObserver {
  public:
    LinkObserver() = default;
    LinkObserver(const LinkObserver&) = delete;
    LinkObserver& operator=(const LinkObserver&) = delete;
    virtual ~LinkObserver() = default;
    virtual void on_link_state(LinkState state, const std::string& reason) = 0;
};

struct LinkOptions {
    /// What the board must say its serial is; nullopt = not compared.
    std::optional<std::string> board_serial;
    Milliseconds retry_initial{100};
    Milliseconds retry_cap{1000};
    /// How long a board that stopped answering may be restarting before callers stop waiting for it.
    Milliseconds restart_patience{3000};
    std::uint64_t seed = 0;
};

/// The way to one board: opens the port, proves who is there, and knows when the two are out of step. The
/// only user of Port and Driver. Jig thread only.
///
///     offline → opening → identifying → online ⇄ suspect;   identifying, suspect → mismatch;   any → offline
class Link {
  public:
    /// `profile`, `facts` and `observer` must outlive it; `wire` may be null.
    Link(const profile::Profile& profile, LinkOptions options, OpenPort open, Facts& facts,
         LinkObserver& observer, drivers::WireObserver* wire);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    [[nodiscard]] LinkState state() const { return state_; }
    /// When tend() has something to do next; TimePoint::max() while online.
    [[nodiscard]] TimePoint next_attempt() const;
    /// Upkeep while no request waits: opens a missing port, asks a doubtful board who it is. Never throws for
    /// what the outside does; the state tells. May take as long as the board's settle and reply time.
    void tend(TimePoint now);

    /// The descriptor to poll for input while idle; -1 while there is no port (or a fake one).
    [[nodiscard]] int handle() const;
    /// Input arrived while idle: events, noise, or the end of the link.
    void listen();

    /// Returns when the board is proven and in step. Throws Error (executed: no): jig_offline, jig_mismatch,
    /// jig_timeout or jig_protocol when the board can't be brought back before `deadline`.
    void prepare(Deadline deadline);

    /// One step on a prepared link. What Driver::exchange throws comes through; the state follows it.
    [[nodiscard]] profile::Captures exchange(const profile::Step& step, const nlohmann::json& params,
                                             Deadline deadline);

    /// Something did not fit: drain the line and ask the board who it is before the next command.
    void doubt(const std::string& reason);
    /// The board restarts, as it was told to.
    void expect_restart();

    [[nodiscard]] std::vector<drivers::Unsolicited> take_events();

    /// The `link` member of JigStatus.
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    void move_to(LinkState state, const std::string& reason);
    void open(TimePoint now);
    void close(const std::string& reason);
    /// One attempt to get from suspect or identifying to online. Throws Error as prepare() does.
    void prove(Deadline deadline);
    [[nodiscard]] Identity ask_identity(Deadline deadline);
    [[nodiscard]] Duration first_silence() const;
    void await_debts(Duration silence, Deadline deadline);
    void require_nothing_owed(Deadline deadline);
    void check(const Identity& identity);
    void schedule_retry(TimePoint now);

    const profile::Profile& profile_;
    const LinkOptions options_;
    const OpenPort open_;
    Facts& facts_;
    LinkObserver& observer_;
    drivers::WireObserver* wire_;

    std::unique_ptr<drivers::Port> port_;
    std::unique_ptr<drivers::Driver> driver_; ///< uses *port_: declared after it, so gone before it
    std::string port_path_;
    LinkState state_ = LinkState::offline;
    std::string reason_ = "not opened yet";
    std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    TimePoint doubted_at_{};
    /// Commands, and then identifications, whose answers have not come. A board that is late answers them in
    /// this order, so an answer to ID? proves that no command's is still to come, unless an earlier ID? is
    /// owed.
    std::uint64_t owed_commands_ = 0;
    std::uint64_t owed_identifications_ = 0;
    Duration silence_{}; ///< that makes us believe that what is owed was lost; doubles while it fails
    std::uint64_t strays_seen_ = 0; ///< of the driver's strays, those that are accounted for
    bool restarting_ = false;       ///< the board was told to restart: it is deaf, and owes nothing
    TimePoint next_attempt_ = TimePoint::min();
    Backoff backoff_;

    struct Counters {
        std::uint64_t opens = 0;
        std::uint64_t exchanges = 0;
        std::uint64_t timeouts = 0;
        std::uint64_t mismatches = 0;
        std::uint64_t refusals = 0;
        std::uint64_t dropped = 0; ///< lines of earlier opens; the driver counts the current one's
    } counters_;
};

} // namespace jigd::jig
