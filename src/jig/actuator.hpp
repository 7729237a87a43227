#pragma once

#include <optional>
#include <string>

#include "core/request.hpp"
#include "jig/executor.hpp"
#include "jig/flight_recorder.hpp"
#include "jig/recall.hpp"
#include "os/log.hpp"
#include "record/record.hpp"

namespace jigd::jig {

/// What the actuator works with; all must outlive it.
struct ActuatorSeams {
    Executor& executor;
    record::Record& record;
    const FlightRecorder& recorder;
    os::Log& log;
    Facts& facts;
};

/// Carries out sets and pulses, each at most once: looks it up in the record, writes it down before it acts,
/// and writes down how it ended. Jig thread only.
class Actuator {
  public:
    explicit Actuator(ActuatorSeams seams) : seams_(seams) {}

    using Done = jig::Done;

    /// Says at the start, and not at the first actuation, that the record can't be written.
    void look_over_record();
    /// Never throws Error; what went wrong is the outcome.
    [[nodiscard]] Done carry_out(const Job& job, Deadline deadline);
    /// A job that is turned away without being run (recall.hpp).
    [[nodiscard]] Done turn_away(const Job& job, const Error& refusal) {
        return recalled(seams_.record, job, refusal);
    }

  private:
    [[nodiscard]] std::optional<record::Past> look_up(const Job& job);
    [[nodiscard]] nlohmann::json settle(const Job& job, const record::Past& past, Deadline deadline);
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

    const ActuatorSeams seams_;
    std::string trouble_; ///< why the record can't be written; "" while it can
};

} // namespace jigd::jig
