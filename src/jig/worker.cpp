#include "jig/worker.hpp"

#include <algorithm>
#include <array>

#include <poll.h>

namespace jigd::jig {

namespace {

/// An idle loop comes round this often even when nothing happens: once a minute proves that it lives.
constexpr std::chrono::seconds idle_round{60};
/// What a loop may be late before it counts as hung.
constexpr std::chrono::seconds grace{10};
/// A chattering board must not flood the journal.
constexpr int most_events_a_second = 10;

} // namespace

Worker::Worker(Link& link, Executor& executor, WorkerSeams seams)
    : link_(link), executor_(executor), seams_(seams) {}

bool Worker::stopping() const {
    os::Watch watch{.fd = seams_.stop.fd(), .events = POLLIN};
    return os::wait(&watch, 1, Deadline{Clock::now()});
}

void Worker::run() {
    while (!stopping()) {
        collect();
        if (jobs_.empty()) {
            seams_.pulse.promise(Clock::now() + idle_round + grace);
            link_.tend(Clock::now());
            report_events();
            wait();
        } else {
            serve_next();
        }
    }
    turn_away();
}

/// A read that was not begun goes back to the queue with the connection's end. An actuation is answered now:
/// delivered again, it could not be told from one that was begun.
void Worker::turn_away() {
    collect();
    for (const auto& job : jobs_) {
        if (job.kind != Kind::read && job.claim.take()) {
            answer(job, Error(Code::shutting_down,
                              "jigd is stopping; this request was not begun. Ask again when it "
                              "is back"));
        }
    }
    jobs_.clear();
}

void Worker::wait() {
    const auto now = Clock::now();
    const Deadline until{std::min(link_.next_attempt(), now + idle_round)};
    seams_.pulse.promise(until.at + grace);
    std::array<os::Watch, 3> watches{os::Watch{seams_.inbox_event.fd(), POLLIN},
                                     os::Watch{seams_.stop.fd(), POLLIN}, os::Watch{link_.handle(), POLLIN}};
    // A port that is open but has a descriptor of -1 can't be waited on; poll ignores negative descriptors.
    if (os::wait(watches.data(), watches.size(), until) && watches[2].revents != 0) {
        link_.listen();
        report_events();
    }
}

void Worker::collect() {
    seams_.inbox_event.clear();
    for (auto& job : seams_.inbox.take_all()) {
        if (job.request == "SafeState") {
            jobs_.push_front(std::move(job));
        } else {
            jobs_.push_back(std::move(job));
        }
    }
}

void Worker::serve_next() {
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    if (job.claim.take()) {
        serve(job);
    }
}

void Worker::serve(const Job& job) {
    const auto deadline = answer_by(job.received, job.deadline);
    seams_.pulse.promise(deadline.at + grace);
    // Whoever asks from here on has not asked before the exchange, and waits for the next one.
    collect();
    const auto outcome = carry_out(job, deadline);
    answer(job, outcome);
    if (job.kind == Kind::read && std::holds_alternative<nlohmann::json>(outcome)) {
        answer_alike(job, outcome);
    }
    report_events();
}

Outcome Worker::carry_out(const Job& job, Deadline deadline) {
    if (deadline.passed(Clock::now())) {
        return Error(Code::expired,
                     "the caller's patience was over before the jig was free; nothing was done");
    }
    try {
        return executor_.run(job.request, job.params, deadline);
    } catch (const Error& error) {
        return job.kind == Kind::read ? error.with(Executed::no) : error;
    } catch (const std::exception& error) {
        seams_.log.error("request failed unexpectedly: " + std::string(error.what()),
                         {{"REQUEST", job.request}});
        return Error(Code::internal, "jigd failed: " + std::string(error.what()) + "; please report this",
                     job.kind == Kind::read ? Executed::no : Executed::unknown);
    }
}

void Worker::answer_alike(const Job& leader, const Outcome& outcome) {
    const auto first_actuation =
        std::find_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.kind != Kind::read; });
    const auto rest = std::stable_partition(jobs_.begin(), first_actuation, [&leader](const Job& job) {
        return job.request != leader.request || job.params != leader.params;
    });
    std::for_each(rest, first_actuation, [&](const Job& job) {
        if (job.claim.take()) {
            answer(job, outcome);
        }
    });
    jobs_.erase(rest, first_actuation);
}

void Worker::answer(const Job& job, Outcome outcome) {
    if (!seams_.outbox.push(answer_to(job, std::move(outcome)))) {
        seams_.log.error("the outbox is full: an answer is lost, the broker will deliver its request again",
                         {{"REQUEST", job.request}});
    }
}

void Worker::report_events() {
    const auto now = Clock::now();
    if (now - event_window_ >= std::chrono::seconds(1)) {
        if (events_unsaid_ > 0) {
            seams_.log.warn(std::to_string(events_unsaid_) +
                            " more events of the board were not written down");
        }
        event_window_ = now;
        events_said_ = 0;
        events_unsaid_ = 0;
    }
    for (const auto& event : link_.take_events()) {
        if (events_said_ >= most_events_a_second) {
            ++events_unsaid_;
            continue;
        }
        ++events_said_;
        seams_.log.info("the board says " + event.name + " " + event.values.dump(), {{"EVENT", event.name}});
    }
}

} // namespace jigd::jig
