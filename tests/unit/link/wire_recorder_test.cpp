#include "link/wire_recorder.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace jigd::link {
namespace {

drivers::WireRecord sent(std::string bytes) {
    return {.at = TimePoint{}, .sent = true, .bytes = std::move(bytes)};
}

drivers::WireRecord received(std::string bytes) {
    return {.at = TimePoint{}, .sent = false, .bytes = std::move(bytes)};
}

TEST(WireRecorder, KnowsWhoseEachRunOfBytesIs) {
    WireRecorder recorder({}, {});
    const auto before = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    recorder.on_wire(received("BOOT\n"));
    recorder.begin({.request = "SetRelay", .correlation_id = "c-1", .requester = "tester"});
    recorder.on_wire(sent("RELAY 1 ON\n"));
    recorder.end();
    recorder.on_wire(received("OK\r\n"));

    const auto trace = recorder.to_json();
    EXPECT_EQ(trace.at("lost"), 0);
    const auto& entries = trace.at("entries");
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].at("received"), "BOOT\n");
    EXPECT_FALSE(entries[0].contains("request"));
    EXPECT_EQ(entries[1].at("sent"), "RELAY 1 ON\n");
    EXPECT_EQ(entries[1].at("request"), "SetRelay");
    EXPECT_EQ(entries[1].at("correlation_id"), "c-1");
    EXPECT_EQ(entries[1].at("requester"), "tester");
    EXPECT_FALSE(entries[2].contains("request"));
    EXPECT_FALSE(entries[2].contains("correlation_id"));
    const auto at = parse_trace_line(entries[1].dump()).at;
    EXPECT_GE(at, before) << "wall time, not the port's clock";
    EXPECT_LE(at, std::chrono::system_clock::now());
}

TEST(WireRecorder, ShowsTheLastEntriesSinceBegin) {
    WireRecorder recorder({}, {});
    recorder.on_wire(sent("OLD\n"));
    recorder.begin({.request = "GetLamp", .correlation_id = std::nullopt, .requester = std::nullopt});
    EXPECT_EQ(recorder.since_begin(8), nlohmann::json::array());
    EXPECT_EQ(recorder.sent_since_begin(), "");
    recorder.on_wire(sent("A\n"));
    recorder.on_wire(received("B\n"));
    recorder.on_wire(sent("C\n"));
    const auto all = recorder.since_begin(8);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].at("sent"), "A\n");
    const auto last = recorder.since_begin(2);
    ASSERT_EQ(last.size(), 2U);
    EXPECT_EQ(last[0].at("received"), "B\n");
    EXPECT_EQ(last[1].at("sent"), "C\n");
    EXPECT_EQ(recorder.since_begin(0), nlohmann::json::array());
    EXPECT_EQ(recorder.sent_since_begin(), "A\nC\n");
}

TEST(WireRecorder, IsBoundedInEntriesAndBytes) {
    std::vector<std::string> passed_on;
    WireRecorder recorder({.entries = 3, .bytes_an_entry = 4},
                          [&passed_on](const WireEntry& entry) { passed_on.push_back(entry.bytes); });
    recorder.begin({});
    for (int i = 0; i < 10; ++i) {
        recorder.on_wire(sent(std::to_string(i) + "56789"));
    }
    const auto trace = recorder.to_json();
    EXPECT_EQ(trace.at("lost"), 7);
    ASSERT_EQ(trace.at("entries").size(), 3U);
    EXPECT_EQ(trace.at("entries")[0].at("sent"), "7567");
    EXPECT_EQ(trace.at("entries")[0].at("left_off"), 2);
    EXPECT_EQ(recorder.since_begin(100).size(), 3U) << "the rest is no longer there";
    ASSERT_EQ(passed_on.size(), 10U);
    EXPECT_EQ(passed_on[0], "056789") << "the sink gets everything";

    recorder.on_wire(sent(std::string(1'000'000, 'x')));
    recorder.on_wire(sent("y"));
    const auto kept = recorder.sent_since_begin();
    EXPECT_EQ(kept.size(), 4096U);
    EXPECT_EQ(kept.substr(0, 6), "056789") << "the first bytes are kept";
}

TEST(WireRecorder, IsReadWhileItIsWritten) {
    WireRecorder recorder({.entries = 8, .bytes_an_entry = 8}, {});
    std::jthread writer([&recorder] {
        for (int i = 0; i < 2000; ++i) {
            recorder.begin({.request = std::to_string(i), .correlation_id = "\xff", .requester = "t"});
            recorder.on_wire(sent("A\n"));
            recorder.on_wire(received("\xff\n"));
            recorder.end();
        }
    });
    std::uint64_t seen = 0;
    while (seen < 4000) {
        const auto trace = recorder.to_json();
        const auto count = trace.at("lost").get<std::uint64_t>() + trace.at("entries").size();
        EXPECT_GE(count, seen);
        EXPECT_LE(trace.at("entries").size(), 8U);
        EXPECT_LE(recorder.since_begin(8).size(), 2U);
        EXPECT_LE(recorder.sent_since_begin().size(), 2U);
        seen = count;
    }
}

} // namespace
} // namespace jigd::link
