#include "record/schema.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "record/files.hpp"

namespace jigd::record {

namespace {

using Reason = DatabaseError::Reason;

constexpr int schema_version = 2;
constexpr std::chrono::seconds lock_timeout{1};

// Opaque bytes are blobs, times are nanoseconds since 1970 and milliseconds since boot. An outcome is either
// `result` or the four parts of an error. Ids grow with the age of the entries. The index by_origin holds all
// that is asked for, so that many like entries don't slow the look-up down.
constexpr const char* create_version_1 = R"(
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

// caller: caller_key(), or '*' for any. has_secrets: then bytes stays empty. SafeState is never looked up, so
// its message ids need not be unique.
constexpr const char* version_1_to_2 = R"(
    ALTER TABLE actuation ADD COLUMN caller BLOB NOT NULL DEFAULT x'2a';
    ALTER TABLE actuation ADD COLUMN started_boot_ms INTEGER;
    ALTER TABLE actuation ADD COLUMN has_secrets INTEGER NOT NULL DEFAULT 0;
    DROP INDEX by_message;
    CREATE UNIQUE INDEX by_message ON actuation (message_id, caller)
        WHERE message_id IS NOT NULL AND request <> 'SafeState';
)";

} // namespace

RecordConnection::RecordConnection(const Options& options)
    : Connection(make_file(options.path), lock_timeout) {
    if (version() > schema_version) {
        throw DatabaseError(Reason::newer,
                            fmt::format("its version is {}, this jigd knows {}", version(), schema_version));
    }
    if (const auto mode = text_of("PRAGMA journal_mode=WAL"); mode != "wal") {
        throw DatabaseError(Reason::other, "no write-ahead log on this file system, only '" + mode + "'");
    }
    set_limits(options);
    if (const auto found = text_of("PRAGMA quick_check(1)"); found != "ok") {
        throw DatabaseError(Reason::damaged, found);
    }
    migrate();
}

int RecordConnection::version() {
    return std::stoi(text_of("PRAGMA user_version"));
}

void RecordConnection::set_limits(const Options& options) {
    execute("PRAGMA synchronous=NORMAL");
    execute(fmt::format("PRAGMA journal_size_limit={}", 4 * max_log_pages * page_size).c_str());
    execute(fmt::format("PRAGMA max_page_count={}", static_cast<std::int64_t>(options.max_size) / page_size)
                .c_str());
}

/// Always a synced transaction, so that a disk that can't be written is noticed here.
void RecordConnection::migrate() {
    SyncedTransaction transaction(*this);
    if (version() == 0) {
        execute(create_version_1);
    }
    if (version() < schema_version) {
        execute(version_1_to_2);
        execute(fmt::format("PRAGMA user_version={}", schema_version).c_str());
    }
    transaction.commit();
}

} // namespace jigd::record
