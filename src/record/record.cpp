#include "record/record.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "record/database.hpp"
#include "record/record_database.hpp"

namespace jigd::record {

namespace {

/// What is wrong with the file at `path`, and what to do.
std::string remedy(const std::string& path, const DatabaseError& error) {
    using Reason = DatabaseError::Reason;
    switch (error.reason()) {
    case Reason::full:
        return fmt::format("can't be written: {}; free some space, jigd then goes on by itself",
                           error.what());
    case Reason::damaged:
        return fmt::format("is damaged ({0}); move it away with its log (sudo sh -c 'mkdir -p {2}/damaged && "
                           "mv {1}* {2}/damaged/'): what it remembers is then forgotten",
                           error.what(), path, std::filesystem::path(path).parent_path().string());
    case Reason::newer:
        return fmt::format("was written by a newer jigd ({}); install that one again, or stop jigd and move "
                           "the file away (mv {} {}.newer): what it remembers is then forgotten",
                           error.what(), path, path);
    case Reason::busy:
        return fmt::format("is held by another process ({}); end that one (fuser -v {} shows it), jigd then "
                           "goes on by itself",
                           error.what(), path);
    case Reason::access:
        return fmt::format("can't be opened for writing: {}; it must be a file, in a folder, and the user "
                           "jigd runs as must be allowed to write to both (namei -l {} shows it)",
                           error.what(), path);
    case Reason::other:
        break;
    }
    return fmt::format("can't be used: {}; the kernel's log may say more about its disk (journalctl -k)",
                       error.what());
}

Error for_operator(const std::string& path, const DatabaseError& error) {
    return Error(
        Code::internal,
        fmt::format("the record of actuations {} {}. No actuation is carried out without it; reads go on",
                    path, remedy(path, error)),
        Executed::no, {{"record", path}});
}

} // namespace

template<typename Work>
auto Record::use(Work work) {
    try {
        if (!database_) {
            database_ = std::make_unique<RecordDatabase>(options_);
        }
        return work(*database_);
    } catch (const DatabaseError& error) {
        close();
        throw for_operator(options_.path, error);
    }
}

void Record::close() {
    if (options_.recorded_ids != nullptr) {
        options_.recorded_ids->set_complete(false);
    }
    database_.reset();
}

void Record::leave_replaced_file() {
    if (database_ && database_->file_moved()) {
        close();
    }
}

Record::Record(Options options) : options_(std::move(options)) {}

Record::~Record() = default;

void Record::open() {
    close();
    use([](const RecordDatabase&) {});
}

std::optional<RecordedAction> Record::find_undecoded(const Job& job) {
    leave_replaced_file();
    return use([&](RecordDatabase& database) { return database.find_undecoded(job); });
}

std::optional<RecordedAction> Record::find(const Job& job) {
    leave_replaced_file();
    return use([&](RecordDatabase& database) { return database.find(job); });
}

std::int64_t Record::begin(const Job& job, Moment now) {
    leave_replaced_file();
    return use([&](RecordDatabase& database) { return database.begin(job, now); });
}

void Record::mark_sent(std::int64_t id, const std::string& bytes) {
    use([&](RecordDatabase& database) { database.mark_sent(id, bytes); });
}

void Record::withdraw(std::int64_t id) {
    use([&](RecordDatabase& database) { database.withdraw(id); });
}

void Record::end(std::int64_t id, const Outcome& outcome, const std::string& bytes, WallTime now) {
    use([&](RecordDatabase& database) { database.end(id, outcome, bytes, now); });
}

std::vector<std::optional<RecordedAction>> Record::supersede(std::span<const Job> jobs,
                                                             const Outcome& outcome, Moment now) {
    leave_replaced_file();
    return use([&](RecordDatabase& database) { return database.supersede(jobs, outcome, now); });
}

std::uint64_t Record::size() {
    leave_replaced_file();
    return use([](RecordDatabase& database) { return database.size(); });
}

} // namespace jigd::record
