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
/// No timeout is longer (requests.longest_timeout).
constexpr std::chrono::hours max_job{24};
/// For the safe state, however short its caller's timeout is.
constexpr std::chrono::seconds safe_state_timeout{5};
/// main() does not wait longer for this thread at a stop.
constexpr std::chrono::seconds safe_state_timeout_at_stop{3};
/// Runs of bytes that an error shows, and that the journal gets for each request.
constexpr std::size_t max_shown = 16;

bool is_signalled(const os::EventFd& event) {
    os::Watch watch{.fd = event.fd(), .events = POLLIN};
    return os::wait(&watch, 1, Deadline{Clock::now()});
}

bool shows_the_wire(const Error& error) {
    return error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
}

bool acts(const Job& job) {
    return job.kind != Kind::read && !is_safe_state(job.request);
}

/// The link failed, not the request: all who asked alike would hear the same, one after the other.
bool is_link_failure(const Error& error) {
    return error.code() == Code::jig_timeout || error.code() == Code::jig_protocol ||
           error.code() == Code::jig_offline || error.code() == Code::jig_mismatch;
}

Error with_wire(const Error& error, nlohmann::json wire) {
    auto details = error.details();
    details["wire"] = std::move(wire);
    return Error(error.code(), error.what(), error.executed(), std::move(details));
}

link::WireRecorder::Requester requester_of(const Job& job) {
    return {.request = job.request,
            .correlation_id = job.correlation_id,
            .requester = job.caller.user_id ? job.caller.user_id : job.caller.app_id};
}

} // namespace

JobRunner::JobRunner(JobRunnerTools tools, SafeStatePolicy policy, JobRunnerDependencies dependencies)
    : tools_(tools), safe_state_(policy), dependencies_(std::move(dependencies)) {}

void JobRunner::run() {
    while (!is_signalled(dependencies_.stop)) {
        collect();
        const bool idle = jobs_.empty();
        // Requests wait for the first look at the port, and keep nobody from looking again.
        if (idle || !tools_.link.is_open()) {
            dependencies_.watchdog.due_by(Clock::now() + tools_.link.longest_attempt() + grace);
            tools_.recorder.begin({.request = "identify", .correlation_id = {}, .requester = {}});
            tools_.link.maintain(Clock::now());
            tools_.recorder.end();
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
}

void JobRunner::wait() {
    const auto now = Clock::now();
    Deadline until{std::min(tools_.link.next_attempt(), now + idle_round)};
    if (safe_state_.next() > now) {
        until.at = std::min(until.at, safe_state_.next());
    }
    dependencies_.watchdog.due_by(until.at + grace);
    std::array<os::Watch, 3> watches{os::Watch{dependencies_.inbox_event.fd(), POLLIN},
                                     os::Watch{dependencies_.stop.fd(), POLLIN},
                                     os::Watch{tools_.link.handle(), POLLIN}};
    // A port that is open but has a descriptor of -1 can't be waited on; poll ignores negative descriptors.
    if (os::wait(watches.data(), watches.size(), until) && watches[2].revents != 0) {
        tools_.link.listen();
    }
}

void JobRunner::collect() {
    dependencies_.inbox_event.clear();
    for (auto& job : dependencies_.inbox.take_all()) {
        jobs_.push(std::move(job));
    }
}

bool JobRunner::safe_state_waits() {
    collect();
    return jobs_.safe_state_waits();
}

void JobRunner::serve_next() {
    // What arrives from here on was not asked before the exchange.
    collect();
    if (const auto job = jobs_.take_next()) {
        if (job->refusal) {
            send(refused(*job, *job->refusal));
        } else if (is_safe_state(job->request)) {
            serve_safe_state(*job);
        } else if (job->superseded && acts(*job)) {
            const std::vector<Job> overtaken{*job};
            auto outcomes = tools_.once_executor.supersede(overtaken);
            if (!job->answered) {
                send(overtaken, std::move(outcomes));
            }
        } else {
            serve(*job);
        }
    }
}

void JobRunner::serve(const Job& job) {
    const auto deadline = reply_deadline(job.received, job.deadline);
    dependencies_.watchdog.due_by(deadline.sooner(max_job, Clock::now()).at + grace);
    auto answer = carry_out(job, deadline);
    if (job.kind == Kind::read) {
        const auto said = std::exchange(answer.outcome, {});
        answer.outcome = presented(job, said);
        const auto* error = std::get_if<Error>(&said);
        // A leader whose own time is over fails alone.
        if (error == nullptr || (is_link_failure(*error) && !deadline.passed(Clock::now()))) {
            share_result(job, said, answer.outcome);
        }
    }
    send(std::move(answer));
}

/// Always carried out, also when its caller has given up. The requests that it overtakes are answered after
/// it: what is safe first.
void JobRunner::serve_safe_state(const Job& job) {
    const auto now = Clock::now();
    const Deadline deadline{std::max(reply_deadline(job.received, job.deadline).sooner(max_job, now).at,
                                     now + safe_state_timeout)};
    dependencies_.watchdog.due_by(deadline.at + grace);
    auto answer = carry_out(job, deadline);
    collect();
    const auto overtaken = jobs_.take_overtaken();
    // What it overtook is written down before its own answer leaves: after that nothing of it may run.
    auto outcomes = tools_.once_executor.supersede(overtaken);
    send(std::move(answer));
    send(overtaken, std::move(outcomes));
}

void JobRunner::send(const std::vector<Job>& jobs, std::vector<RecordedOutcome> outcomes) {
    for (std::size_t index = 0; index < jobs.size(); ++index) {
        send(answer_to(jobs[index], std::move(outcomes[index].outcome), outcomes[index].recorded));
    }
}

Answer JobRunner::carry_out(const Job& job, Deadline deadline) {
    if (deadline.passed(Clock::now())) {
        return refused(job, Error(Code::expired,
                                  "the caller's timeout was over before the jig was free; nothing was done"));
    }
    if (acts(job) && safe_state_.startup_pending()) {
        if (const auto error = make_safe("jigd has started", deadline)) {
            return refused(job, Error(error->code(),
                                      "the safe state comes first, and could not be reached: " +
                                          std::string(error->what()),
                                      Executed::no, error->details()));
        }
    }
    tools_.recorder.begin(requester_of(job));
    auto done = try_out(job, deadline);
    // What is recorded went over the wire at another time.
    if (const auto* error = std::get_if<Error>(&done.outcome);
        error != nullptr && !done.recorded && shows_the_wire(*error)) {
        done.outcome = with_wire(*error, tools_.recorder.since_begin(max_shown));
    }
    auto answer = answer_to(job, std::move(done.outcome), done.recorded);
    answer.wire = tools_.recorder.text_since_begin(max_shown);
    tools_.recorder.end();
    return answer;
}

Answer JobRunner::refused(const Job& job, const Error& refusal) {
    auto done = tools_.once_executor.refuse(job, refusal);
    return answer_to(job, std::move(done.outcome), done.recorded);
}

RecordedOutcome JobRunner::try_out(const Job& job, Deadline deadline) {
    try {
        if (job.kind != Kind::read) {
            return tools_.once_executor.carry_out(job, deadline);
        }
        return {tools_.executor.fetch(job.request, job.params, deadline), std::nullopt};
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

Outcome JobRunner::presented(const Job& job, const Outcome& said) {
    const auto* result = std::get_if<nlohmann::json>(&said);
    if (result == nullptr) {
        return said;
    }
    try {
        return tools_.executor.present(job.request, job.params, *result);
    } catch (const Error& error) {
        return error.with(Executed::no);
    }
}

void JobRunner::share_result(const Job& leader, const Outcome& said, const Outcome& outcome) {
    const auto alike = [&](const Job& job) { return tools_.executor.fetch_alike(leader, job); };
    for (const auto& job : jobs_.take_alike(alike)) {
        const bool is_identical = job.request == leader.request && job.params == leader.params;
        send(answer_to(job, is_identical ? outcome : presented(job, said)));
    }
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
    // While the link is not online it is maintained, and brought back, like without this.
    if (!cause || tools_.link.state() != LinkState::online) {
        return false;
    }
    dependencies_.watchdog.due_by(now + safe_state_timeout + grace);
    (void)make_safe(*cause, Deadline::in(safe_state_timeout, now));
    return true;
}

std::optional<Error> JobRunner::make_safe(const std::string& cause, Deadline deadline) {
    tools_.recorder.begin({.request = "SafeState", .correlation_id = {}, .requester = cause});
    const os::Fields fields{{"REQUEST", "SafeState"}, {"CAUSE", cause}};
    try {
        (void)tools_.once_executor.make_safe(deadline);
        safe_state_.done(Clock::now());
        dependencies_.log.info("the jig was brought into its safe state: " + cause, fields);
        tools_.recorder.end();
        return std::nullopt;
    } catch (const Error& error) {
        safe_state_.failed(Clock::now());
        dependencies_.log.error(
            fmt::format("the jig could not be brought into its safe state ({}): {}", cause, error.what()),
            fields);
        tools_.recorder.end();
        return error;
    }
}

void JobRunner::make_safe_at_stop() {
    if (!safe_state_.on_stop()) {
        return;
    }
    // The last request may have been cancelled, even in the moment it ended: that must not cancel this.
    for (int attempt = 0; attempt < 2; ++attempt) {
        dependencies_.cancel.clear();
        dependencies_.watchdog.due_by(Clock::now() + safe_state_timeout_at_stop + grace);
        if (!make_safe("jigd stops", Deadline::in(safe_state_timeout_at_stop, Clock::now())) ||
            !is_signalled(dependencies_.cancel)) {
            return;
        }
    }
}

} // namespace jigd::jig
