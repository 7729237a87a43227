#include "jig/once_executor.hpp"

#include <fmt/format.h>

#include "core/health.hpp"

namespace jigd::jig {

namespace {

/// Making the jig safe must work with a full disk, too; doing so twice is as safe as once.
bool may_go_unrecorded(const Job& job) {
    return job.request == "SafeState";
}

/// Without any id an entry that looks the same may be another request's.
bool is_identifiable(const Job& job) {
    return job.message_id || job.correlation_id;
}

Error unidentifiable(const Job& job) {
    return Error(Code::outcome_unknown,
                 job.request +
                     " was delivered before; one like it was carried out, but without a message id or "
                     "a correlation id nobody can say whether it was this one. It is not run again",
                 Executed::unknown);
}

/// The board was not touched: neither did a byte leave, nor did the board say no to one.
bool never_acted(const Error& error) {
    return error.executed() == Executed::no && error.code() != Code::jig_refused;
}

/// By our own stop, in the middle of it. It stays "begun" in the record, for how it ends nobody will know.
bool is_broken_off(const Error& error) {
    return error.code() == Code::shutting_down && error.executed() == Executed::unknown;
}

Error broken_off(const Job& job) {
    return Error(
        Code::shutting_down,
        "jigd is stopping and waits no longer for the board's answer to " + job.request +
            "; the board may still do it. Read the jig's state when jigd is back; asking again with the "
            "same message_id tells what is known, and never acts twice",
        Executed::unknown);
}

} // namespace

OnceExecutor::RecordedOutcome OnceExecutor::carry_out(const Job& job, Deadline deadline) {
    try {
        const auto action = look_up(job);
        if (action && action->state == record::RecordedAction::State::ended) {
            return {is_identifiable(job) ? action->outcome : unidentifiable(job), action->at};
        }
        if (action && action->state == record::RecordedAction::State::started && may_go_unrecorded(job)) {
            withdraw(action->id);
        } else if (action && action->state == record::RecordedAction::State::started) {
            return {settle(job, *action, deadline), action->at};
        }
        if (!action && job.maybe_started_elsewhere && !may_go_unrecorded(job)) {
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
        if (!may_go_unrecorded(job)) {
            // What an earlier delivery did, nobody can say now.
            throw error.with(job.redelivered ? Executed::unknown : Executed::no);
        }
        return std::nullopt;
    }
}

nlohmann::json OnceExecutor::settle(const Job& job, const record::RecordedAction& action, Deadline deadline) {
    auto result = dependencies_.executor.settle(job.request, job.params, deadline);
    if (!result) {
        throw Error(
            Code::outcome_unknown,
            fmt::format("{} was begun at {}, and how it ended is not known (jigd or its host went down "
                        "meanwhile); it is not run again. Read the jig's state, then decide",
                        job.request, to_rfc3339(action.at)),
            Executed::unknown, {{"begun", to_rfc3339(action.at)}});
    }
    end(action.id, *result, "");
    return *result;
}

nlohmann::json OnceExecutor::settle_elsewhere(const Job& job, Deadline deadline) {
    auto result = dependencies_.executor.settle(job.request, job.params, deadline);
    if (!result) {
        const Error unknown(
            Code::outcome_unknown,
            job.request + " was delivered before, while another jigd served this jig; whether that one "
                          "began it is not known here, so it is not run. Read the jig's state, then decide",
            Executed::unknown);
        write_down(job, unknown); // a retry is told the same
        throw unknown;
    }
    write_down(job, *result);
    return *result;
}

void OnceExecutor::write_down(const Job& job, const Outcome& outcome) {
    try {
        end(dependencies_.record.begin(job, std::chrono::system_clock::now()), outcome, "");
        on_record_works();
    } catch (const Error& error) {
        on_record_fails(error);
    }
}

nlohmann::json OnceExecutor::act(const Job& job, Deadline deadline) {
    std::optional<std::int64_t> id;
    const ActionGate gate{.begin =
                              [&] {
                                  try {
                                      id = dependencies_.record.begin(job, std::chrono::system_clock::now());
                                      on_record_works();
                                  } catch (const Error& error) {
                                      on_record_fails(error);
                                      if (!may_go_unrecorded(job)) {
                                          throw;
                                      }
                                      say_unrecorded(job);
                                  }
                              },
                          .before_sending =
                              [&](const std::string& bytes) {
                                  if (id) {
                                      mark_sent(job, *id, bytes);
                                  }
                              }};
    try {
        auto result = dependencies_.executor.run(job.request, job.params, deadline, gate);
        if (id) {
            end(*id, result, dependencies_.recorder.sent_since_begin());
        }
        return result;
    } catch (const Error& error) {
        if (id && never_acted(error)) {
            withdraw(*id);
        } else if (id && !is_broken_off(error)) {
            end(*id, error, dependencies_.recorder.sent_since_begin());
        }
        if (is_broken_off(error)) {
            throw broken_off(job);
        }
        throw;
    }
}

void OnceExecutor::mark_sent(const Job& job, std::int64_t id, const std::string& bytes) {
    try {
        dependencies_.record.mark_sent(id, bytes);
    } catch (const Error& error) {
        on_record_fails(error);
        if (!may_go_unrecorded(job)) {
            throw;
        }
        say_unrecorded(job);
    }
}

/// What can't be written stays "begun" in the record: a repeat is then told that its outcome is unknown.
void OnceExecutor::end(std::int64_t id, const Outcome& outcome, const std::string& bytes) {
    try {
        dependencies_.record.end(id, outcome, bytes, std::chrono::system_clock::now());
    } catch (const Error& error) {
        dependencies_.log.error(
            fmt::format("how an actuation ended could not be written down: {}", error.what()));
    }
}

void OnceExecutor::withdraw(std::int64_t id) {
    try {
        dependencies_.record.withdraw(id);
    } catch (const Error& error) {
        dependencies_.log.error(
            fmt::format("that an actuation was not begun could not be written down: {}", error.what()));
    }
}

void OnceExecutor::say_unrecorded(const Job& job) {
    dependencies_.log.warn(job.request + " is carried out without a record, for safety",
                           {{"REQUEST", job.request}});
}

/// Once, however many requests meet it.
void OnceExecutor::on_record_fails(const Error& error) {
    if (trouble_.empty()) {
        dependencies_.log.error(error.what());
    }
    trouble_ = error.what();
    dependencies_.facts.set_record_trouble(trouble_);
}

void OnceExecutor::on_record_works() {
    if (!trouble_.empty()) {
        trouble_.clear();
        dependencies_.facts.set_record_trouble("");
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
