#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "jigsim/board_state.hpp"
#include "jigsim/commands.hpp"
#include "jigsim/fault.hpp"
#include "jigsim/line_end.hpp"
#include "profile/profile.hpp"

namespace jigd::jigsim {

/// A board as its profile describes it, and a profile's examples brought to life.
///
/// Commands are carried out one after the other, each when the answer of the one before has been given.
/// Simulation's rules apply to a request's first step (`refuse`) or to its last (all others, and `sets`).
class SimulatedBoard final : public LineEnd {
  public:
    /// `profile` must outlive it. `serial` is what the board calls itself; "" = as in the
    /// profile's example.
    explicit SimulatedBoard(const profile::Profile& profile, std::string serial = {});

    /// Power comes: deaf for a while, then the banner. A board that was never switched on is on already.
    /// `with_rubbish`: bytes that mean nothing come in front of the banner, as from a line whose level
    /// swings.
    void power_on(TimePoint now, bool with_rubbish = false);
    /// The board says `body`, which nobody asked for.
    void say(std::string_view body, TimePoint now);

    void receive(std::string_view bytes, TimePoint now) override;
    [[nodiscard]] std::string transmit(TimePoint now) override;
    [[nodiscard]] TimePoint next_due() const override;

    /// The world changes a value of the board: the door opens. Where an event of the profile has that value,
    /// the board says so. Throws std::invalid_argument: no such value, or not one that it can have.
    void set_state(const std::string& name, const nlohmann::json& value, TimePoint now);
    [[nodiscard]] const std::map<std::string, nlohmann::json>& state() const { return state_.values(); }

    void set_fault(Fault fault) { fault_ = std::move(fault); }
    [[nodiscard]] const profile::Codec& codec() const { return *profile_.codec; }

  private:
    /// A command that waits for its turn.
    struct Waiting {
        std::string body;
        std::optional<std::uint64_t> number; ///< that its answer must carry
        TimePoint arrived{};
        bool interrupted = false; ///< one behind it ends its delay before it begins
    };
    /// The command whose answer is still to come.
    struct Busy {
        std::string answer; ///< as it goes over the wire
        TimePoint due{};
        bool interruptible = false;
        bool reboots = false;
    };
    /// What a command comes to.
    struct Consequence {
        std::string answer{};
        Milliseconds delay{0};
        bool reboots = false;
        std::vector<std::string> further{}; ///< answers behind the first
    };

    void advance(TimePoint now);
    void take(const profile::Frame& frame, TimePoint now);
    void interrupt(TimePoint now);
    void start(const Waiting& command);
    void finish();
    void become_deaf(TimePoint now);
    [[nodiscard]] Consequence carry_out(const std::string& body);
    [[nodiscard]] Consequence carry_out(const Known& command);
    void remember(const Known& command);
    [[nodiscard]] Consequence refused(std::string answer);
    [[nodiscard]] Consequence answer_check();
    /// What the command does to a value of the board.
    void apply(const profile::Effect& effect, const Known& command);
    [[nodiscard]] std::optional<std::string> refusal(const Known& command) const;
    [[nodiscard]] Consequence consequence_of(const Waiting& command, const Fault& fault);
    [[nodiscard]] std::string answer_to(const Waiting& command, const Fault& fault,
                                        Consequence consequence) const;
    [[nodiscard]] const profile::Simulation::Rule& rule_of(const profile::Request& request) const;
    [[nodiscard]] std::string framed(const std::string& body) const;
    void check_possible(const std::string& name, const nlohmann::json& value) const;

    const profile::Profile& profile_;
    const profile::Simulation::Rule no_rule_;
    CommandSet commands_;
    BoardState state_;
    Fault fault_;
    const std::unique_ptr<profile::FrameFinder> finder_;
    std::deque<Waiting> waiting_;
    Known running_{}; ///< the request whose step came last, with the parameters of all its steps so far
    std::deque<std::string> refusals_; ///< that the board is still to be asked for
    std::optional<Busy> busy_;
    std::optional<TimePoint> deaf_until_;
    std::string rubbish_; ///< in front of the banner
    TimePoint free_at_{}; ///< when the last answer was given
    std::string output_;
};

} // namespace jigd::jigsim
