#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/line/line_splitter.hpp"

namespace jigd::drivers {

/// The `line` protocol: a command is a line of text, and so is its answer. Between them the board may say
/// events and noise (profile::Event, Profile::noise).
class LineDriver : public Driver {
  public:
    /// `port` and `profile` must outlive it; `observer` may be null.
    LineDriver(Port& port, const profile::Profile& profile, WireObserver* observer);

    void settle(Deadline deadline) override;
    void resynchronise(Duration quiet, Deadline deadline) override;
    void listen() override;
    [[nodiscard]] std::vector<Event> take_events() override;
    [[nodiscard]] std::uint64_t dropped() const override { return dropped_ + splitter_.overlong(); }
    [[nodiscard]] std::uint64_t unexpected() const override { return unexpected_ + splitter_.overlong(); }
    [[nodiscard]] std::uint64_t restarts() const override { return restarts_; }

  private:
    [[nodiscard]] profile::Captures do_exchange(const profile::Step& step, const nlohmann::json& params,
                                                Deadline deadline,
                                                const BeforeSending& before_sending) override;

    /// A command under way.
    struct Command {
        const profile::LineStep& step;
        const nlohmann::json& params;
        std::string text;         ///< without its end
        Deadline deadline;        ///< the caller's
        Deadline first_byte;      ///< by when an answer must have begun
        bool awaits_echo = false; ///< the board's repetition has not come yet
    };

    std::size_t receive(Deadline deadline);
    std::size_t receive_available();
    void make_ready(Deadline deadline);
    void drop_stale();
    void drop_partial();
    void require_time(const Command& command) const;
    [[noreturn]] static void break_off_resynchronising(std::size_t drained, Duration took);
    void send(const std::string& text, Deadline deadline, const BeforeSending& before_sending);
    void note_sent(const std::string& bytes) const;
    [[nodiscard]] profile::Captures await_answer(Command& command);
    [[nodiscard]] bool swallow_echo(Command& command, std::string& line);
    [[nodiscard]] std::optional<profile::Captures> judge(const Command& command, const std::string& line);
    void refuse_if_error(const Command& command, const std::string& line) const;
    [[noreturn]] void time_out(const Command& command) const;
    bool take_event(const std::string& line);
    [[nodiscard]] bool take_noise(const std::string& line);

    Port& port_;
    const profile::Profile& profile_;
    WireObserver* observer_;
    LineSplitter splitter_;
    std::vector<Event> events_;
    std::uint64_t dropped_ = 0;
    std::uint64_t unexpected_ = 0;
    std::uint64_t restarts_ = 0;
    TimePoint last_byte_{};     ///< when the last byte came
    TimePoint last_doubtful_{}; ///< when the last byte came that may belong to an answer nobody waited for
    TimePoint last_sent_{};
    TimePoint may_send_at_{}; ///< the pace's rest is over
};

} // namespace jigd::drivers
