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

/// What to answer to a job that is refused with `refusal` (busy, expired) without being run. Its own "not
/// executed" would mislead a caller whose earlier delivery was carried out: what the record knows overrides
/// it. Jig thread.
[[nodiscard]] RecordedOutcome recorded_or_refused(record::Record& record, const Job& job,
                                                  const Error& refusal);

/// The same of what was found.
[[nodiscard]] RecordedOutcome recorded_or(const std::optional<record::RecordedAction>& action, const Job& job,
                                          const Error& refusal);

} // namespace jigd::jig
