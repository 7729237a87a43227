#include "record_fixture.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "record/database.hpp"

namespace jigd::record {
namespace {

using testing::HasSubstr;
using State = RecordedAction::State;

/// The mode of a file or folder.
mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
}

/// Works as somebody who may not write everywhere.
void become_nobody() {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) {
        throw std::runtime_error("setresuid");
    }
}

TEST_F(RecordTest, MakesItsFolderAndFileForItsUserAndGroupOnly) {
    auto deep = options();
    deep.path = (folder() / "a/b/record.db").string();
    const auto old_mask = ::umask(022);
    Record record(deep);
    record.open();
    ::umask(old_mask);
    EXPECT_EQ(mode_of(folder() / "a"), 0750U);
    EXPECT_EQ(mode_of(folder() / "a/b"), 0750U);
    EXPECT_EQ(mode_of(deep.path), 0640U);
    carry_out(record, pulse("a"));
    EXPECT_EQ(mode_of(deep.path + "-wal"), 0640U);
}

TEST_F(RecordTest, SaysWhyItCannotBeOpened) {
    std::filesystem::create_directory(path());
    Record record(options());
    const auto error = error_of([&] { record.open(); });
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.details(), nlohmann::json({{"record", path()}}));
    EXPECT_THAT(error.what(), HasSubstr(path()));
    EXPECT_THAT(error.what(), HasSubstr("Is a directory"));
    EXPECT_THAT(error.what(), HasSubstr("No actuation is carried out without it; reads go on"));
    EXPECT_EQ(error_of([&] { (void)record.begin(pulse("a"), now); }).code(), Code::internal);
    std::filesystem::remove(path());
    carry_out(record, pulse("a"));

    auto elsewhere = options();
    elsewhere.path = path() + "/record.db";
    EXPECT_THAT(error_of([&] { Record(elsewhere).open(); }).what(), HasSubstr("Not a directory"));
}

TEST_F(RecordTest, SaysThatItMayNotWrite) {
    std::filesystem::permissions(folder(), std::filesystem::perms(0755));
    const auto sealed = folder() / "sealed";
    std::filesystem::create_directory(sealed);
    auto within = options();
    within.path = (sealed / "record.db").string();
    Record(within).open();
    std::filesystem::permissions(sealed, std::filesystem::perms(0555));
    std::filesystem::permissions(within.path, std::filesystem::perms(0444));
    const auto existing = in_child([&] {
        become_nobody();
        return std::string(error_of([&] { Record(within).open(); }).what());
    });
    EXPECT_THAT(existing, HasSubstr("can't be opened for writing: it may only be read; it must be a file"));
    within.path = (sealed / "other.db").string();
    const auto missing = in_child([&] {
        become_nobody();
        return std::string(error_of([&] { Record(within).open(); }).what());
    });
    EXPECT_THAT(missing, HasSubstr("can't be opened for writing: no new file: Permission denied"));
    std::filesystem::permissions(sealed, std::filesystem::perms(0755));
}

TEST_F(RecordTest, RefusesWhileTheDiskIsFullAndGoesOnByItself) {
    const auto answer = in_child([this]() -> std::string {
        ::signal(SIGXFSZ, SIG_IGN);
        Record record(options());
        carry_out(record, pulse("before"));
        limit_file_size(std::filesystem::file_size(path() + "-wal"));
        const auto error = error_of([&] {
            (void)record.begin(pulse("a", {{"text", std::string(9000, 'x')}}), now);
        });
        const auto again = error_of([&] {
            (void)record.begin(pulse("a", {{"text", std::string(90000, 'x')}}), now);
        });
        limit_file_size(RLIM_INFINITY);
        if (again.code() != Code::internal || record.find(pulse("before")).value().state != State::ended) {
            return "it forgot";
        }
        carry_out(record, pulse("a"));
        return record.size() == 2 ? error.what() : "something was left behind";
    });
    EXPECT_THAT(answer, HasSubstr(path() + " can't be written: "));
    EXPECT_THAT(answer, HasSubstr("free some space, jigd then goes on by itself"));
}

TEST_F(RecordTest, RefusesWhatIsLargerThanTheRecordMayBe) {
    auto small = options();
    small.max_size = 128U << 10U;
    Record record(small);
    carry_out(record, pulse("a"));
    const auto error = error_of([&] {
        (void)record.begin(pulse("b", {{"text", std::string(200000, 'x')}}), now);
    });
    EXPECT_THAT(error.what(), HasSubstr("full"));
    EXPECT_FALSE(record.find(pulse("b")));
    carry_out(record, pulse("c"));
}

TEST_F(RecordTest, SaysThatItIsNoDatabaseAndGoesOnWithANewFile) {
    overwrite(path(), std::string(8192, 'x'));
    Record record(options());
    const auto error = error_of([&] { record.open(); });
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.details(), nlohmann::json({{"record", path()}}));
    EXPECT_THAT(
        error.what(),
        HasSubstr("is damaged (file is not a database); move it away with its log (sudo sh -c 'mkdir -p "));
    EXPECT_THAT(error_of([&] { (void)record.find(pulse("a")); }).what(), HasSubstr("damaged"));
    EXPECT_THAT(error_of([&] { (void)record.begin(pulse("a"), now); }).what(), HasSubstr("damaged"));
    std::filesystem::rename(path(), path() + ".damaged");
    EXPECT_FALSE(record.find(pulse("a")));
    carry_out(record, pulse("a"));
}

TEST_F(RecordTest, NoticesEveryDamagedPage) {
    {
        Record record(options());
        for (int number = 0; number < 30; ++number) {
            carry_out(record, pulse(std::to_string(number)));
            carry_out(record, redelivered("q", std::to_string(number)));
        }
    }
    const auto whole = contents(path());
    constexpr std::size_t page = 4096;
    ASSERT_GE(whole.size(), 4 * page);
    for (std::size_t start = 0; start < whole.size(); start += page) {
        auto bytes = whole;
        bytes.replace(start, page, page, '\xa5');
        overwrite(path(), bytes);
        Record record(options());
        EXPECT_THAT(error_of([&] { record.open(); }).what(), HasSubstr("damaged")) << start / page;
        EXPECT_THAT(error_of([&] { (void)record.find(pulse("a")); }).what(), HasSubstr("damaged"))
            << start / page;
    }
    overwrite(path(), whole);
    EXPECT_EQ(Record(options()).find(pulse("0")).value().state, State::ended);
}

TEST_F(RecordTest, NoticesAFileThatWasCutShort) {
    {
        Record record(options());
        for (int number = 0; number < 30; ++number) {
            carry_out(record, pulse(std::to_string(number)));
        }
    }
    std::filesystem::resize_file(path(), 3 * 4096);
    EXPECT_THAT(error_of([&] { Record(options()).open(); }).what(), HasSubstr("damaged"));
}

TEST_F(RecordTest, NeverWritesIntoAFileThatIsGone) {
    Record record(options());
    carry_out(record, pulse("a"));
    for (const auto* rest : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path() + rest);
    }
    EXPECT_FALSE(record.find(pulse("a")));
    carry_out(record, pulse("b"));
    EXPECT_TRUE(Record(options()).find(pulse("b")));

    std::filesystem::rename(path(), path() + ".old");
    carry_out(record, pulse("c"));
    EXPECT_TRUE(Record(options()).find(pulse("c")));
    EXPECT_FALSE(Record(options()).find(pulse("b")));
}

TEST_F(RecordTest, RefusesWhatANewerOneWrote) {
    Record(options()).open();
    Connection(path(), std::chrono::seconds(1)).execute("PRAGMA user_version=7");
    EXPECT_THAT(error_of([&] { Record(options()).open(); }).what(),
                HasSubstr("was written by a newer jigd (its version is 7, this jigd knows 2)"));
}

TEST_F(RecordTest, WorksBesideAnotherProcess) {
    Record record(options());
    carry_out(record, pulse("a"));
    const auto answer = in_child([this] {
        Record other(options());
        carry_out(other, pulse("b"));
        return other.find(pulse("a")) ? "both" : "one";
    });
    EXPECT_EQ(answer, "both");
    EXPECT_EQ(record.find(pulse("b")).value().state, State::ended);
    carry_out(record, pulse("c"));
}

TEST_F(RecordTest, SaysThatAnotherProcessHoldsIt) {
    Record record(options());
    carry_out(record, pulse("a"));
    Connection other(path(), std::chrono::seconds(1));
    other.execute("BEGIN IMMEDIATE");
    const auto error = error_of([&] { (void)record.begin(pulse("b"), now); });
    EXPECT_THAT(error.what(), HasSubstr("is held by another process (database is locked)"));
    other.execute("ROLLBACK");
    carry_out(record, pulse("b"));
}

} // namespace
} // namespace jigd::record
