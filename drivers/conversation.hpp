#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "drivers/judge.hpp"
#include "drivers/port.hpp"
#include "drivers/secret_mask.hpp"
#include "drivers/wire_observer.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// The driver of every protocol: one command at a time on an open port, and its answer. It has the times
/// (pace, settle time, deadlines), the line errors and the order of what comes; what a frame is, the
/// profile's codec knows. Made anew for each open, used by the jig thread only.
///
/// A step has two halves, so that its caller can write it down in between: begin() makes the line ready and
/// gives the whole frame, and send() sends just that and waits for the answer. A board that did not take the
/// frame, and says so (Refusal::again), gets the same one again, up to three times in all, each when the time
/// for an answer is over and none has come.
///
/// Errors: jig_timeout (no answer, or half of one), jig_protocol (an answer that does not match, or that came
/// damaged), jig_refused (the board's no: details {"board_code", "board_text"}), jig_offline (the port is
/// gone), shutting_down, busy and expired (no time left to send). `executed` says what is known of the
/// command alone: `no` from begin(), after a refusal, and where all of the frame was still waiting to leave;
/// else `unknown`. After jig_timeout or jig_protocol of send() the link is out of step: the caller must call
/// resynchronise() before the next begin().
class Conversation {
  public:
    /// `port` and `profile` must outlive it; `observer` may be null.
    Conversation(Port& port, const profile::Profile& profile, WireObserver* observer);

    /// After open: waits out the board's settle time and drops what it said meanwhile.
    void settle(Deadline deadline);

    /// Waits for the pace, lets in what is just coming, and returns the frame that send() sends. `step` must
    /// live until then. A step that sends nothing awaits one more answer: its frame is empty, and nothing is
    /// dropped before it.
    [[nodiscard]] const std::string& begin(const profile::Step& step, const nlohmann::json& params,
                                           Deadline deadline);
    /// Sends the frame of the last begin() and waits for its answer.
    [[nodiscard]] profile::Captures send();
    /// Takes in what came behind the answer in the same read, which is newer than the answer: after the
    /// answer was used, and before anything else.
    void process_rest() { process_unasked(); }
    /// Both halves, for what changes nothing.
    [[nodiscard]] profile::Captures exchange(const profile::Step& step, const nlohmann::json& params,
                                             Deadline deadline);

    /// Drains the line until nothing was sent or received for `quiet`, so that no late byte answers the next
    /// command. Silence that has passed already counts. Throws Error{jig_timeout} when `deadline` comes
    /// first, Error{jig_protocol} when the line never goes quiet.
    void resynchronise(Duration quiet, Deadline deadline);

    /// Reads what is there without waiting: the line is idle, so it is an event, noise, or a hang-up
    /// (throws).
    void listen();

    /// Whether events that wait for an answer get it: once the board is known to be the right one.
    void answer_events(bool allowed) { answers_events_ = allowed; }

    /// The board got the command to restart: the settle time holds from now, as it does after a restart that
    /// it reports.
    void expect_restart();

    /// Events since the last call, in order, each with its own time; also those that came in the middle of an
    /// exchange.
    [[nodiscard]] std::vector<Event> take_events();

    /// Frames or bytes that were neither answer nor event, since open.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_ + finder_->overlong(); }
    /// Those of them that may have been an answer, or a garbled event: the profile does not call them noise.
    [[nodiscard]] std::uint64_t unexpected() const { return unexpected_ + finder_->overlong(); }
    /// The last of these, printable and short, for people.
    [[nodiscard]] std::string last_unexpected() const { return shown(last_unexpected_); }
    /// How often the board said that it restarted, since open (Noise::restart).
    [[nodiscard]] std::uint64_t restarts() const { return restarts_; }
    /// When the last byte came; TimePoint{} before the first.
    [[nodiscard]] TimePoint last_byte() const { return last_byte_; }

  private:
    /// A command from begin() to its answer.
    struct Command {
        const profile::Step* step = nullptr;
        nlohmann::json params{};
        std::string frame;
        std::string masked{};     ///< the frame without its secrets, for people
        Deadline deadline;        ///< the caller's
        Deadline first_byte;      ///< by when an answer must have started
        bool awaits_echo = false; ///< the board's repetition has not come yet
        unsigned sent = 0;        ///< how often
        /// The board's no that asks for the frame again, which is sent at `first_byte` if nothing comes
        /// before.
        std::optional<Error> asked_again{};
        bool is_cut_short = false; ///< its deadline comes within the time for an answer
        bool heard_event = false;
        std::uint64_t unexpected_before = 0;
        std::optional<LineErrors> errors_before{};
        std::uint64_t overlong_before = 0;
        std::optional<profile::Frame> damaged{}; ///< an answer that came and was not believed
    };

    std::size_t receive(Deadline deadline);
    std::size_t receive_available(Deadline deadline);
    [[nodiscard]] const std::string& begin_further_answer(const profile::Step& step,
                                                          const nlohmann::json& params, Deadline deadline);
    void make_ready(Deadline deadline);
    /// What came while no answer was awaited.
    void process_unasked();
    void process_unasked(const profile::Frame& frame);
    void drop(std::string_view body);
    void drop_damaged(const profile::Frame& frame);
    void count_unexpected(std::string_view bytes);
    void on_restart();
    void drop_partial();
    void require_time() const;
    void send_frame();
    [[nodiscard]] bool take_request_to_repeat(const std::string& body);
    [[nodiscard]] bool was_not_taken() const;
    [[nodiscard]] bool may_send_again() const;
    [[nodiscard]] std::string times_sent() const;
    void write_frame();
    void write_bytes(std::string_view frame, Deadline deadline);
    void show_received(std::string_view bytes);
    [[nodiscard]] profile::Captures receive_answer();
    [[nodiscard]] profile::Captures await_answer();
    [[nodiscard]] std::optional<profile::Captures> take_frames();
    [[nodiscard]] bool swallow_echo(std::string& body);
    [[nodiscard]] std::optional<profile::Captures> judge(const profile::Frame& frame);
    [[nodiscard]] bool take_event(std::string_view body);
    [[nodiscard]] bool take_event_within(const profile::Frame& frame);
    void take_events_within_answer();
    void answer_event(const profile::StepForm& reply);
    [[nodiscard]] bool swallow_echo_of_reply(std::string_view body);
    void require_undamaged() const;
    [[nodiscard]] std::string what_was_wrong(const std::string& body) const;
    [[noreturn]] void give_up();
    [[noreturn]] void time_out();
    [[nodiscard]] std::string what_is_missing(const std::string& command) const;
    // For people: short, and without secrets.
    [[nodiscard]] std::string shown_command() const;
    [[nodiscard]] std::string shown(std::string_view bytes) const;
    [[noreturn]] static void stop_resynchronising(std::size_t drained, Duration took);

    Port& port_;
    const profile::Profile& profile_;
    const std::shared_ptr<const profile::Codec> codec_;
    const Judge judge_;
    WireObserver* observer_;
    const bool counts_line_errors_;
    const std::unique_ptr<profile::FrameFinder> finder_;
    Command command_;
    std::uint64_t commands_ = 0; ///< since open
    bool more_follows_ = false;  ///< what comes is kept for the step that awaits it
    SecretMask secrets_;         ///< for the life of it: a board may repeat one late
    bool answers_events_ = false;
    /// A reply to an event that the board has not repeated yet, and by when it must have.
    struct SentReply {
        std::string frame;
        TimePoint until{};
    };
    std::deque<SentReply> unrepeated_replies_;
    std::vector<Event> events_;
    std::vector<Event> events_within_answer_; ///< newer than the answer: taken after it
    std::uint64_t dropped_ = 0;
    std::uint64_t unexpected_ = 0;
    std::string last_unexpected_; ///< bytes; made readable only when somebody reads them
    std::uint64_t restarts_ = 0;
    TimePoint last_byte_{};     ///< when the last byte came
    TimePoint last_doubtful_{}; ///< when the last byte came that may belong to an answer nobody waited for
    TimePoint last_sent_{};
    TimePoint may_send_at_{}; ///< pace, and the settle time after a restart, are over
};

} // namespace jigd::drivers
