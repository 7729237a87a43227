#include "jig/job_runner.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "core/health.hpp"

namespace jigd::jig {

namespace {

/// An idle loop comes round this often even when nothing happens: once a minute proves that it lives.
constexpr std::chrono::seconds idle_round{60};
/// What a loop may be late before it counts as hung.
constexpr std::chrono::seconds grace{10};
/// No patience is longer (requests.longest_timeout).
constexpr std::chrono::hours longest_job{24};
constexpr std::chrono::seconds safe_state_patience{5};
/// main() waits no longer for us at a stop.
constexpr std::chrono::seconds safe_state_patience_at_stop{3};
/// Runs of bytes that an error shows, and that the journal gets for each request.
constexpr std::size_t most_shown = 16;

bool is_signalled(const os::EventFd& event) {
    os::Watch watch{.fd = event.fd(), .events = POLLIN};
    return os::wait(&watch, 1, Deadline{Clock::now()});
}

bool shows_the_wire(const Error& error) {
    return error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
}

bool acts(const Job& job) {
    return job.kind != Kind::read && job.request != "SafeState";
}

Error with_wire(const Error& error, nlohmann::json wire) {
    auto details = error.details();
    details["wire"] = std::move(wire);
    return Error(error.code(), error.what(), error.executed(), std::move(details));
}

} // namespace

JobRunner::JobRunner(JobRunnerTools room, SafeStatePolicy policy, JobRunnerDependencies dependencies)
    : room_(room), safe_state_(policy), dependencies_(std::move(dependencies)) {}

void JobRunner::run() {
    while (!is_signalled(dependencies_.stop)) {
        collect();
        const bool idle = jobs_.empty();
        // Requests wait for the first look at the port, and keep nobody from looking again.
        if (idle || !room_.link.is_open()) {
            dependencies_.watchdog.due_by(Clock::now() + idle_round + grace);
            room_.recorder.begin({.request = "identify", .correlation_id = {}, .requester = {}});
            room_.link.maintain(Clock::now());
            room_.recorder.end();
        }
        if (keep_safe()) {
            continue;
        }
        if (idle) {
            wait();
        } else {
            serve_next();
        }
    }
    jobs_.clear();
    dependencies_.idle.signal();
    make_safe_at_stop();
}

void JobRunner::wait() {
    const auto now = Clock::now();
    Deadline until{std::min(room_.link.next_attempt(), now + idle_round)};
    if (safe_state_.next() > now) {
        until.at = std::min(until.at, safe_state_.next());
    }
    dependencies_.watchdog.due_by(until.at + grace);
    std::array<os::Watch, 3> watches{os::Watch{dependencies_.inbox_event.fd(), POLLIN},
                                     os::Watch{dependencies_.stop.fd(), POLLIN},
                                     os::Watch{room_.link.handle(), POLLIN}};
    // A port that is open but has a descriptor of -1 can't be waited on; poll ignores negative descriptors.
    if (os::wait(watches.data(), watches.size(), until) && watches[2].revents != 0) {
        room_.link.listen();
    }
}

void JobRunner::collect() {
    dependencies_.inbox_event.clear();
    for (auto& job : dependencies_.inbox.take_all()) {
        if (job.request == "SafeState") {
            jobs_.push_front(std::move(job));
        } else {
            jobs_.push_back(std::move(job));
        }
    }
}

void JobRunner::serve_next() {
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    if (job.claim.take()) {
        serve(job);
    }
}

void JobRunner::serve(const Job& job) {
    const auto deadline = reply_deadline(job.received, job.deadline);
    dependencies_.watchdog.due_by(deadline.sooner(longest_job, Clock::now()).at + grace);
    // Whoever asks from here on has not asked before the exchange, and waits for the next one.
    collect();
    auto answer = carry_out(job, deadline);
    if (job.kind == Kind::read && !jobs_.empty() && std::holds_alternative<nlohmann::json>(answer.outcome)) {
        share_result(job, answer.outcome);
    }
    send(std::move(answer));
}

Answer JobRunner::carry_out(const Job& job, Deadline deadline) {
    if (deadline.passed(Clock::now())) {
        const Error expired(Code::expired,
                            "the caller's patience was over before the jig was free; nothing was done");
        return refused(job, expired);
    }
    if (acts(job) && safe_state_.startup_pending()) {
        if (const auto error = make_safe("jigd has started", deadline)) {
            const Error refusal(error->code(),
                                "the safe state comes first, and could not be reached: " +
                                    std::string(error->what()),
                                Executed::no, error->details());
            return refused(job, refusal);
        }
    }
    room_.recorder.begin({.request = job.request,
                          .correlation_id = job.correlation_id,
                          .requester = job.caller.user_id ? job.caller.user_id : job.caller.app_id});
    auto done = try_out(job, deadline);
    // What is recorded went over the wire at another time.
    if (const auto* error = std::get_if<Error>(&done.outcome);
        error != nullptr && !done.recorded && shows_the_wire(*error)) {
        done.outcome = with_wire(*error, room_.recorder.since_begin(most_shown));
    }
    auto answer = answer_to(job, std::move(done.outcome), done.recorded);
    answer.wire = room_.recorder.text_since_begin(most_shown);
    room_.recorder.end();
    return answer;
}

Answer JobRunner::refused(const Job& job, const Error& refusal) {
    auto done = room_.once_executor.refuse(job, refusal);
    return answer_to(job, std::move(done.outcome), done.recorded);
}

OnceExecutor::RecordedOutcome JobRunner::try_out(const Job& job, Deadline deadline) {
    try {
        if (job.kind != Kind::read) {
            return room_.once_executor.carry_out(job, deadline);
        }
        return {room_.executor.run(job.request, job.params, deadline), std::nullopt};
    } catch (const Error& error) {
        return {error.with(Executed::no), std::nullopt};
    } catch (const std::exception& error) {
        dependencies_.log.error("request failed unexpectedly: " + std::string(error.what()),
                                {{"REQUEST", job.request}});
        return {Error(Code::internal, "jigd failed: " + std::string(error.what()) + "; please report this",
                      job.kind == Kind::read ? Executed::no : Executed::unknown),
                std::nullopt};
    }
}

void JobRunner::share_result(const Job& leader, const Outcome& outcome) {
    const auto first_actuation =
        std::find_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.kind != Kind::read; });
    const auto rest = std::stable_partition(jobs_.begin(), first_actuation, [&leader](const Job& job) {
        return job.request != leader.request || job.params != leader.params;
    });
    std::for_each(rest, first_actuation, [&](const Job& job) {
        if (job.claim.take()) {
            send(answer_to(job, outcome));
        }
    });
    jobs_.erase(rest, first_actuation);
}

void JobRunner::send(Answer answer) {
    const auto request = answer.request;
    if (!dependencies_.outbox.push(std::move(answer))) {
        dependencies_.log.error(
            "the outbox is full: an answer is lost, the broker will deliver its request again",
            {{"REQUEST", request}});
    }
}

bool JobRunner::keep_safe() {
    const auto now = Clock::now();
    safe_state_.broker_is_away(dependencies_.broker_away());
    const auto cause = safe_state_.due(now);
    // While the link is not online it is tended, and brought back, like without this.
    if (!cause || room_.link.state() != LinkState::online) {
        return false;
    }
    dependencies_.watchdog.due_by(now + safe_state_patience + grace);
    (void)make_safe(*cause, Deadline::in(safe_state_patience, now));
    return true;
}

std::optional<Error> JobRunner::make_safe(const std::string& cause, Deadline deadline) {
    room_.recorder.begin({.request = "SafeState", .correlation_id = {}, .requester = cause});
    const os::Fields fields{{"REQUEST", "SafeState"}, {"CAUSE", cause}};
    try {
        (void)room_.executor.make_safe(deadline);
        safe_state_.done(Clock::now());
        dependencies_.log.info("the jig was brought into its safe state: " + cause, fields);
        room_.recorder.end();
        return std::nullopt;
    } catch (const Error& error) {
        safe_state_.failed(Clock::now());
        dependencies_.log.error(
            fmt::format("the jig could not be brought into its safe state ({}): {}", cause, error.what()),
            fields);
        room_.recorder.end();
        return error;
    }
}

void JobRunner::make_safe_at_stop() {
    if (!safe_state_.on_stop()) {
        return;
    }
    // The last request may have been broken off, even in the moment it ended: that must not break off this.
    for (int attempt = 0; attempt < 2; ++attempt) {
        dependencies_.cancel.clear();
        dependencies_.watchdog.due_by(Clock::now() + safe_state_patience_at_stop + grace);
        if (!make_safe("jigd stops", Deadline::in(safe_state_patience_at_stop, Clock::now())) ||
            !is_signalled(dependencies_.cancel)) {
            return;
        }
    }
}

} // namespace jigd::jig
