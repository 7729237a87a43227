#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/request.hpp"

namespace jigd::record {

struct Options {
    std::string path; ///< of the database; its folder is made when it is missing
    std::chrono::hours keep{30 * 24};
    std::size_t largest = 64U << 20U; ///< bytes; the oldest entries go first
    /// Names this run of the kernel (/proc/sys/kernel/random/boot_id): what was written and not yet synced is
    /// there after a crash of the process, but perhaps not after a crash of the machine.
    std::string boot_id;
};

/// What the record knows of an actuation.
struct RecordedAction {
    enum class State {
        not_started, ///< no byte of it left: it may run
        started,     ///< a byte may have left, and how it ended is not known
        ended,       ///< `outcome` says how
    };
    std::int64_t id = 0;
    State state = State::started;
    std::chrono::system_clock::time_point at{}; ///< when it was begun
    Outcome outcome = nlohmann::json::object(); ///< of State::ended
};

/// What was actuated, by whom and how it ended, on disk, so that no actuation happens twice: not by
/// redelivery, nor a crash, nor a caller's retry. Used by the jig thread only.
///
/// Each call may throw Error{internal, executed: no} when the disk is full or the database damaged: the
/// message says which, where, and what to do. The next call tries again from the start (the file is opened
/// anew), so the record comes back when the disk does, or when a damaged file was moved away.
class Record {
  public:
    using WallTime = std::chrono::system_clock::time_point;

    /// Opens nothing yet.
    explicit Record(Options options);
    ~Record();
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;

    /// Opens the file and looks it over, for the journal at the start. Throws as said above.
    void open();

    /// What is known of this request: by its message id; without one only where the broker delivered it
    /// again, by reply_to, correlation id, request and parameters (the newest such). Throws
    /// Error{bad_request} when the message id was used for another request or other parameters.
    [[nodiscard]] std::optional<RecordedAction> find(const Job& job);

    /// Writes down that `job` is about to act; on disk when it returns. Returns its id. A job that find()
    /// knows as not_started keeps its entry.
    [[nodiscard]] std::int64_t begin(const Job& job, WallTime now);
    /// The first byte leaves right after this. Not synced: Options::boot_id tells whether it can be missing.
    void mark_sent(std::int64_t id, const std::string& bytes);
    /// Nothing left for the board after all: as if it had never begun.
    void withdraw(std::int64_t id);
    /// How it ended, and all the bytes that were sent.
    void end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now);

    /// Entries there are, for tests and health.
    [[nodiscard]] std::uint64_t size();

  private:
    class Database;
    const Options options_;
    std::unique_ptr<Database> database_; ///< null: to be opened
};

} // namespace jigd::record
