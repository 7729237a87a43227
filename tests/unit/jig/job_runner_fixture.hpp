#pragma once

#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <poll.h>

#include "drivers/serial_port.hpp"
#include "executor_fixture.hpp"
#include "jig/job_runner.hpp"
#include "support/pty_board.hpp"

namespace jigd::jig {

/// A job runner on its own thread and a real pseudo-terminal, whose board the test plays by hand. What it
/// uses may be looked at after stop_and_join() only.
class JobRunnerFixture : public ExecutorFixture {
  protected:
    /// A busy machine must not make the board late; after a doubt the line is watched for a moment only.
    JobRunnerFixture() {
        profile.timeouts.reply = Milliseconds(50);
        profile.identify->step.timeout = std::chrono::seconds(10);
        for (auto& [name, request] : profile.requests) {
            wait_for_answers_to(name, std::chrono::seconds(10));
        }
    }
    /// Before a derived fixture is destroyed: the thread calls its virtual functions.
    void TearDown() override {
        cancel.signal();
        stop_and_join();
    }

    void wait_for_answers_to(const std::string& request, Milliseconds timeout) {
        for (auto& step : profile.requests.at(request).steps) {
            step.timeout = timeout;
        }
    }

    /// Starts it, without waiting for the board.
    void start(SafeStatePolicy policy = {}) {
        link_to(board_line);
        runner_.emplace(JobRunnerTools{*link, *executor, *once_executor, recorder}, policy,
                        JobRunnerDependencies{inbox, inbox_event_, outbox_, stop, idle, cancel,
                                              is_broker_away, watchdog, log.log()});
        safe_state_waits = [this] { return runner_->safe_state_waits(); };
        thread_ = std::thread([this] { run(); });
    }
    /// Starts it and lets the board say who it is.
    void start_online(SafeStatePolicy policy = {}) {
        start(policy);
        answers("ID?\n", "ID LAMP JIG-1 1.0\r\n");
    }
    /// The board hears exactly `command` next, and answers.
    void answers(const std::string& command, const std::string& answer) {
        hears(command);
        EXPECT_TRUE(board_line.say(answer));
    }
    void hears(const std::string& command) { EXPECT_EQ(board_line.hear(command.size()), command); }
    void answers_safe_state() {
        answers("LAMP OFF\n", "OK\r\n");
        answers("LAMP?\n", "LAMP OFF\r\n");
        answers("RING\n", "OK\r\n");
    }

    /// Asks for it; its answer has the same number.
    void ask(std::uint64_t number, const std::string& request,
             const nlohmann::json& params = nlohmann::json::object()) {
        auto asked = job(request, {}, params);
        asked.ticket.delivery_tag = number;
        asked.received = Clock::now();
        asked.deadline = Deadline::in(std::chrono::seconds(60), asked.received);
        push(std::move(asked));
    }
    void push(Job job) { ASSERT_TRUE(inbox.push(std::move(job))); }
    /// The next answer; waits for it up to 10 s.
    Answer answer() {
        const auto deadline = Deadline::in(std::chrono::seconds(10), Clock::now());
        os::Watch watch{.fd = outbox_event_.fd(), .events = POLLIN, .revents = 0};
        while (answers_.empty() && os::wait(&watch, 1, deadline)) {
            outbox_event_.clear();
            for (auto& answer : outbox_.take_all()) {
                answers_.push_back(std::move(answer));
            }
        }
        if (answers_.empty()) {
            ADD_FAILURE() << "no answer came";
            return answer_to({}, Error(Code::internal, "no answer came"));
        }
        auto first = std::move(answers_.front());
        answers_.pop_front();
        return first;
    }
    /// The numbers of the next answers, in their order.
    std::vector<std::uint64_t> answered(std::size_t count) {
        std::vector<std::uint64_t> numbers;
        for (std::size_t index = 0; index < count; ++index) {
            numbers.push_back(answer().ticket.delivery_tag);
        }
        return numbers;
    }
    [[nodiscard]] bool any_answer_left() const { return !answers_.empty() || outbox_.size() > 0; }

    void stop_and_join() {
        if (thread_.joinable()) {
            stop.signal();
            thread_.join();
        }
    }
    [[nodiscard]] static bool is_signalled(const os::EventFd& event) {
        os::Watch watch{.fd = event.fd(), .events = POLLIN, .revents = 0};
        return os::wait(&watch, 1, Deadline{Clock::now()});
    }

    test::PtyBoard board_line;
    os::EventFd stop;
    os::EventFd idle;
    os::EventFd cancel;
    /// As it is before start().
    std::function<std::optional<TimePoint>()> is_broker_away = [] { return std::optional<TimePoint>(); };
    os::WatchdogDeadline watchdog{[] {}};
    std::string thrown; ///< by run()

  private:
    void link_to(const test::PtyBoard& line) {
        values.emplace(profile);
        link.emplace(profile, link::LinkOptions{.demand = {.serial = "JIG-1"}},
                     link::LinkDependencies{[this, &line] {
                                                return drivers::open_serial_port(line.path(), profile.serial,
                                                                                 cancel.fd());
                                            },
                                            status, *values, *this, &recorder});
        executor.emplace(profile, ExecutorDependencies{*link, *values, status});
        make_the_once_executor();
    }
    /// As the daemon's thread does.
    void run() {
        try {
            runner_->run();
        } catch (const std::exception& error) {
            thrown = error.what();
        }
        runner_->make_safe_at_stop();
    }

    os::EventFd inbox_event_;
    os::EventFd outbox_event_;
    Mailbox<Answer> outbox_{32, [this] { outbox_event_.signal(); }};
    std::deque<Answer> answers_;
    std::optional<JobRunner> runner_;
    std::thread thread_;

  protected:
    Mailbox<Job> inbox{32, [this] { inbox_event_.signal(); }};
};

} // namespace jigd::jig
