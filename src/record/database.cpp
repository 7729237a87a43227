#include "record/database.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace jigd::record {

namespace {

using Reason = DatabaseError::Reason;

Reason reason_of(int result, int system_error) {
    switch (result & 0xff) {
    case SQLITE_FULL:
        return Reason::full;
    case SQLITE_ERROR: // the tables are not those of our statements
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Reason::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Reason::busy;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return Reason::access;
    case SQLITE_IOERR:
        // A quota or a limit on the size of files; SQLite knows only ENOSPC as "full".
        return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG ? Reason::full
                                                                                         : Reason::other;
    default:
        return Reason::other;
    }
}

/// What the call that just failed with `result` failed with; errno was 0 before it.
DatabaseError failure(sqlite3* handle, int result) {
    // SQLite keeps the system's error of some calls only, not of a commit.
    const int last_error = errno;
    const int kind = result & 0xff;
    int system_error = 0;
    if (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) {
        const int kept = sqlite3_system_errno(handle);
        system_error = kept != 0 ? kept : last_error;
    }
    std::string text = handle == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(handle);
    if (system_error != 0) {
        text += fmt::format(" ({})", std::generic_category().message(system_error));
    }
    return {reason_of(result, system_error), std::move(text)};
}

/// Called after each commit to the log.
int note_log_pages(void* log_pages, sqlite3*, const char*, int pages) {
    *static_cast<int*>(log_pages) = pages;
    return SQLITE_OK;
}

/// Where the bytes begin; SQLite takes a null pointer for NULL, not for no bytes.
const char* start_of(std::string_view bytes) {
    return bytes.data() == nullptr ? "" : bytes.data();
}

} // namespace

void Connection::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

Connection::Connection(const std::string& path, std::chrono::milliseconds timeout) {
    sqlite3* handle = nullptr;
    errno = 0;
    const int result = sqlite3_open_v2(
        path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    handle_.reset(handle);
    check(result);
    // A file that may only be read is opened for reading, without a word.
    if (sqlite3_db_readonly(handle, "main") == 1) {
        throw DatabaseError(Reason::access, "it may only be read");
    }
    check(sqlite3_busy_timeout(handle, static_cast<int>(timeout.count())));
    sqlite3_wal_hook(handle, note_log_pages, &log_pages_);
}

void Connection::check(int result) const {
    if (result != SQLITE_OK) {
        throw failure(handle_.get(), result);
    }
}

void Connection::execute(const char* sql) {
    errno = 0;
    check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
}

std::string Connection::text_of(const char* sql) {
    Statement statement(*this, sql);
    Execution execution(statement);
    return execution.step() ? execution.bytes(0).value_or("") : "";
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_.get());
}

std::int64_t Connection::last_row() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

bool Connection::file_moved() const {
    int moved = 0;
    return sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved != 0;
}

void Connection::checkpoint() {
    errno = 0;
    const int result =
        sqlite3_wal_checkpoint_v2(handle_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    // Another process does the same at this moment: then it need not be done here.
    if ((result & 0xff) != SQLITE_BUSY) {
        check(result);
    }
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const noexcept {
    sqlite3_finalize(handle);
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
    sqlite3_stmt* handle = nullptr;
    errno = 0;
    const int result = sqlite3_prepare_v3(connection.handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    handle_.reset(handle);
    connection.check(result);
}

Execution::~Execution() {
    sqlite3_reset(statement_.handle_.get());
    // Lets go of its copies of what may have been large.
    sqlite3_clear_bindings(statement_.handle_.get());
}

bool Execution::step() {
    errno = 0;
    const int result = sqlite3_step(statement_.handle_.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE) {
        throw failure(statement_.connection_.handle_.get(), result);
    }
    return result == SQLITE_ROW;
}

std::int64_t Execution::integer(int column) const {
    return sqlite3_column_int64(statement_.handle_.get(), column);
}

std::optional<std::string> Execution::bytes(int column) const {
    auto* handle = statement_.handle_.get();
    if (sqlite3_column_type(handle, column) == SQLITE_NULL) {
        return std::nullopt;
    }
    const void* start = sqlite3_column_blob(handle, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
    return start == nullptr ? std::string() : std::string(static_cast<const char*>(start), size);
}

void Execution::bind(int place, const Text& text) {
    auto* handle = statement_.handle_.get();
    statement_.connection_.check(!text.value ? sqlite3_bind_null(handle, place)
                                             : sqlite3_bind_text64(handle, place, start_of(*text.value),
                                                                   text.value->size(), SQLITE_TRANSIENT,
                                                                   SQLITE_UTF8));
}

void Execution::bind(int place, const Blob& blob) {
    auto* handle = statement_.handle_.get();
    statement_.connection_.check(!blob.value ? sqlite3_bind_null(handle, place)
                                             : sqlite3_bind_blob64(handle, place, start_of(*blob.value),
                                                                   blob.value->size(), SQLITE_TRANSIENT));
}

void Execution::bind(int place, const Integer& integer) {
    auto* handle = statement_.handle_.get();
    statement_.connection_.check(!integer.value ? sqlite3_bind_null(handle, place)
                                                : sqlite3_bind_int64(handle, place, *integer.value));
}

SyncedTransaction::SyncedTransaction(Connection& connection) : connection_(connection) {
    connection.execute("PRAGMA synchronous=FULL");
    connection.execute("BEGIN IMMEDIATE");
}

void SyncedTransaction::commit() {
    connection_.execute("COMMIT");
}

SyncedTransaction::~SyncedTransaction() {
    auto* handle = connection_.handle_.get();
    if (sqlite3_get_autocommit(handle) == 0) {
        sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
    }
    sqlite3_exec(handle, "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr);
}

} // namespace jigd::record
