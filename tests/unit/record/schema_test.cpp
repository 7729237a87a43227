#include "record/schema.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "record/files.hpp"
#include "record_fixture.hpp"

namespace jigd::record {
namespace {

using testing::HasSubstr;
using State = RecordedAction::State;

/// As jigd made it until version 1 of the file.
constexpr const char* version_1 = R"(
    PRAGMA journal_mode=WAL;
    BEGIN;
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
    PRAGMA user_version=1;
    INSERT INTO actuation VALUES
        (1, x'61', x'71', x'31', 'PulseReset', 'pulse', '{"channel":1}', x'616e6e61', x'62656e6368', 'this run',
         'ended', 1799999999000000000, 1800000000000000000, 1800000001000000000, x'5253540a', '{"volts":3.3}',
         NULL, NULL, NULL, NULL),
        (2, x'62', NULL, NULL, 'PulseReset', 'pulse', '{"channel":1}', NULL, NULL, 'this run', 'ended', NULL,
         1800000000000000000, 1800000001000000000, x'5253540a', NULL, 'jig_refused', 'no', x'6e6f',
         '{"board_code":7}'),
        (3, x'63', NULL, NULL, 'PulseReset', 'pulse', '{"channel":1}', x'616e6e61', NULL, 'this run', 'sent', NULL,
         1800000000000000000, NULL, x'5253540a', NULL, NULL, NULL, NULL, NULL),
        (4, x'64', NULL, NULL, 'PulseReset', 'pulse', '{"channel":1}', NULL, NULL, 'this run', 'begun', NULL,
         1800000000000000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (5, x'73', NULL, NULL, 'SafeState', 'set', '{}', NULL, NULL, 'this run', 'ended', NULL,
         1800000000000000000, 1800000001000000000, x'534146450a', '{}', NULL, NULL, NULL, NULL),
        (6, NULL, x'71', x'31', 'PulseReset', 'pulse', '{"channel":1}', NULL, NULL, 'this run', 'sent', NULL,
         1800000000000000000, NULL, x'5253540a', NULL, NULL, NULL, NULL, NULL);
    COMMIT;
)";
constexpr std::uint64_t entries = 6;

class SchemaTest : public RecordTest {
  protected:
    void make_version_1(int more_entries = 0) const {
        make_file(path());
        Connection old(path(), std::chrono::seconds(1));
        old.execute(version_1);
        old.execute(
            fmt::format("WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM "
                        "numbers LIMIT {}) INSERT INTO actuation SELECT NULL, CAST('more ' || number AS "
                        "BLOB), reply_to, correlation_id, request, kind, params, user_id, app_id, "
                        "boot_id, state, received_ns, begun_ns, ended_ns, bytes, result, code, executed, "
                        "message, details FROM actuation, numbers WHERE id = 1",
                        more_entries)
                .c_str());
    }
    [[nodiscard]] static Job by(const std::string& user_id, Job job) {
        job.caller.user_id = user_id;
        return job;
    }
    [[nodiscard]] std::string version() const {
        return Connection(path(), std::chrono::seconds(1)).text_of("PRAGMA user_version");
    }
    void expect_all_entries(std::uint64_t count) const {
        Record record(options());
        ASSERT_NO_THROW(record.open());
        EXPECT_EQ(record.size(), count);
        EXPECT_EQ(record.find(pulse("a")).value().state, State::ended);
        EXPECT_EQ(version(), "2");
    }
};

TEST_F(SchemaTest, AnOldFileKeepsWhatItRemembers) {
    make_version_1();
    Record record(options());
    record.open();
    EXPECT_EQ(version(), "2");
    EXPECT_EQ(record.size(), entries);
    const auto ended = record.find(pulse("a")).value();
    EXPECT_EQ(ended.id, 1);
    EXPECT_EQ(ended.state, State::ended);
    EXPECT_EQ(std::get<nlohmann::json>(ended.outcome), nlohmann::json({{"volts", 3.3}}));
    EXPECT_EQ(ended.at, Record::WallTime(std::chrono::hours(500000)));
    EXPECT_EQ(std::get<Error>(record.find(pulse("b")).value().outcome).details()["board_code"], 7);
    EXPECT_EQ(record.find(pulse("c")).value().state, State::started);
    EXPECT_EQ(record.find(pulse("d")).value().state, State::not_started);
    EXPECT_EQ(record.find(redelivered("q", "1")).value().state, State::started);
    carry_out(record, pulse("new"));
    EXPECT_EQ(Record(options()).size(), entries + 1);
}

TEST_F(SchemaTest, AnOldEntryMatchesEveryCaller) {
    make_version_1();
    Record record(options());
    for (const auto* user : {"anna", "bert", ""}) {
        EXPECT_EQ(record.find(by(user, pulse("a"))).value().id, 1) << user;
        EXPECT_EQ(error_of([&] {
                      (void)record.find(by(user, pulse("a", {{"channel", 2}})));
                  }).code(),
                  Code::bad_request);
        EXPECT_EQ(error_of([&] { (void)record.begin(by(user, pulse("c")), now); }).code(), Code::internal);
    }
}

TEST_F(SchemaTest, AnOldEntryThatRunsBecomesItsCallers) {
    make_version_1();
    Record record(options());
    carry_out(record, by("anna", pulse("d")));
    EXPECT_TRUE(record.find(by("anna", pulse("d"))));
    EXPECT_FALSE(record.find(by("bert", pulse("d"))));
    EXPECT_EQ(record.size(), entries);
}

TEST_F(SchemaTest, AnOldSafeStateAnswersNobody) {
    make_version_1();
    Record record(options());
    EXPECT_FALSE(record.find(pulse("s")));
    carry_out(record, pulse("s"));
    auto safe_state = pulse("s", nlohmann::json::object());
    safe_state.request = "SafeState";
    carry_out(record, safe_state);
    EXPECT_EQ(record.size(), entries + 2);
}

TEST_F(SchemaTest, OldEntriesExpireByTheWallClock) {
    make_version_1();
    Record record(options());
    (void)record.begin(pulse("new"), {now.wall + options().keep + std::chrono::hours(1), now.since_boot});
    EXPECT_FALSE(record.find(pulse("a")));
}

TEST_F(SchemaTest, ADamagedOldFileIsReportedAndLeftAsItIs) {
    make_version_1();
    const auto whole = contents(path());
    constexpr std::size_t page = 4096;
    ASSERT_GE(whole.size(), 4 * page);
    for (std::size_t start = 0; start < whole.size(); start += page) {
        auto bytes = whole;
        bytes.replace(start, page, page, '\xa5');
        overwrite(path(), bytes);
        EXPECT_THAT(error_of([&] { Record(options()).open(); }).what(), HasSubstr("is damaged"))
            << start / page;
        EXPECT_EQ(contents(path()), bytes) << start / page;
    }
    overwrite(path(), whole);
    expect_all_entries(entries);
}

TEST_F(SchemaTest, AnOldFileWithoutItsTableIsDamaged) {
    make_version_1();
    Connection(path(), std::chrono::seconds(1)).execute("ALTER TABLE actuation RENAME TO other");
    EXPECT_THAT(error_of([&] { Record(options()).open(); }).what(),
                HasSubstr("is damaged (no such table: actuation)"));
    EXPECT_EQ(version(), "1");
}

TEST_F(SchemaTest, AMigrationThatFindsNoSpaceLeavesTheOldFile) {
    constexpr int more = 3000;
    make_version_1(more);
    const auto refused = in_child([this] {
        ::signal(SIGXFSZ, SIG_IGN);
        // More room for the log each time, until it suffices: so the migration fails at every step. Below
        // this not even the file of shared memory can be made.
        for (rlim_t room = 40'000; room < 1'000'000; room += 8'000) {
            limit_file_size(room);
            std::string refusal;
            try {
                Record(options()).open();
            } catch (const Error& error) {
                refusal = error.what();
            }
            limit_file_size(RLIM_INFINITY);
            if (refusal.empty()) {
                return std::to_string((room - 40'000) / 8'000);
            }
            if (version() != "1" || refusal.find("can't be written") == std::string::npos) {
                return refusal;
            }
        }
        return std::string("never migrated");
    });
    EXPECT_THAT(refused, testing::AnyOf("3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"));
    expect_all_entries(entries + more);
}

TEST_F(SchemaTest, AMigrationThatIsKilledIsDoneAtTheNextStart) {
    constexpr int more = 3000;
    make_version_1(more);
    const auto old = contents(path());
    for (int round = 0; round < 20; ++round) {
        overwrite(path(), old);
        std::filesystem::remove(path() + "-wal");
        std::filesystem::remove(path() + "-shm");
        const pid_t child = ::fork();
        if (child == 0) {
            die_in(std::chrono::milliseconds(round) + std::chrono::nanoseconds(1));
            try {
                Record(options()).open();
            } catch (const Error&) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        expect_all_entries(entries + more);
    }
}

} // namespace
} // namespace jigd::record
