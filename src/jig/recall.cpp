#include "jig/recall.hpp"

namespace jigd::jig {

Done recalled(record::Record& record, const Job& job, const Error& refusal) {
    if (job.kind == Kind::read) {
        return {refusal, std::nullopt};
    }
    try {
        const auto past = record.find(job);
        if (!past || past->state == record::Past::State::not_begun) {
            return {job.begun_elsewhere ? refusal.with(Executed::unknown) : refusal, std::nullopt};
        }
        if (past->state == record::Past::State::ended) {
            return {past->outcome, past->at};
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
