#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/line/line_judge.hpp"
#include "drivers/line/line_splitter.hpp"

namespace jigd::drivers {

/// The `line` protocol: a command is a line of text, and so is its answer. Between them the board may say
/// events and noise (profile::Event, Profile::noise).
class LineDriver : public Driver {
  public:
    /// `port` and `profile` must outlive it; `observer` may be null.
    LineDriver(Port& port, const profile::Profile& profile, WireObserver* observer);

    void settle(Deadline deadline) override;
    [[nodiscard]] const std::string& begin(const profile::Step& step, const nlohmann::json& params,
                                           Deadline deadline) override;
    [[nodiscard]] profile::Captures send() override;
    void process_rest() override { process_unasked(); }
    void resynchronise(Duration quiet, Deadline deadline) override;
    void listen() override;
    void expect_restart() override;
    [[nodiscard]] std::vector<Event> take_events() override;
    [[nodiscard]] std::uint64_t dropped() const override { return dropped_ + splitter_.overlong(); }
    [[nodiscard]] std::uint64_t unexpected() const override { return unexpected_ + splitter_.overlong(); }
    [[nodiscard]] const std::string& last_unexpected() const override { return last_unexpected_; }
    [[nodiscard]] std::uint64_t restarts() const override { return restarts_; }
    [[nodiscard]] TimePoint last_byte() const override { return last_byte_; }

  private:
    /// A command from begin() to its answer.
    struct Command {
        const profile::LineStep* step = nullptr;
        const nlohmann::json* params = nullptr;
        std::string text;         ///< without its end
        std::string frame;        ///< with it
        std::string shown{};      ///< the text without its secrets, for people
        Deadline deadline;        ///< the caller's
        Deadline first_byte;      ///< by when an answer must have started
        bool awaits_echo = false; ///< the board's repetition has not come yet
        std::optional<LineErrors> errors_before{};
        std::uint64_t overlong_before = 0;
    };

    std::size_t receive(Deadline deadline);
    std::size_t receive_available(Deadline deadline);
    void make_ready(Deadline deadline);
    /// Whether the beginning of a line is in, whose rest may still come.
    [[nodiscard]] bool is_within_line() const;
    /// What came while no answer was awaited.
    void process_unasked();
    void drop(std::string_view line);
    void on_restart();
    void drop_partial();
    void require_time() const;
    void write_frame();
    void remember_secret(const std::string& secret);
    void show_received(std::string_view bytes);
    [[nodiscard]] std::string hidden(std::string text) const;
    [[nodiscard]] nlohmann::json hidden(nlohmann::json details) const;
    [[nodiscard]] profile::Captures receive_answer();
    [[nodiscard]] profile::Captures await_answer();
    [[nodiscard]] bool swallow_echo(std::string& line);
    [[nodiscard]] std::optional<profile::Captures> judge(const std::string& line);
    [[nodiscard]] bool take_event(std::string_view line);
    void require_undamaged() const;
    [[nodiscard]] std::string what_was_wrong(const std::string& line) const;
    [[noreturn]] void time_out();
    [[nodiscard]] std::string what_is_missing(const std::string& command) const;
    [[noreturn]] static void stop_resynchronising(std::size_t drained, Duration took);

    Port& port_;
    const profile::Profile& profile_;
    const LineJudge judge_;
    WireObserver* observer_;
    const bool counts_line_errors_;
    LineSplitter splitter_;
    Command command_;
    std::deque<std::string> secrets_; ///< as they stood in commands
    std::string unshown_;             ///< received, and perhaps the beginning of a secret
    std::vector<Event> events_;
    std::uint64_t dropped_ = 0;
    std::uint64_t unexpected_ = 0;
    std::string last_unexpected_;
    std::uint64_t restarts_ = 0;
    TimePoint last_byte_{};     ///< when the last byte came
    TimePoint last_doubtful_{}; ///< when the last byte came that may belong to an answer nobody waited for
    TimePoint last_sent_{};
    TimePoint may_send_at_{}; ///< pace, and the settle time after a restart, are over
};

} // namespace jigd::drivers
