#pragma once

#include <chrono>
#include <optional>

#include "core/request.hpp"
#include "record/record.hpp"

namespace jigd::jig {

/// How a job ended.
struct RecordedOutcome {
    Outcome outcome;
    /// When it was carried out, where that was before: the outcome is the recorded one.
    std::optional<std::chrono::system_clock::time_point> recorded;
};

/// What to say to a job that is turned away with `refusal` (busy, expired) without being run. Its own "not
/// executed" would mislead a caller whose earlier delivery was carried out: what the record knows goes before
/// it. The thread that owns `record`.
[[nodiscard]] RecordedOutcome recalled(record::Record& record, const Job& job, const Error& refusal);

} // namespace jigd::jig
