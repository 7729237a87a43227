#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/request.hpp"
#include "core/status_snapshot.hpp"
#include "jig/recorded_outcome.hpp"
#include "os/log.hpp"
#include "record/record.hpp"

namespace jigd::jig {

/// The board was not touched: neither did a byte leave, nor did the board say no to one.
[[nodiscard]] bool never_acted(const Error& error);

/// What is written down of sets and pulses, in which order, and what holds when it can't be: an action that
/// can't be written down is not carried out, but a SafeState is. Reports the record's trouble, once, and its
/// end. Jig thread only.
class ActionRecord {
  public:
    /// What the record has of one request on its way to the board.
    struct Entry {
        const Job* job = nullptr;         ///< null: nobody asked, and nothing is written down
        std::optional<std::int64_t> id{}; ///< in the record; nullopt before begin()
        std::string bytes{};              ///< all that was sent
    };

    /// All must outlive it.
    ActionRecord(record::Record& record, os::Log& log, StatusSnapshot& status)
        : record_(record), log_(log), status_(status) {}
    ActionRecord(const ActionRecord&) = delete;
    ActionRecord& operator=(const ActionRecord&) = delete;
    ~ActionRecord() = default;

    /// Reports at the start, and not at the first action, that the record can't be written.
    void open();

    /// What is known of an earlier delivery. Throws Error: as Record::find(), and where the record can't be
    /// read with what that says of the job.
    [[nodiscard]] std::optional<record::RecordedAction> find(const Job& job);
    /// What to answer to a job that is refused without being run (recorded_outcome.hpp).
    [[nodiscard]] RecordedOutcome refuse(const Job& job, const Error& refusal) {
        return recorded_or_refused(record_, job, refusal);
    }
    /// Writes down that none of `jobs` runs, because of `superseded`. For each, in order: that, or what the
    /// record knows of an earlier delivery. Never throws Error.
    [[nodiscard]] std::vector<RecordedOutcome> supersede(const std::vector<Job>& jobs,
                                                         const Error& superseded);

    /// Writes down that the action is about to start: on disk when it returns; once for all steps. Throws
    /// Error where it can't be written, unless it is a SafeState.
    void begin(Entry& entry);
    /// `frame` leaves right after this. Throws as begin().
    void mark_sent(Entry& entry, const std::string& frame);
    /// How it ended. What never reached the board is withdrawn, unless it was superseded. What can't be
    /// written stays "started" in the record: a repeat then gets outcome_unknown. Never throws Error.
    void finish(const Entry& entry, const Outcome& outcome);
    /// Writes down a job that did not run here, as started and ended. Never throws Error.
    void add(const Job& job, const Outcome& outcome);

  private:
    void report_unrecorded(const Job& job);
    void on_failure(const Error& error);
    void on_success();

    record::Record& record_;
    os::Log& log_;
    StatusSnapshot& status_;
    std::string trouble_; ///< why the record can't be written; "" while it can
};

} // namespace jigd::jig
