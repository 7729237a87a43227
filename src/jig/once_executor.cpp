#include "jig/once_executor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/health.hpp"
#include "jig/builtin_requests.hpp"

namespace jigd::jig {

namespace {

/// How often the interlocks of a step are read, where the line brings something doubtful each time.
constexpr int max_rounds = 2;

/// Without any id an entry that looks the same may be another request's.
bool is_identifiable(const Job& job) {
    return job.message_id || job.correlation_id;
}

Error unidentifiable(const Job& job) {
    return Error(Code::outcome_unknown,
                 job.request +
                     " was delivered before; one like it was carried out, but without a message id or "
                     "a correlation id it is not known whether it was this one. It is not run again",
                 Executed::unknown);
}

/// The board was not touched: neither did a byte leave, nor did the board say no to one.
bool never_acted(const Error& error) {
    return error.executed() == Executed::no && error.code() != Code::jig_refused;
}

/// By our own stop, in the middle of it. It stays "started" in the record, for how it ends is not known.
bool is_cancelled(const Error& error) {
    return error.code() == Code::shutting_down && error.executed() == Executed::unknown;
}

Error cancelled(const Job& job) {
    return Error(
        Code::shutting_down,
        "jigd is stopping and no longer waits for the board's answer to " + job.request +
            "; the board may still do it. Read the jig's state when jigd is back; asking again with the "
            "same message_id tells what is known, and never acts twice",
        Executed::unknown);
}

Error superseded() {
    return Error(
        Code::superseded,
        "a SafeState that arrived after this request came first; the request is not carried out. Decide "
        "anew, and ask with a new message id",
        Executed::no);
}

/// An earlier step has acted already, whatever this one says of itself.
Error after_steps(const Error& error, std::uint64_t steps_sent) {
    if (steps_sent == 0) {
        return error;
    }
    auto details = error.details();
    details["steps_sent"] = steps_sent;
    return Error(error.code(), error.what(), Executed::unknown, std::move(details));
}

/// Whether the request's own answer shows that the board heard it.
bool acknowledged(const profile::Request& request) {
    return !request.steps.empty() &&
           std::all_of(request.steps.begin(), request.steps.end(), profile::is_answered);
}

} // namespace

OnceExecutor::OnceExecutor(const profile::Profile& profile, OnceExecutorDependencies dependencies,
                           std::function<bool()> safe_state_waits)
    : profile_(profile), dependencies_(dependencies),
      interlocks_(profile, dependencies.values,
                  [this](const std::string& request, Deadline deadline) {
                      const auto* source = profile_.find(request);
                      if (source == nullptr) {
                          throw Error(Code::internal, "the profile has no request " + request);
                      }
                      (void)dependencies_.executor.read(
                          *source, profile::complete(*source, nlohmann::json::object()), deadline);
                  }),
      safe_state_waits_(std::move(safe_state_waits)) {}

RecordedOutcome OnceExecutor::carry_out(const Job& job, Deadline deadline) {
    using State = record::RecordedAction::State;
    try {
        if (is_safe_state(job.request)) {
            return {act(job, deadline), std::nullopt};
        }
        const auto action = look_up(job);
        if (action && action->state == State::ended) {
            return {is_identifiable(job) ? action->outcome : unidentifiable(job), action->at};
        }
        if (action && action->state == State::started) {
            return {settle(job, *action, deadline), action->at};
        }
        if (!action && job.maybe_started_elsewhere) {
            return {settle_elsewhere(job, deadline), std::nullopt};
        }
        return {act(job, deadline), std::nullopt};
    } catch (const Error& error) {
        return {error, std::nullopt};
    }
}

std::optional<record::RecordedAction> OnceExecutor::look_up(const Job& job) {
    try {
        return dependencies_.record.find(job);
    } catch (const Error& error) {
        if (error.code() == Code::bad_request) {
            throw;
        }
        on_record_fails(error);
        // What an earlier delivery did is not known now.
        throw error.with(job.redelivered ? Executed::unknown : Executed::no);
    }
}

nlohmann::json OnceExecutor::settle(const Job& job, const record::RecordedAction& action, Deadline deadline) {
    auto result = dependencies_.executor.settle(job.request, job.params, deadline);
    if (!result) {
        throw Error(Code::outcome_unknown,
                    fmt::format("{} was started at {}, and how it ended is not known (jigd or its host went "
                                "down meanwhile); it is not run again. Read the jig's state, then decide",
                                job.request, to_rfc3339(action.at)),
                    Executed::unknown, {{"begun", to_rfc3339(action.at)}});
    }
    write_down_end({.entry = action.id}, *result);
    return *result;
}

nlohmann::json OnceExecutor::settle_elsewhere(const Job& job, Deadline deadline) {
    auto result = dependencies_.executor.settle(job.request, job.params, deadline);
    if (!result) {
        const Error unknown(
            Code::outcome_unknown,
            job.request + " was delivered before, while another jigd served this jig; whether that one "
                          "started it is not known here, so it is not run. Read the jig's state, then decide",
            Executed::unknown);
        write_down(job, unknown); // a retry gets the same
        throw unknown;
    }
    write_down(job, *result);
    return *result;
}

nlohmann::json OnceExecutor::act(const Job& job, Deadline deadline) {
    Actuation actuation{.job = &job};
    try {
        const auto* request = profile_.find(job.request);
        auto result = is_safe_state(job.request) ? make_safe(actuation, deadline)
                                                 : run(*request, job.params, deadline, actuation);
        write_down_end(actuation, result);
        return result;
    } catch (const Error& error) {
        if (is_cancelled(error)) {
            throw cancelled(job);
        }
        if (error.code() == Code::superseded && !actuation.entry) {
            write_down(job, error);
        } else {
            write_down_end(actuation, error);
        }
        throw;
    }
}

nlohmann::json OnceExecutor::run(const profile::Request& request, const nlohmann::json& params,
                                 Deadline deadline, Actuation& actuation) {
    auto& link = dependencies_.link;
    auto& values = dependencies_.values;
    nlohmann::json result;
    try {
        result = run_steps(request, params, deadline, actuation);
    } catch (const Error& error) {
        if (error.executed() != Executed::no) {
            values.lose(request.sets, params);
            if (request.restarts) {
                link.expect_restart();
            }
        }
        throw;
    }
    if (request.restarts) {
        link.expect_restart();
    }
    const auto now = dependencies_.executor.now();
    values.observe(request.result, result, params, now);
    values.command(request.sets, params, now);
    link.process_rest();
    result["acknowledged"] = acknowledged(request);
    result["source"] = to_string(link::Source::commanded);
    if (request.verify && !actuation.unproven) {
        result.update(dependencies_.executor.read_back(request, params, deadline));
        result["source"] = to_string(link::Source::observed);
    }
    return result;
}

/// Write it down, then send: the one place where bytes that act leave for the board.
nlohmann::json OnceExecutor::run_steps(const profile::Request& request, const nlohmann::json& params,
                                       Deadline deadline, Actuation& actuation) {
    auto& link = dependencies_.link;
    actuation.since = dependencies_.executor.now();
    profile::Captures captures;
    for (const auto& step : request.steps) {
        try {
            const auto& frame = actuation.safe ? begin_safe_step(step, params, deadline, actuation)
                                               : begin_step(request, step, params, deadline, actuation);
            mark_sent(actuation, frame);
            captures.merge(link.send());
            ++actuation.steps_sent;
        } catch (const Error& error) {
            // What else kept it back would have its caller ask again, and undo the safe state.
            const bool is_overtaken = !actuation.safe && never_acted(error) && safe_state_waits_();
            throw after_steps(is_overtaken ? superseded() : error, actuation.steps_sent);
        }
    }
    try {
        return profile::to_result(request.result, captures);
    } catch (const Error& error) {
        link.on_out_of_step(error.what());
        throw error.with(Executed::unknown);
    }
}

/// The frame of a step that may be sent now: the board is in step, the interlocks hold after the last look at
/// the line, no SafeState waits, and the request is on disk.
const std::string& OnceExecutor::begin_step(const profile::Request& request, const profile::Step& step,
                                            const nlohmann::json& params, Deadline deadline,
                                            Actuation& actuation) {
    auto& link = dependencies_.link;
    const auto now = [this] { return dependencies_.executor.now(); };
    for (int round = 1;; ++round) {
        link.prepare(deadline);
        if (actuation.steps_sent == 0) {
            actuation.generation = link.generation();
        }
        interlocks_.require(request, params, actuation.since, deadline, now);
        require_not_superseded();
        write_down_start(actuation);
        const auto& frame = link.begin(step, params, deadline);
        // What the last look found may have been an event, garbled: then the values are read once more.
        if (round < max_rounds && interlocks_.are_in_doubt(request, params)) {
            continue;
        }
        interlocks_.require_still(request, params, now());
        require_not_superseded();
        if (link.generation() != actuation.generation && !request.restarts) {
            throw Error(Code::jig_protocol, "the board restarted before the next step, and may have undone "
                                            "what earlier ones did; nothing more was sent");
        }
        return frame;
    }
}

const std::string& OnceExecutor::begin_safe_step(const profile::Step& step, const nlohmann::json& params,
                                                 Deadline deadline, Actuation& actuation) {
    auto& link = dependencies_.link;
    write_down_start(actuation);
    return actuation.unproven ? link.begin_unproven(step, params, deadline)
                              : link.begin(step, params, deadline);
}

void OnceExecutor::require_not_superseded() const {
    if (safe_state_waits_()) {
        throw superseded();
    }
}

nlohmann::json OnceExecutor::make_safe(Deadline deadline) {
    Actuation actuation;
    return make_safe(actuation, deadline);
}

nlohmann::json OnceExecutor::make_safe(Actuation& actuation, Deadline deadline) {
    actuation.safe = true;
    std::vector<profile::SafeStep> steps = profile_.safe_state;
    if (actuation.job != nullptr && profile_.find(actuation.job->request) != nullptr) {
        steps = {{.request = actuation.job->request, .params = actuation.job->params}};
    }
    // Each step is tried, whatever became of those before it: half safe is better than not safe.
    std::optional<Error> first_error;
    std::optional<Error> doubt;
    bool is_touched = false;
    nlohmann::json result = {{"source", to_string(link::Source::commanded)}, {"steps", steps.size()}};
    auto steps_left = static_cast<Duration::rep>(steps.size());
    for (const auto& step : steps) {
        const auto* request = profile_.find(step.request);
        if (request == nullptr) {
            throw Error(Code::internal,
                        "the profile's safe_state names " + step.request + ", which it does not have");
        }
        try {
            const auto why = actuation.unproven ? std::nullopt : prepare_for_safe_state(actuation, deadline);
            doubt = doubt ? doubt : why;
            // A silent board must not use up the time of the steps behind.
            const auto now = dependencies_.executor.now();
            const auto share =
                actuation.unproven ? deadline.sooner(deadline.remaining(now) / steps_left, now) : deadline;
            --steps_left;
            auto own = run(*request, profile::complete(*request, step.params), share, actuation);
            is_touched = true;
            if (steps.size() == 1 && actuation.job != nullptr && actuation.job->request == step.request) {
                result = std::move(own);
            }
        } catch (const Error& error) {
            is_touched = is_touched || error.executed() != Executed::no;
            first_error = first_error ? first_error : error;
        }
    }
    if (doubt && is_touched) {
        throw Error(doubt->code(),
                    "the safe state was sent, but whether the board took it is not known: " +
                        std::string(doubt->what()) + ". Look at the jig",
                    Executed::unknown, doubt->details());
    }
    if (first_error) {
        throw first_error->with(is_touched ? Executed::unknown : first_error->executed());
    }
    return result;
}

/// Why the safe state is sent to a board that could not be brought into step; nullopt for one that could.
/// Throws Error where it must not be sent at all.
std::optional<Error> OnceExecutor::prepare_for_safe_state(Actuation& actuation, Deadline deadline) {
    auto& link = dependencies_.link;
    const auto now = dependencies_.executor.now();
    const auto half = deadline.remaining(now) / 2;
    try {
        link.prepare(deadline.sooner(half, now));
        return std::nullopt;
    } catch (const Error& error) {
        const bool talks = error.code() == Code::jig_protocol || link.last_byte() > now;
        const bool is_silent = error.code() == Code::jig_timeout || error.code() == Code::busy;
        if (!link.is_verified() || !(talks || (is_silent && profile_.safe_state_when_silent))) {
            throw;
        }
        actuation.unproven = true;
        return error;
    }
}

std::vector<RecordedOutcome> OnceExecutor::supersede(const std::vector<Job>& jobs) {
    std::vector<RecordedOutcome> outcomes(jobs.size(), {superseded(), std::nullopt});
    if (jobs.empty()) {
        return outcomes;
    }
    try {
        const auto known = dependencies_.record.supersede(jobs, superseded(), record::Moment::now());
        for (std::size_t index = 0; index < jobs.size(); ++index) {
            outcomes[index] = recorded_or(known[index], jobs[index], superseded());
        }
        on_record_works();
    } catch (const Error& error) {
        on_record_fails(error);
        for (std::size_t index = 0; index < jobs.size(); ++index) {
            if (jobs[index].redelivered) {
                outcomes[index].outcome = superseded().with(Executed::unknown);
            }
        }
    }
    return outcomes;
}

/// On disk when it returns; once for all steps.
void OnceExecutor::write_down_start(Actuation& actuation) {
    if (actuation.job == nullptr || actuation.entry) {
        return;
    }
    try {
        actuation.entry = dependencies_.record.begin(*actuation.job, record::Moment::now());
        on_record_works();
    } catch (const Error& error) {
        on_record_fails(error);
        // Making the jig safe must work with a full disk, too; doing so twice is as safe as once.
        if (!actuation.safe) {
            throw;
        }
        report_unrecorded(*actuation.job);
    }
}

void OnceExecutor::mark_sent(Actuation& actuation, const std::string& frame) {
    actuation.bytes += frame;
    if (!actuation.entry) {
        return;
    }
    try {
        dependencies_.record.mark_sent(*actuation.entry, actuation.bytes);
    } catch (const Error& error) {
        on_record_fails(error);
        if (!actuation.safe) {
            throw;
        }
        report_unrecorded(*actuation.job);
    }
}

/// What can't be written stays "started" in the record: a repeat then gets outcome_unknown.
void OnceExecutor::write_down_end(const Actuation& actuation, const Outcome& outcome) {
    if (!actuation.entry) {
        return;
    }
    const auto* error = std::get_if<Error>(&outcome);
    try {
        if (error != nullptr && never_acted(*error) && error->code() != Code::superseded) {
            dependencies_.record.withdraw(*actuation.entry);
        } else {
            dependencies_.record.end(*actuation.entry, outcome, actuation.bytes,
                                     std::chrono::system_clock::now());
        }
    } catch (const Error& failure) {
        dependencies_.log.error(
            fmt::format("how an actuation ended could not be written down: {}", failure.what()));
    }
}

/// As started and ended here.
void OnceExecutor::write_down(const Job& job, const Outcome& outcome) {
    try {
        const auto entry = dependencies_.record.begin(job, record::Moment::now());
        dependencies_.record.end(entry, outcome, "", std::chrono::system_clock::now());
        on_record_works();
    } catch (const Error& error) {
        on_record_fails(error);
    }
}

void OnceExecutor::report_unrecorded(const Job& job) {
    dependencies_.log.warn(job.request + " is carried out without a record, for safety",
                           {{"REQUEST", job.request}});
}

/// Once, however many requests meet it.
void OnceExecutor::on_record_fails(const Error& error) {
    if (trouble_.empty()) {
        dependencies_.log.error(error.what());
    }
    trouble_ = error.what();
    dependencies_.status.set_record_trouble(trouble_);
}

void OnceExecutor::on_record_works() {
    if (!trouble_.empty()) {
        trouble_.clear();
        dependencies_.status.set_record_trouble("");
        dependencies_.log.info("the record of actuations can be written again");
    }
}

void OnceExecutor::open_record() {
    try {
        dependencies_.record.open();
    } catch (const Error& error) {
        on_record_fails(error);
    }
}

} // namespace jigd::jig
