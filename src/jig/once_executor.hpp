#pragma once

#include <optional>
#include <string>

#include "core/request.hpp"
#include "jig/executor.hpp"
#include "jig/recorded_outcome.hpp"
#include "link/wire_recorder.hpp"
#include "os/log.hpp"
#include "record/record.hpp"

namespace jigd::jig {

/// What the once_executor works with; all must outlive it.
struct OnceExecutorDependencies {
    Executor& executor;
    record::Record& record;
    const link::WireRecorder& recorder;
    os::Log& log;
    link::Facts& facts;
};

/// Carries out sets and pulses, each at most once: looks it up in the record, writes it down before it acts,
/// and writes down how it ended. Jig thread only.
class OnceExecutor {
  public:
    explicit OnceExecutor(OnceExecutorDependencies dependencies) : dependencies_(dependencies) {}

    using RecordedOutcome = jig::RecordedOutcome;

    /// Says at the start, and not at the first actuation, that the record can't be written.
    void open_record();
    /// Never throws Error; what went wrong is the outcome.
    [[nodiscard]] RecordedOutcome carry_out(const Job& job, Deadline deadline);
    /// A job that is turned away without being run (recall.hpp).
    [[nodiscard]] RecordedOutcome refuse(const Job& job, const Error& refusal) {
        return recalled(dependencies_.record, job, refusal);
    }

  private:
    [[nodiscard]] std::optional<record::RecordedAction> look_up(const Job& job);
    [[nodiscard]] nlohmann::json settle(const Job& job, const record::RecordedAction& action,
                                        Deadline deadline);
    /// For what another daemon may have begun.
    [[nodiscard]] nlohmann::json settle_elsewhere(const Job& job, Deadline deadline);
    [[nodiscard]] nlohmann::json act(const Job& job, Deadline deadline);
    /// As begun and ended here.
    void write_down(const Job& job, const Outcome& outcome);
    void mark_sent(const Job& job, std::int64_t id, const std::string& bytes);
    /// `bytes`: "" keeps those that are written down already.
    void end(std::int64_t id, const Outcome& outcome, const std::string& bytes);
    void withdraw(std::int64_t id);
    void say_unrecorded(const Job& job);
    void on_record_fails(const Error& error);
    void on_record_works();

    const OnceExecutorDependencies dependencies_;
    std::string trouble_; ///< why the record can't be written; "" while it can
};

} // namespace jigd::jig
