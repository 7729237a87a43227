#include "jig/recorded_outcome.hpp"

namespace jigd::jig {

RecordedOutcome recalled(record::Record& record, const Job& job, const Error& refusal) {
    if (job.kind == Kind::read) {
        return {refusal, std::nullopt};
    }
    try {
        const auto action = record.find(job);
        if (!action || action->state == record::RecordedAction::State::not_started) {
            return {job.maybe_started_elsewhere ? refusal.with(Executed::unknown) : refusal, std::nullopt};
        }
        if (action->state == record::RecordedAction::State::ended) {
            return {action->outcome, action->at};
        }
        return {refusal.with(Executed::unknown), std::nullopt};
    } catch (const Error& error) {
        if (error.code() == Code::bad_request) {
            return {error, std::nullopt};
        }
        return {job.redelivered ? refusal.with(Executed::unknown) : refusal, std::nullopt};
    }
}

} // namespace jigd::jig
