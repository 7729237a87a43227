// What must be on disk before the board moves is synced, and nothing else waits for the disk. This program's
// own fsync() and fdatasync() count the calls, those of SQLite among them.

#include <algorithm>
#include <atomic>
#include <cstring>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/files.hpp"
#include "record_fixture.hpp"

namespace {

std::atomic<int> synced_files{0};
std::atomic<int> synced_folders{0};

int count_and_sync(const char* name, int fd) {
    struct stat status {};
    if (::fstat(fd, &status) == 0) {
        ++(S_ISDIR(status.st_mode) ? synced_folders : synced_files);
    }
    using Sync = int (*)(int);
    static_assert(sizeof(Sync) == sizeof(void*));
    void* symbol = ::dlsym(RTLD_NEXT, name);
    Sync sync = nullptr;
    std::memcpy(&sync, &symbol, sizeof sync);
    return sync(fd);
}

} // namespace

extern "C" int fsync(int fd) {
    return count_and_sync("fsync", fd);
}

extern "C" int fdatasync(int fd) {
    return count_and_sync("fdatasync", fd);
}

namespace jigd::record {
namespace {

class SyncTest : public RecordTest {
  protected:
    /// Syncs of files while `work` runs.
    template<typename Work>
    [[nodiscard]] static int syncs_of(Work work) {
        const int before = synced_files;
        work();
        return synced_files - before;
    }
};

TEST_F(SyncTest, BeginIsOnDiskWhenItReturns) {
    Record record(options());
    record.open();
    for (const auto* message_id : {"a", "b", "a"}) {
        EXPECT_EQ(syncs_of([&] { (void)record.begin(pulse(message_id), now); }), 1);
    }
}

TEST_F(SyncTest, SupersedeSyncsOnceForAll) {
    Record record(options());
    record.open();
    const std::vector<Job> jobs = {pulse("a"), pulse("b"), pulse("c")};
    EXPECT_EQ(syncs_of([&] { record.supersede(jobs, nlohmann::json(1), now); }), 1);
}

TEST_F(SyncTest, NothingElseWaitsForTheDisk) {
    Record record(options());
    const auto id = record.begin(pulse("a"), now);
    const auto other = record.begin(pulse("b"), now);
    EXPECT_EQ(syncs_of([&] {
                  record.mark_sent(id, "RST\n");
                  record.end(id, nlohmann::json(1), "RST\n", now.wall);
                  record.withdraw(other);
                  (void)record.find(pulse("a"));
              }),
              0);
}

TEST_F(SyncTest, TheLogIsSyncedBeforeItIsMovedIntoTheFile) {
    Record record(options());
    record.open();
    int most = 0;
    for (int number = 0; number < 200; ++number) {
        const auto job = pulse(std::to_string(number), {{"text", std::string(9000, 'x')}});
        most = std::max(most, syncs_of([&] { (void)record.begin(job, now); }));
    }
    EXPECT_GE(most, 3) << "log, file, and the log again";
}

TEST_F(SyncTest, ANewFileAndItsFoldersAreInTheirFoldersOnDisk) {
    const int before = synced_folders;
    make_file((folder() / "a/b/record.db").string());
    EXPECT_EQ(synced_folders - before, 3) << "a in its folder, b in a, and the file in b";
    make_file((folder() / "a/b/record.db").string());
    EXPECT_EQ(synced_folders - before, 3);
}

TEST_F(SyncTest, AMigratedFileIsOnDiskWhenItIsOpen) {
    EXPECT_GE(syncs_of([&] { Record(options()).open(); }), 1);
}

} // namespace
} // namespace jigd::record
