#include "jig/once_executor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/builtin_requests.hpp"
#include "core/health.hpp"
#include "jig/answers.hpp"

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

/// What a safe state ends with unless every step was carried out by a board in step. `doubt`: why the board
/// was not in step. `is_touched`: a step may have been carried out.
std::optional<Error> why_not_safe(const std::optional<Error>& doubt, const std::optional<Error>& first_error,
                                  bool is_touched) {
    if (doubt && is_touched) {
        return Error(doubt->code(),
                     "the safe state was sent, but whether the board took it is not known: " +
                         std::string(doubt->what()) + ". Look at the jig",
                     Executed::unknown, doubt->details());
    }
    if (first_error && is_touched) {
        return first_error->with(Executed::unknown);
    }
    return first_error;
}

/// Whether the request's own answer shows that the board heard it.
bool acknowledged(const profile::Request& request) {
    return !request.steps.empty() &&
           std::all_of(request.steps.begin(), request.steps.end(),
                       [](const profile::Step& step) { return step.form->is_answered(); });
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
      safe_state_waits_(std::move(safe_state_waits)),
      record_(dependencies.record, dependencies.log, dependencies.status) {}

RecordedOutcome OnceExecutor::carry_out(const Job& job, Deadline deadline) {
    using State = record::RecordedAction::State;
    try {
        if (is_safe_state(job.request)) {
            return {act(job, deadline), std::nullopt};
        }
        const auto action = record_.find(job);
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

std::vector<RecordedOutcome> OnceExecutor::supersede(const std::vector<Job>& jobs) {
    return record_.supersede(jobs, superseded());
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
    record_.finish({.id = action.id}, *result);
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
        record_.add(job, unknown); // a retry gets the same
        throw unknown;
    }
    record_.add(job, *result);
    return *result;
}

nlohmann::json OnceExecutor::act(const Job& job, Deadline deadline) {
    Actuation actuation{.entry = {.job = &job}};
    try {
        const auto* request = profile_.find(job.request);
        auto result = is_safe_state(job.request) ? make_safe(actuation, deadline)
                                                 : run(*request, job.params, deadline, actuation);
        record_.finish(actuation.entry, result);
        return result;
    } catch (const Error& error) {
        if (is_cancelled(error)) {
            throw cancelled(job);
        }
        if (error.code() == Code::superseded && !actuation.entry.id) {
            record_.add(job, error);
        } else {
            record_.finish(actuation.entry, error);
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
    values.command(request.sets, params, result, dependencies_.executor.now());
    link.process_rest();
    const bool is_checked = profile_.check && !actuation.doubt && !request.restarts;
    if (is_checked) {
        dependencies_.executor.require_taken(request, params, deadline);
        if (link.generation() != actuation.generation) {
            values.lose(request.sets, params);
            throw Error(Code::outcome_unknown,
                        "the board was sent " + request.name +
                            " and restarted before it could be asked whether it refused it; read its state",
                        Executed::unknown);
        }
    }
    result["acknowledged"] = is_checked || acknowledged(request);
    result["source"] = to_string(link::Source::commanded);
    if (request.verify && !actuation.doubt) {
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
    Answers answers(request, params, link, dependencies_.values);
    for (const auto& step : request.steps) {
        try {
            const auto& frame = actuation.safe ? begin_safe_step(step, params, deadline, actuation)
                                               : begin_step(request, step, params, deadline, actuation);
            record_.mark_sent(actuation.entry, frame);
            const auto answer = link.send();
            ++actuation.steps_sent;
            answers.add(step, answer);
        } catch (const Error& error) {
            // What else kept it back would have its caller ask again, and undo the safe state.
            const bool is_overtaken = !actuation.safe && never_acted(error) && safe_state_waits_();
            throw after_steps(is_overtaken ? superseded() : error, actuation.steps_sent);
        }
    }
    try {
        return answers.result();
    } catch (const Error& error) {
        throw error.with(Executed::unknown);
    }
}

/// The frame of a step that may be sent now (one that sends nothing always may): the board is in step, the
/// interlocks hold after the last look at the line, no SafeState waits, and the request is on disk.
const std::string& OnceExecutor::begin_step(const profile::Request& request, const profile::Step& step,
                                            const nlohmann::json& params, Deadline deadline,
                                            Actuation& actuation) {
    auto& link = dependencies_.link;
    if (!step.form->is_sent()) {
        return link.begin(step, params, deadline);
    }
    const auto now = [this] { return dependencies_.executor.now(); };
    for (int round = 1;; ++round) {
        link.prepare(deadline);
        if (actuation.steps_sent == 0) {
            actuation.generation = link.generation();
        }
        interlocks_.require(request, params, actuation.since, deadline, now);
        require_not_superseded();
        record_.begin(actuation.entry);
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
    record_.begin(actuation.entry);
    const auto& frame =
        actuation.doubt ? link.begin_unproven(step, params, deadline) : link.begin(step, params, deadline);
    if (actuation.steps_sent == 0) {
        actuation.generation = link.generation();
    }
    return frame;
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
    const auto* job = actuation.entry.job;
    const bool is_own_request = job != nullptr && profile_.find(job->request) != nullptr;
    const auto steps = is_own_request
                           ? std::vector<profile::SafeStep>{{.request = job->request, .params = job->params}}
                           : profile_.safe_state;
    // Each step is tried, whatever became of those before it: half safe is better than not safe.
    std::optional<Error> first_error;
    bool is_touched = false;
    nlohmann::json result = {{"source", to_string(link::Source::commanded)}, {"steps", steps.size()}};
    for (std::size_t index = 0; index < steps.size(); ++index) {
        const auto* request = profile_.find(steps[index].request);
        if (request == nullptr) {
            throw Error(Code::internal, "the profile's safe_state names " + steps[index].request +
                                            ", which it does not have");
        }
        try {
            auto own = run_safe(*request, steps[index].params, steps.size() - index, deadline, actuation);
            is_touched = true;
            if (is_own_request) {
                result = std::move(own);
            }
        } catch (const Error& error) {
            is_touched = is_touched || error.executed() != Executed::no;
            first_error = first_error ? first_error : error;
        }
    }
    if (auto error = why_not_safe(actuation.doubt, first_error, is_touched)) {
        throw *error;
    }
    return result;
}

nlohmann::json OnceExecutor::run_safe(const profile::Request& request, const nlohmann::json& params,
                                      std::size_t steps_left, Deadline deadline, Actuation& actuation) {
    if (!actuation.doubt) {
        prepare_for_safe_state(actuation, deadline);
    }
    // A silent board must not use up the time of the steps behind.
    const auto now = dependencies_.executor.now();
    const auto share = deadline.remaining(now) / static_cast<Duration::rep>(steps_left);
    return run(request, profile::complete(request, params),
               actuation.doubt ? deadline.sooner(share, now) : deadline, actuation);
}

/// Leaves in `actuation` why the safe state is sent to a board that could not be brought into step. Throws
/// Error where it must not be sent at all.
void OnceExecutor::prepare_for_safe_state(Actuation& actuation, Deadline deadline) {
    auto& link = dependencies_.link;
    const auto now = dependencies_.executor.now();
    const auto half = deadline.remaining(now) / 2;
    try {
        link.prepare(deadline.sooner(half, now));
    } catch (const Error& error) {
        const bool talks = error.code() == Code::jig_protocol || link.last_byte() > now;
        const bool is_silent = error.code() == Code::jig_timeout || error.code() == Code::busy;
        if (!link.is_verified() || !(talks || (is_silent && profile_.safe_state_when_silent))) {
            throw;
        }
        actuation.doubt = error;
    }
}

} // namespace jigd::jig