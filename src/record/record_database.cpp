#include "record/record_database.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "record/identity.hpp"

namespace jigd::record {

namespace {

using Reason = DatabaseError::Reason;
using State = RecordedAction::State;
using WallTime = Record::WallTime;

/// Kept free for what is yet to be written about the actuations that have started.
constexpr std::int64_t max_spare_pages = 256;
/// Old entries go a few at each begin(), so that none waits for a great clean-up.
constexpr int entries_a_step = 4;
constexpr int max_steps = 32;

constexpr const char* select_by_message =
    "SELECT id, state, boot_id, begun_ns, request, params, result, code, executed, message, details "
    "FROM actuation WHERE message_id = ?1 AND request <> 'SafeState' AND caller IN (?2, ?3) LIMIT 1";
constexpr const char* select_by_origin =
    "SELECT id, state, boot_id, begun_ns, request, params, result, code, executed, message, details "
    "FROM actuation WHERE message_id IS NULL AND correlation_id IS ?1 AND reply_to IS ?2 AND request = ?3 "
    "AND (?4 IS NULL OR params = ?4) ORDER BY id DESC LIMIT 1";
constexpr const char* insert_one =
    "INSERT INTO actuation (message_id, reply_to, correlation_id, request, kind, params, user_id, app_id, "
    "boot_id, state, received_ns, begun_ns, caller, started_boot_ms, has_secrets) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'begun', ?10, ?11, ?12, ?13, ?14)";
constexpr const char* update_sent =
    "UPDATE actuation SET state = 'sent', bytes = CASE WHEN has_secrets THEN NULL ELSE ?2 END "
    "WHERE id = ?1 AND state <> 'ended'";
constexpr const char* update_ended =
    "UPDATE actuation SET state = 'ended', ended_ns = ?2, "
    "bytes = CASE WHEN has_secrets THEN NULL WHEN length(?3) > 0 THEN ?3 ELSE bytes END, "
    "result = ?4, code = ?5, executed = ?6, message = ?7, details = ?8 WHERE id = ?1 AND state <> 'ended'";
constexpr const char* select_oldest =
    "SELECT id, boot_id, begun_ns, started_boot_ms FROM actuation ORDER BY id LIMIT ?1";
constexpr const char* select_identities =
    "SELECT message_id, caller, reply_to, correlation_id, request FROM actuation";

std::int64_t nanoseconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

WallTime wall_time(std::int64_t nanoseconds) {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

std::optional<std::int64_t> received_ns(const Job& job, WallTime now) {
    if (job.received == TimePoint{}) {
        return std::nullopt;
    }
    return nanoseconds(now - std::chrono::duration_cast<WallTime::duration>(Clock::now() - job.received));
}

/// The outcome in a row of select_by_…; nullopt when it makes no sense.
std::optional<Outcome> outcome_of(const Execution& row) {
    try {
        if (const auto result = row.bytes(6)) {
            return nlohmann::json::parse(*result);
        }
        const auto code = code_from(row.bytes(7).value_or(""));
        const auto executed = executed_from(row.bytes(8).value_or(""));
        if (code && executed) {
            return Error(*code, row.bytes(9).value_or(""), *executed,
                         nlohmann::json::parse(row.bytes(10).value_or("")));
        }
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
    return std::nullopt;
}

} // namespace

RecordDatabase::RecordDatabase(const Options& options)
    : options_(options), connection_(options), find_by_message_(connection_, select_by_message),
      find_by_origin_(connection_, select_by_origin), insert_(connection_, insert_one),
      update_sent_(connection_, update_sent), update_ended_(connection_, update_ended),
      delete_one_(connection_, "DELETE FROM actuation WHERE id = ?1"), oldest_(connection_, select_oldest),
      delete_up_to_(connection_, "DELETE FROM actuation WHERE id <= ?1"),
      page_count_(connection_, "PRAGMA page_count"), free_pages_(connection_, "PRAGMA freelist_count"),
      count_(connection_, "SELECT count(*) FROM actuation") {
    fill_recorded_ids();
}

void RecordDatabase::fill_recorded_ids() {
    if (options_.recorded_ids == nullptr) {
        return;
    }
    Statement identities(connection_, select_identities);
    Execution row(identities);
    while (row.step()) {
        if (const auto message_id = row.bytes(0)) {
            options_.recorded_ids->add_hash(message_hash(*message_id, row.bytes(1).value_or("")));
        } else {
            RequestHeader origin;
            origin.reply_to = row.bytes(2);
            origin.correlation_id = row.bytes(3);
            origin.request = row.bytes(4).value_or("");
            options_.recorded_ids->add(origin);
        }
    }
    options_.recorded_ids->set_complete(true);
}

std::vector<std::string> RecordDatabase::secrets_of(const Job& job) const {
    return options_.secrets ? options_.secrets(job.request) : std::vector<std::string>();
}

RecordedAction RecordDatabase::action_of(const Execution& row) const {
    RecordedAction action;
    action.id = row.integer(0);
    action.at = wall_time(row.integer(3));
    const auto state = row.bytes(1);
    if (state == "begun") {
        // As long as the machine runs nothing written is lost: so no byte left. After a crash of the machine
        // the mark that one did may just not have reached the disk.
        const bool same_run = !options_.boot_id.empty() && row.bytes(2) == options_.boot_id;
        action.state = same_run ? State::not_started : State::started;
        return action;
    }
    if (state == "sent") {
        action.state = State::started;
        return action;
    }
    auto outcome = outcome_of(row);
    if (state != "ended" || !outcome) {
        throw DatabaseError(Reason::damaged, fmt::format("entry {} makes no sense", action.id));
    }
    action.state = State::ended;
    action.outcome = std::move(*outcome);
    return action;
}

std::optional<RecordDatabase::Match> RecordDatabase::match(const Job& job,
                                                           const std::optional<std::string>& params) {
    if (is_never_looked_up(job)) {
        return std::nullopt;
    }
    if (!job.message_id) {
        Execution row(find_by_origin_, Blob{job.correlation_id}, Blob{job.reply_to}, Text{job.request},
                      Text{params});
        return row.step() ? std::optional(Match{.action = action_of(row), .request = job.request})
                          : std::nullopt;
    }
    Execution row(find_by_message_, Blob{job.message_id}, Blob{caller_key(job.caller)}, Blob{any_caller});
    if (!row.step()) {
        return std::nullopt;
    }
    Match found{.action = action_of(row), .request = row.bytes(4).value_or("")};
    found.same_request = found.request == job.request;
    found.same_params = row.bytes(5) == params;
    return found;
}

std::optional<RecordedAction> RecordDatabase::find(const Job& job) {
    auto found = match(job, stored_params(job, secrets_of(job)));
    if (!found) {
        return std::nullopt;
    }
    if (!found->same_request || !found->same_params) {
        throw Error(
            Code::bad_request,
            fmt::format("this message_id was used for {} {}; give each new request a message_id of its own "
                        "(the same one asks for the outcome of the same request again)",
                        found->request, found->same_request ? "with other parameters" : "before"));
    }
    return std::move(found->action);
}

std::optional<RecordedAction> RecordDatabase::find_undecoded(const Job& job) {
    auto found = match(job, std::nullopt);
    return found && found->same_request ? std::optional(std::move(found->action)) : std::nullopt;
}

std::int64_t RecordDatabase::insert(const Job& job, const std::string& params, Moment now) {
    if (options_.recorded_ids != nullptr) {
        options_.recorded_ids->add(job);
    }
    std::optional<std::int64_t> since_boot;
    if (!options_.boot_id.empty()) {
        since_boot = now.since_boot.count();
    }
    insert_.run(Blob{job.message_id}, Blob{job.reply_to}, Blob{job.correlation_id}, Text{job.request},
                Text{to_string(job.kind)}, Text{params}, Blob{job.caller.user_id}, Blob{job.caller.app_id},
                Text{options_.boot_id}, Integer{received_ns(job, now.wall)}, Integer{nanoseconds(now.wall)},
                Blob{caller_key(job.caller)}, Integer{since_boot}, Integer{secrets_of(job).empty() ? 0 : 1});
    return connection_.last_row();
}

std::int64_t RecordDatabase::begin(const Job& job, Moment now) {
    checkpoint_when_due();
    SyncedTransaction transaction(connection_);
    make_room(now);
    if (const auto action = find(job)) {
        if (action->state != State::not_started) {
            throw Error(
                Code::internal,
                fmt::format(
                    "{} is in the record of actuations {} as entry {} already, it must not begin again",
                    job.request, options_.path, action->id),
                Executed::no, {{"record", options_.path}});
        }
        // The new entry gets a new id: ids tell which entry is the oldest.
        withdraw(action->id);
    }
    const auto id = insert(job, stored_params(job, secrets_of(job)), now);
    transaction.commit();
    return id;
}

void RecordDatabase::mark_sent(std::int64_t id, const std::string& bytes) {
    update_sent_.run(Integer{id}, Blob{bytes});
    expect_changed(id);
}

void RecordDatabase::end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now) {
    const Integer ended{nanoseconds(now)};
    if (const auto* error = std::get_if<Error>(&outcome)) {
        update_ended_.run(Integer{id}, ended, Blob{bytes}, Text{}, Text{to_string(error->code())},
                          Text{to_string(error->executed())}, Blob{error->what()},
                          Text{canonical(error->details())});
    } else {
        update_ended_.run(Integer{id}, ended, Blob{bytes},
                          Text{canonical(std::get<nlohmann::json>(outcome))});
    }
    expect_changed(id);
}

std::vector<std::optional<RecordedAction>> RecordDatabase::supersede(std::span<const Job> jobs,
                                                                     const Outcome& outcome, Moment now) {
    checkpoint_when_due();
    SyncedTransaction transaction(connection_);
    std::vector<std::optional<RecordedAction>> kept;
    kept.reserve(jobs.size());
    for (const auto& job : jobs) {
        kept.push_back(supersede_one(job, outcome, now));
    }
    transaction.commit();
    return kept;
}

std::optional<RecordedAction> RecordDatabase::supersede_one(const Job& job, const Outcome& outcome,
                                                            Moment now) {
    make_room(now);
    const auto params = stored_params(job, secrets_of(job));
    auto found = match(job, params);
    if (found && !(found->same_request && found->same_params)) {
        return std::nullopt;
    }
    if (found && found->action.state != State::not_started) {
        return std::move(found->action);
    }
    if (found) {
        withdraw(found->action.id);
    }
    end(insert(job, params, now), outcome, "", now.wall);
    return std::nullopt;
}

void RecordDatabase::expect_changed(std::int64_t id) const {
    if (connection_.changes() != 1) {
        throw Error(
            Code::internal,
            fmt::format(
                "entry {} is not, or not open, in the record of actuations {}; was the file replaced?", id,
                options_.path),
            Executed::no, {{"record", options_.path}});
    }
}

void RecordDatabase::checkpoint_when_due() {
    if (connection_.log_pages() >= max_log_pages) {
        connection_.checkpoint();
    }
}

void RecordDatabase::make_room(Moment now) {
    delete_expired(now);
    const auto max_pages = static_cast<std::int64_t>(options_.max_size) / page_size;
    const auto max_used = max_pages - std::min(max_pages / 4, max_spare_pages);
    for (int step = 0; step < max_steps && used_pages() > max_used; ++step) {
        std::optional<std::int64_t> last;
        for (Execution row(oldest_, Integer{entries_a_step}); row.step();) {
            last = row.integer(0);
        }
        delete_up_to_.run(Integer{last});
    }
}

/// Up to the first entry that has not expired: the wall clock may have been wrong when those behind it were
/// written, and they are younger.
void RecordDatabase::delete_expired(Moment now) {
    std::optional<std::int64_t> last;
    for (Execution row(oldest_, Integer{entries_a_step}); row.step() && is_expired(row, now);) {
        last = row.integer(0);
    }
    if (last) {
        delete_up_to_.run(Integer{last});
    }
}

bool RecordDatabase::is_expired(const Execution& row, Moment now) const {
    const bool too_old_by_wall_clock = row.integer(2) < nanoseconds(now.wall - options_.keep);
    if (options_.boot_id.empty()) {
        return too_old_by_wall_clock;
    }
    const auto oldest_kept = now.since_boot - options_.keep;
    if (row.bytes(1) != options_.boot_id) {
        return too_old_by_wall_clock || oldest_kept.count() > 0;
    }
    return row.bytes(3) ? row.integer(3) < oldest_kept.count() : too_old_by_wall_clock;
}

std::int64_t RecordDatabase::used_pages() {
    Execution all(page_count_);
    Execution free(free_pages_);
    return all.step() && free.step() ? all.integer(0) - free.integer(0) : 0;
}

std::uint64_t RecordDatabase::size() {
    Execution row(count_);
    return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

} // namespace jigd::record
