#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/request.hpp"
#include "record/moment.hpp"
#include "record/recorded_ids.hpp"

namespace jigd::record {

struct Options {
    std::string path; ///< of the database; its folder is made when it is missing
    std::chrono::hours keep{30 * 24};
    std::size_t max_size = 64U << 20U; ///< bytes; the oldest entries are deleted first
    /// Names this run of the kernel (/proc/sys/kernel/random/boot_id): what was written and not yet synced is
    /// there after a crash of the process, but perhaps not after a crash of the machine.
    std::string boot_id;
    /// The names of a request's secret parameters; none when it is empty. Their values are not written, nor
    /// are the bytes that were sent for such a request.
    std::function<std::vector<std::string>(const std::string& request)> secrets{};
    RecordedIds* recorded_ids = nullptr; ///< kept up to date where given; must outlive the record
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
    std::chrono::system_clock::time_point at{}; ///< when it was written down
    Outcome outcome = nlohmann::json::object(); ///< of State::ended
};

class RecordDatabase;

/// What was actuated, by whom and how it ended, on disk, so that no actuation happens twice: not by
/// redelivery, nor a crash, nor a caller's retry. Used by the jig thread only; other threads ask RecordedIds.
///
/// A request is the one that was recorded when user_id, app_id and message_id are the same, an absent user_id
/// or app_id counting as empty. Entries of jigd before version 2 of the file match every caller.
///
/// Entries are deleted when they are older than Options::keep: those of this run of the machine by its own
/// clock, older ones by the wall clock (and once the machine runs for that long); and the oldest first where
/// the file grows too large.
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

    /// Opens the file and checks it, so that the journal says at the start what is wrong.
    void open();

    /// What is known of this request: by its message id and caller; without one only where the broker
    /// delivered it again, by reply_to, correlation id, request and parameters (the newest such). Nothing for
    /// SafeState. Throws Error{bad_request} when the message id was used for another request or other
    /// parameters.
    [[nodiscard]] std::optional<RecordedAction> find(const Job& job);
    /// The same of a request whose body was not decoded: its parameters are not compared.
    [[nodiscard]] std::optional<RecordedAction> find_undecoded(const Job& job);

    /// Writes down that `job` is about to act; on disk when it returns. Returns the entry's id. Replaces the
    /// entry of a job that find() knows as not_started. SafeState always gets an entry of its own, and never
    /// meets another's. Throws as find() does, and Error{internal} where the job was started before.
    [[nodiscard]] std::int64_t begin(const Job& job, Moment now);
    /// The first byte leaves right after this. Not synced: Options::boot_id tells whether it can be missing.
    void mark_sent(std::int64_t id, const std::string& bytes);
    /// No byte left for the board: as if there had been no begin(). Not synced.
    void withdraw(std::int64_t id);
    /// How it ended, and all the bytes that were sent (none: those of mark_sent() stay). Not synced.
    void end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now);

    /// Writes down that `jobs`, none of which this process has started, ended with `outcome`: all or none, on
    /// disk when it returns. For each job, in order: nullopt when it was written, else what the record knew
    /// before, and keeps. A job whose message id was used for something else is not written (nullopt).
    std::vector<std::optional<RecordedAction>> supersede(std::span<const Job> jobs, const Outcome& outcome,
                                                         Moment now);

    /// Entries there are, for tests and health.
    [[nodiscard]] std::uint64_t size();

  private:
    /// Calls `work` with the database, opened where it is not. What fails closes it, so that the next call
    /// opens it anew.
    template<typename Work>
    auto use(Work work);
    void close();
    /// What is written into a file that was deleted or replaced would be lost.
    void leave_replaced_file();

    const Options options_;
    std::unique_ptr<RecordDatabase> database_; ///< null: to be opened
};

} // namespace jigd::record
