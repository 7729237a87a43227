#include "daemon/trace_file.hpp"

#include <filesystem>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/wire_log.hpp"
#include "support/recorded_log.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::daemon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WireEntry sent(std::string bytes) {
    return {.at = std::chrono::system_clock::time_point(std::chrono::seconds(1)),
            .sent = true,
            .bytes = std::move(bytes)};
}

class TraceFileTest : public testing::Test {
  protected:
    std::vector<std::string> lines() {
        std::ifstream file(path_);
        std::vector<std::string> all;
        for (std::string line; std::getline(file, line);) {
            all.push_back(line);
        }
        return all;
    }

    const test::TemporaryFolder folder_;
    const std::string path_ = (folder_.path() / "trace.jsonl").string();
    test::RecordedLog log_;
};

TEST_F(TraceFileTest, WritesEachEntryAtOnceAsALine) {
    TraceFile trace(path_, log_.log());
    trace.write(sent("A\n"));
    EXPECT_THAT(lines(), ElementsAre(to_trace_line(sent("A\n"))));
    trace.write(sent("\xff"));
    EXPECT_THAT(lines(), ElementsAre(to_trace_line(sent("A\n")), to_trace_line(sent("\xff"))));
    EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(TraceFileTest, AppendsAndIsNobodyElses) {
    const auto before = ::umask(0);
    { TraceFile(path_, log_.log()).write(sent("A\n")); }
    { TraceFile(path_, log_.log()).write(sent("B\n")); }
    ::umask(before);
    EXPECT_EQ(lines().size(), 2U);
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(TraceFileTest, AFileThatCantBeOpenedIsNamed) {
    try {
        const TraceFile trace(folder_.path() / "none" / "trace.jsonl", log_.log());
        ADD_FAILURE() << "opened";
    } catch (const std::system_error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("--trace "), HasSubstr("none/trace.jsonl"),
                                        HasSubstr("No such file or directory")));
    }
}

TEST_F(TraceFileTest, AFullDiskIsWarnedOfOnce) {
    TraceFile trace("/dev/full", log_.log());
    trace.write(sent("A\n"));
    trace.write(sent("B\n"));
    EXPECT_THAT(log_.lines(),
                ElementsAre(AllOf(HasSubstr("/dev/full"), HasSubstr("No space left"), HasSubstr("goes on"))));
}

TEST_F(TraceFileTest, APipeThatNobodyReadsKeepsNobodyWaiting) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const os::Fd reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    TraceFile trace(path_, log_.log());
    for (int i = 0; i < 100; ++i) {
        trace.write(sent(std::string(4000, 'x')));
    }
    EXPECT_EQ(log_.lines().size(), 1U);
}

TEST(LogWire, SaysWhoseItIsWhereDebugLinesAreWritten) {
    test::RecordedLog log;
    auto entry = sent("RELAY 1 ON\n");
    log_wire(log.log(), entry);
    entry.sent = false;
    entry.bytes = "OK\r\n";
    entry.request = "SetRelay";
    entry.correlation_id = "c-1";
    log_wire(log.log(), entry);
    EXPECT_THAT(log.lines(),
                ElementsAre("jig ← RELAY 1 ON\\n", "jig → OK\\r\\n REQUEST=SetRelay CORRELATION_ID=c-1"));
    log.log().set_level("info");
    log_wire(log.log(), entry);
    EXPECT_EQ(log.lines().size(), 2U);
}

} // namespace
} // namespace jigd::daemon
