#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/event.hpp"
#include "core/health.hpp"
#include "drivers/driver.hpp"
#include "drivers/port.hpp"
#include "link/facts.hpp"
#include "link/identity.hpp"
#include "link/identity_verifier.hpp"
#include "link/link_machine.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Opens the configured port, wherever it is now. Throws Error{jig_offline} that says why not; its details'
/// `link` tells absent and busy-elsewhere from a port that is there and can't be opened.
using OpenPort = std::function<std::unique_ptr<drivers::Port>()>;

/// Told what the link does and what the board says. Jig thread.
class LinkObserver {
  public:
    LinkObserver() = default;
    LinkObserver(const LinkObserver&) = delete;
    LinkObserver& operator=(const LinkObserver&) = delete;
    virtual ~LinkObserver() = default;
    /// Repeatedly or not; who listens finds out what changed.
    virtual void on_link_state(LinkState state, const std::string& reason) = 0;
    /// A trouble lasts: "for 10 min, attempts: 611". Ever more rarely.
    virtual void on_link_reminder(LinkState state, const std::string& since) = 0;
    /// What the board said unasked.
    virtual void on_board_event(const Event& event) = 0;
};

struct LinkOptions {
    IdentityDemand demand{};
    LinkMachine::Options machine{};
};

/// What the link works with; all must outlive it.
struct LinkDependencies {
    OpenPort open;
    Facts& facts;
    Values& values;
    LinkObserver& observer;
    drivers::WireObserver* wire = nullptr; ///< may be null
};

/// The way to one board: opens the port, proves who is there, and knows when the two are out of step. The
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
    /// When maintain() has something to do next; TimePoint::max() while online.
    [[nodiscard]] TimePoint next_attempt() const { return machine_.next_attempt(); }
    /// The port's time while it is open, `otherwise` while it is not.
    [[nodiscard]] TimePoint now(TimePoint otherwise) const { return port_ ? port_->now() : otherwise; }
    /// Upkeep while no request waits: opens a missing port, asks a doubtful board who it is. Never throws for
    /// what the outside does; the state tells. May take as long as the board's settle and reply time.
    void maintain(TimePoint now);

    /// The descriptor to poll for input while idle; -1 while there is no port (or a fake one).
    [[nodiscard]] int handle() const;
    /// Input arrived while idle: events, noise, or the end of the link.
    void listen();

    /// Returns when the board is proven and in step. Throws Error (executed: no): jig_offline, jig_mismatch,
    /// jig_timeout or jig_protocol when the board can't be brought back before `deadline`.
    void prepare(Deadline deadline);

    /// One step on a prepared link; where the board says something unasked just before it, the link is
    /// prepared again first. What prepare() and Driver::exchange throw comes through; the state follows it.
    [[nodiscard]] profile::Captures exchange(const profile::Step& step, const nlohmann::json& params,
                                             Deadline deadline,
                                             const drivers::BeforeSending& before_sending = {});

    /// Something did not fit: drain the line and ask the board who it is before the next command.
    void doubt(const std::string& reason);
    /// The board restarts, as it was told to: nothing is known of it any more.
    void expect_restart();

    /// The `link` member of JigStatus.
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    void tell();
    void open(TimePoint now);
    void on_open_failed(const Error& error, TimePoint now);
    void close(const std::string& reason);
    /// One attempt to get from suspect or identifying to online. Throws Error as prepare() does.
    void prove(Deadline deadline);
    void confirm(Deadline deadline);
    /// nullopt when the link fell out of step before anything was sent.
    [[nodiscard]] std::optional<profile::Captures> try_exchange(const profile::Step& step,
                                                                const nlohmann::json& params,
                                                                Deadline deadline,
                                                                const drivers::BeforeSending& before_sending);
    void apply_error(const Error& error);
    void check(const Identity& identity);
    void process_unsolicited();

    const profile::Profile& profile_;
    const LinkOptions options_;
    const LinkDependencies dependencies_;

    std::unique_ptr<drivers::Port> port_;
    std::unique_ptr<drivers::Driver> driver_;  ///< uses *port_: declared after it, so gone before it
    std::optional<IdentityVerifier> verifier_; ///< uses both
    std::string port_path_;
    LinkMachine machine_;
    LinkState reported_ = LinkState::absent;
    std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    TimePoint last_reply_at_{}; ///< when the board last answered as it should
    const IdentityDemand demand_;
    std::uint64_t restarts_seen_ = 0; ///< of the driver's restarts

    struct Counters {
        std::uint64_t opens = 0;
        std::uint64_t exchanges = 0;
        std::uint64_t timeouts = 0;
        std::uint64_t mismatches = 0;
        std::uint64_t refusals = 0;
        std::uint64_t dropped = 0; ///< lines of earlier opens; the driver counts the current one's
        std::uint64_t restarts = 0;
    } counters_;
};

} // namespace jigd::link
