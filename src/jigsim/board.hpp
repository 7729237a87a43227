#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "jigsim/board_state.hpp"
#include "jigsim/commands.hpp"
#include "jigsim/line_end.hpp"
#include "profile/profile.hpp"

namespace jigd::jigsim {

/// What is wrong with a board, to see what the other side makes of it.
struct Fault {
    enum class Kind {
        none,
        silent, ///< carries commands out, but answers nothing
        late,   ///< carries commands out at once, answers `delay` later
        half,   ///< of each answer only the first half comes, without its end
        noise,  ///< instead of each answer, bytes that mean nothing
        refuse, ///< carries nothing out and answers `answer`
    };
    Kind kind = Kind::none;
    Milliseconds delay{0};
    std::string answer;
    bool once = false; ///< gone after one command
};

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
    void power_on(TimePoint now);

    void receive(std::string_view bytes, TimePoint now) override;
    [[nodiscard]] std::string transmit(TimePoint now) override;
    [[nodiscard]] TimePoint next_due() const override;

    /// The world changes a value of the board: the door opens. Where an event of the profile has that value,
    /// the board says so. Throws std::invalid_argument: no such value, or not one that it can have.
    void set_state(const std::string& name, const nlohmann::json& value, TimePoint now);
    [[nodiscard]] const std::map<std::string, nlohmann::json>& state() const { return state_.values(); }

    void set_fault(Fault fault) { fault_ = std::move(fault); }

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
        std::string answer;
        Milliseconds delay{0};
        bool reboots = false;
    };

    void advance(TimePoint now);
    void take(const profile::Frame& frame, TimePoint now);
    void interrupt(TimePoint now);
    void start(const Waiting& command);
    void finish();
    void become_deaf(TimePoint now);
    [[nodiscard]] Consequence carry_out(const std::string& body);
    [[nodiscard]] Consequence carry_out(const Known& command);
    /// What the command does to a value of the board.
    void apply(const profile::Effect& effect, const Known& command);
    [[nodiscard]] std::optional<std::string> refusal(const Known& command) const;
    [[nodiscard]] Busy spoilt(const Fault& fault, const Consequence& consequence, TimePoint at) const;
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
    std::optional<Busy> busy_;
    std::optional<TimePoint> deaf_until_;
    TimePoint free_at_{}; ///< when the last answer was given
    std::string output_;
};

} // namespace jigd::jigsim
