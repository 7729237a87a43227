#include "jig/recorded_outcome.hpp"

#include "core/builtin_requests.hpp"

namespace jigd::jig {

RecordedOutcome recorded_or(const std::optional<record::RecordedAction>& action, const Job& job,
                            const Error& refusal) {
    using State = record::RecordedAction::State;
    if (!action || action->state == State::not_started) {
        return {job.maybe_started_elsewhere ? refusal.with(Executed::unknown) : refusal, std::nullopt};
    }
    if (action->state == State::ended) {
        return {action->outcome, action->at};
    }
    return {refusal.with(Executed::unknown), std::nullopt};
}

RecordedOutcome recorded_or_refused(record::Record& record, const Job& job, const Error& refusal) {
    if (job.kind == Kind::read || is_safe_state(job.request)) {
        return {refusal, std::nullopt};
    }
    try {
        return recorded_or(job.refusal ? record.find_undecoded(job) : record.find(job), job, refusal);
    } catch (const Error& error) {
        if (error.code() == Code::bad_request) {
            return {error, std::nullopt};
        }
        return {job.redelivered ? refusal.with(Executed::unknown) : refusal, std::nullopt};
    }
}

} // namespace jigd::jig
