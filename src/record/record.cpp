#include "record/record.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "record/database.hpp"
#include "record/files.hpp"

namespace jigd::record {

namespace {

using Reason = DatabaseError::Reason;
using WallTime = Record::WallTime;

constexpr int schema_version = 1;
constexpr std::chrono::seconds lock_patience{1};

constexpr std::int64_t page_size = 4096;
/// The log is moved into the file when it has so many pages: seldom, and a few milliseconds' work.
constexpr std::int64_t longest_log = 256;
/// Kept free for what is yet to be written about the actuations that have begun.
constexpr std::int64_t most_spare_pages = 256;
/// Old entries go a few at each begin(), so that none waits for a great clean-up.
constexpr int entries_a_step = 4;
constexpr int most_steps = 32;

// Opaque bytes are blobs, times are nanoseconds since 1970. An outcome is either `result` or the four parts
// of an error. The second index holds all that is asked for, so that many like entries don't slow find()
// down.
constexpr const char* schema = R"(
    CREATE TABLE actuation (
        id INTEGER PRIMARY KEY,
        message_id BLOB,
        reply_to BLOB,
        correlation_id BLOB,
        request TEXT NOT NULL,
        kind TEXT NOT NULL,
        params TEXT NOT NULL,
        user_id BLOB,
        app_id BLOB,
        boot_id TEXT NOT NULL,
        state TEXT NOT NULL,
        received_ns INTEGER,
        begun_ns INTEGER NOT NULL,
        ended_ns INTEGER,
        bytes BLOB,
        result TEXT,
        code TEXT,
        executed TEXT,
        message BLOB,
        details TEXT
    ) STRICT;
    CREATE UNIQUE INDEX by_message ON actuation (message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX by_origin ON actuation (correlation_id, reply_to, request, params) WHERE message_id IS NULL;
)";

constexpr const char* find_by_message =
    "SELECT id, state, boot_id, begun_ns, request, params, result, code, executed, message, details "
    "FROM actuation WHERE message_id = ?1";
constexpr const char* find_by_origin =
    "SELECT id, state, boot_id, begun_ns, request, params, result, code, executed, message, details "
    "FROM actuation WHERE message_id IS NULL AND correlation_id IS ?1 AND reply_to IS ?2 AND request = ?3 "
    "AND params = ?4 ORDER BY id DESC LIMIT 1";
constexpr const char* insert = "INSERT INTO actuation (id, message_id, reply_to, correlation_id, request, "
                               "kind, params, user_id, app_id, "
                               "boot_id, state, received_ns, begun_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                               "?8, ?9, ?10, 'begun', ?11, ?12)";
constexpr const char* update_sent =
    "UPDATE actuation SET state = 'sent', bytes = ?2 WHERE id = ?1 AND state <> 'ended'";
constexpr const char* update_ended =
    "UPDATE actuation SET state = 'ended', ended_ns = ?2, bytes = CASE WHEN length(?3) > 0 THEN ?3 ELSE "
    "bytes END, result = ?4, code = ?5, executed = ?6, "
    "message = ?7, details = ?8 WHERE id = ?1 AND state <> 'ended'";
constexpr const char* delete_one = "DELETE FROM actuation WHERE id = ?1";
/// Looks at a few of the oldest only.
constexpr const char* delete_expired = "DELETE FROM actuation WHERE id IN (SELECT id FROM (SELECT id, "
                                       "begun_ns FROM actuation ORDER BY id LIMIT ?1) "
                                       "WHERE begun_ns < ?2)";
constexpr const char* delete_oldest =
    "DELETE FROM actuation WHERE id IN (SELECT id FROM actuation ORDER BY id LIMIT ?1)";

/// The same text for the same value; what is no UTF-8 becomes U+FFFD, as in a reply.
std::string canonical(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::int64_t nanoseconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

WallTime wall_time(std::int64_t nanoseconds) {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

/// What an operator is told.
Error explained(const std::string& path, const DatabaseError& error) {
    const auto say = [&](const std::string& text) {
        return Error(
            Code::internal,
            fmt::format("the record of actuations {} {}. No actuation is carried out without it; reads go on",
                        path, text),
            Executed::no, {{"record", path}});
    };
    switch (error.reason()) {
    case Reason::full:
        return say(
            fmt::format("can't be written: {}; free some space, jigd then goes on by itself", error.what()));
    case Reason::damaged:
        return say(
            fmt::format("is damaged ({0}); move it away with its log (sudo sh -c 'mkdir -p {2}/damaged && mv "
                        "{1}* {2}/damaged/'): what it remembers is then forgotten",
                        error.what(), path, std::filesystem::path(path).parent_path().string()));
    case Reason::newer:
        return say(
            fmt::format("was written by a newer jigd ({}); install that one again, or stop jigd and move the "
                        "file away (mv {} {}.newer): what it remembers is then forgotten",
                        error.what(), path, path));
    case Reason::busy:
        return say(fmt::format(
            "is held by another process ({}); end that one (fuser -v {} shows it), jigd then goes "
            "on by itself",
            error.what(), path));
    case Reason::access:
        return say(
            fmt::format("can't be opened for writing: {}; it must be a file, in a folder, and the user jigd "
                        "runs as must be allowed to write to both (namei -l {} shows it)",
                        error.what(), path));
    case Reason::other:
        return say(fmt::format(
            "can't be used: {}; the kernel's log may say more about its disk (journalctl -k)", error.what()));
    }
    return say(error.what());
}

} // namespace

/// The file while it is open.
class Record::Database {
  public:
    explicit Database(const Options& options);

    /// Lets `work` have the database, opened where it is not. Whatever fails closes it, so that the next call
    /// begins anew.
    template<typename Work>
    static auto use(Record& record, Work work) {
        try {
            if (!record.database_) {
                record.database_ = std::make_unique<Database>(record.options_);
            }
            return work(*record.database_);
        } catch (const DatabaseError& error) {
            record.database_.reset();
            throw explained(record.options_.path, error);
        }
    }
    /// What goes into a file that was deleted or replaced would be lost.
    static void leave_replaced_file(Record& record) {
        if (record.database_ && record.database_->connection_.file_moved()) {
            record.database_.reset();
        }
    }

    [[nodiscard]] std::optional<RecordedAction> find(const Job& job);
    [[nodiscard]] std::int64_t begin(const Job& job, WallTime now);
    void mark_sent(std::int64_t id, const std::string& bytes);
    void withdraw(std::int64_t id) { delete_one_.run(Integer{id}); }
    void end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now);
    [[nodiscard]] std::uint64_t size();

  private:
    /// Opens the file and brings it to what the statements need.
    struct Opened : Connection {
        explicit Opened(const Options& options);
    };

    [[nodiscard]] RecordedAction action_of(const Execution& row) const;
    /// Deletes what is too old, or too much.
    void make_room(WallTime now);
    [[nodiscard]] std::int64_t used_pages();
    /// Throws unless the last statement changed the entry.
    void expect_changed(std::int64_t id) const;

    const Options& options_;
    Opened connection_;
    Statement find_by_message_{connection_, find_by_message};
    Statement find_by_origin_{connection_, find_by_origin};
    Statement insert_{connection_, insert};
    Statement update_sent_{connection_, update_sent};
    Statement update_ended_{connection_, update_ended};
    Statement delete_one_{connection_, delete_one};
    Statement delete_expired_{connection_, delete_expired};
    Statement delete_oldest_{connection_, delete_oldest};
    Statement page_count_{connection_, "PRAGMA page_count"};
    Statement free_pages_{connection_, "PRAGMA freelist_count"};
    Statement count_{connection_, "SELECT count(*) FROM actuation"};
};

Record::Database::Opened::Opened(const Options& options)
    : Connection(make_file(options.path), lock_patience) {
    const auto version = [this] { return std::stoi(text_of("PRAGMA user_version")); };
    if (version() > schema_version) {
        throw DatabaseError(Reason::newer,
                            fmt::format("its version is {}, this jigd knows {}", version(), schema_version));
    }
    if (const auto mode = text_of("PRAGMA journal_mode=WAL"); mode != "wal") {
        throw DatabaseError(Reason::other, "no write-ahead log on this file system, only '" + mode + "'");
    }
    execute("PRAGMA synchronous=NORMAL");
    execute(fmt::format("PRAGMA journal_size_limit={}", 4 * longest_log * page_size).c_str());
    execute(fmt::format("PRAGMA max_page_count={}", static_cast<std::int64_t>(options.largest) / page_size)
                .c_str());
    if (const auto found = text_of("PRAGMA quick_check(1)"); found != "ok") {
        throw DatabaseError(Reason::damaged, found);
    }
    SyncedTransaction transaction(*this);
    if (version() == 0) {
        execute(schema);
        execute(fmt::format("PRAGMA user_version={}", schema_version).c_str());
    }
    transaction.commit();
}

Record::Database::Database(const Options& options) : options_(options), connection_(options) {}

RecordedAction Record::Database::action_of(const Execution& row) const {
    RecordedAction action;
    action.id = row.integer(0);
    action.at = wall_time(row.integer(3));
    const auto state = row.bytes(1);
    if (state == "begun") {
        // As long as the machine runs nothing written is lost: so no byte left. After a crash of the machine
        // the mark that one did may just not have reached the disk.
        const bool same_run = !options_.boot_id.empty() && row.bytes(2) == options_.boot_id;
        action.state = same_run ? RecordedAction::State::not_started : RecordedAction::State::started;
        return action;
    }
    if (state == "sent") {
        action.state = RecordedAction::State::started;
        return action;
    }
    action.state = RecordedAction::State::ended;
    try {
        if (const auto result = row.bytes(6)) {
            action.outcome = nlohmann::json::parse(*result);
            return action;
        }
        const auto code = code_from(row.bytes(7).value_or(""));
        const auto executed = executed_from(row.bytes(8).value_or(""));
        if (state == "ended" && code && executed) {
            action.outcome = Error(*code, row.bytes(9).value_or(""), *executed,
                                   nlohmann::json::parse(row.bytes(10).value_or("")));
            return action;
        }
    } catch (const nlohmann::json::exception&) {
        // Said below.
    }
    throw DatabaseError(Reason::damaged, fmt::format("entry {} makes no sense", action.id));
}

std::optional<RecordedAction> Record::Database::find(const Job& job) {
    if (!job.message_id) {
        if (!job.redelivered) {
            return std::nullopt;
        }
        Execution row(find_by_origin_, Blob{job.correlation_id}, Blob{job.reply_to}, Text{job.request},
                      Text{canonical(job.params)});
        return row.step() ? std::optional(action_of(row)) : std::nullopt;
    }
    Execution row(find_by_message_, Blob{job.message_id});
    if (!row.step()) {
        return std::nullopt;
    }
    const auto request = row.bytes(4).value_or("");
    const bool same_request = request == job.request;
    if (!same_request || row.bytes(5) != canonical(job.params)) {
        throw Error(
            Code::bad_request,
            fmt::format("this message_id was used for {} {}; give each new request a message_id of its own "
                        "(the same one asks for the outcome of the same request again)",
                        request, same_request ? "with other parameters" : "before"));
    }
    return action_of(row);
}

std::int64_t Record::Database::begin(const Job& job, WallTime now) {
    if (connection_.log_pages() >= longest_log) {
        connection_.checkpoint();
    }
    SyncedTransaction transaction(connection_);
    make_room(now);
    std::optional<std::int64_t> id;
    if (const auto action = find(job)) {
        if (action->state != RecordedAction::State::not_started) {
            throw Error(
                Code::internal,
                fmt::format(
                    "{} is in the record of actuations {} as entry {} already, it must not begin again",
                    job.request, options_.path, action->id),
                Executed::no, {{"record", options_.path}});
        }
        id = action->id;
        delete_one_.run(Integer{id});
    }
    std::optional<std::int64_t> received;
    if (job.received != TimePoint{}) {
        received =
            nanoseconds(now - std::chrono::duration_cast<WallTime::duration>(Clock::now() - job.received));
    }
    insert_.run(Integer{id}, Blob{job.message_id}, Blob{job.reply_to}, Blob{job.correlation_id},
                Text{job.request}, Text{to_string(job.kind)}, Text{canonical(job.params)},
                Blob{job.caller.user_id}, Blob{job.caller.app_id}, Text{options_.boot_id}, Integer{received},
                Integer{nanoseconds(now)});
    const auto row = connection_.last_row();
    transaction.commit();
    return row;
}

void Record::Database::mark_sent(std::int64_t id, const std::string& bytes) {
    update_sent_.run(Integer{id}, Blob{bytes});
    expect_changed(id);
}

void Record::Database::end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now) {
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

void Record::Database::expect_changed(std::int64_t id) const {
    if (connection_.changes() != 1) {
        throw Error(
            Code::internal,
            fmt::format(
                "entry {} is not, or not open, in the record of actuations {}; was the file replaced?", id,
                options_.path),
            Executed::no, {{"record", options_.path}});
    }
}

void Record::Database::make_room(WallTime now) {
    delete_expired_.run(Integer{entries_a_step}, Integer{nanoseconds(now - options_.keep)});
    const auto largest = static_cast<std::int64_t>(options_.largest) / page_size;
    const auto most_used = largest - std::min(largest / 4, most_spare_pages);
    for (int step = 0; step < most_steps && used_pages() > most_used; ++step) {
        delete_oldest_.run(Integer{entries_a_step});
    }
}

std::int64_t Record::Database::used_pages() {
    Execution all(page_count_);
    Execution free(free_pages_);
    return all.step() && free.step() ? all.integer(0) - free.integer(0) : 0;
}

std::uint64_t Record::Database::size() {
    Execution row(count_);
    return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

Record::Record(Options options) : options_(std::move(options)) {}

Record::~Record() = default;

void Record::open() {
    database_.reset();
    Database::use(*this, [](const Database&) {});
}

std::optional<RecordedAction> Record::find(const Job& job) {
    Database::leave_replaced_file(*this);
    return Database::use(*this, [&](Database& database) { return database.find(job); });
}

std::int64_t Record::begin(const Job& job, WallTime now) {
    Database::leave_replaced_file(*this);
    return Database::use(*this, [&](Database& database) { return database.begin(job, now); });
}

void Record::mark_sent(std::int64_t id, const std::string& bytes) {
    Database::use(*this, [&](Database& database) { database.mark_sent(id, bytes); });
}

void Record::withdraw(std::int64_t id) {
    Database::use(*this, [&](Database& database) { database.withdraw(id); });
}

void Record::end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now) {
    Database::use(*this, [&](Database& database) { database.end(id, outcome, bytes, now); });
}

std::uint64_t Record::size() {
    Database::leave_replaced_file(*this);
    return Database::use(*this, [](Database& database) { return database.size(); });
}

} // namespace jigd::record
