#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace jigd::record {

/// What the database refused and why, sorted by what an operator can do about it. Stays inside this room.
class DatabaseError : public std::exception {
  public:
    enum class Reason {
        full,    ///< no space for it
        damaged, ///< the file is not a database of ours, or has holes
        newer,   ///< written by a later jigd
        busy,    ///< another process holds it
        access,  ///< it can't be opened or written: permissions, folders
        other,
    };
    DatabaseError(Reason reason, std::string text) : reason_(reason), text_(std::move(text)) {}
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    [[nodiscard]] Reason reason() const { return reason_; }

  private:
    Reason reason_;
    std::string text_;
};

/// A value for a statement; nothing is NULL.
struct Text {
    std::optional<std::string_view> value; ///< UTF-8
};
struct Blob {
    std::optional<std::string_view> value; ///< any bytes
};
struct Integer {
    std::optional<std::int64_t> value;
};

/// One SQLite file, open for writing, with a write-ahead log. One thread. Commits are not synced but for
/// those of a SyncedTransaction, and the log is moved into the file by checkpoint() only: so no other commit
/// waits for the disk. Everything here throws DatabaseError.
class Connection {
  public:
    /// The file must exist; it may be empty. Waits for other processes' locks up to `timeout`.
    Connection(const std::string& path, std::chrono::milliseconds timeout);

    void execute(const char* sql);
    /// The first value of the first row.
    [[nodiscard]] std::string text_of(const char* sql);
    /// Rows that the last statement changed.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_row() const;
    /// True when the path no longer leads to the file that is open here.
    [[nodiscard]] bool file_moved() const;
    /// Pages in the log since it was last moved into the file.
    [[nodiscard]] int log_pages() const { return log_pages_; }
    /// Moves the log into the file, as far as other processes' readers allow, and syncs it.
    void checkpoint();

  private:
    friend class Statement;
    friend class Execution;
    friend class SyncedTransaction;
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };

    /// Throws what the last call failed with, unless `result` is success.
    void check(int result) const;

    std::unique_ptr<sqlite3, Close> handle_;
    int log_pages_ = 0;
};

/// A statement, compiled once. Must not outlive its connection.
class Statement {
  public:
    Statement(Connection& connection, std::string_view sql);

    /// To the end, with `values` for its parameters ?1, ?2, …
    template<typename... Values>
    void run(const Values&... values);

  private:
    friend class Execution;
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept;
    };

    Connection& connection_;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// One run of a statement; the statement is free for the next at the end of it.
class Execution {
  public:
    template<typename... Values>
    explicit Execution(Statement& statement, const Values&... values) : statement_(statement) {
        int place = 0;
        (bind(++place, values), ...);
    }
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    ~Execution();

    /// True when there is a(nother) row.
    [[nodiscard]] bool step();
    [[nodiscard]] std::int64_t integer(int column) const;
    /// A text or blob; nullopt where it is NULL.
    [[nodiscard]] std::optional<std::string> bytes(int column) const;

  private:
    void bind(int place, const Text& text);
    void bind(int place, const Blob& blob);
    void bind(int place, const Integer& integer);

    Statement& statement_;
};

template<typename... Values>
void Statement::run(const Values&... values) {
    Execution execution(*this, values...);
    while (execution.step()) {
    }
}

/// What is written between its construction and commit() is on disk when commit() returns, all or nothing.
/// Waits for other writers first.
class SyncedTransaction {
  public:
    explicit SyncedTransaction(Connection& connection);
    SyncedTransaction(const SyncedTransaction&) = delete;
    SyncedTransaction& operator=(const SyncedTransaction&) = delete;
    ~SyncedTransaction();

    void commit();

  private:
    Connection& connection_;
};

} // namespace jigd::record
