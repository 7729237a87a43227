#include <gmock/gmock.h>

#include "record_fixture.hpp"

namespace jigd::record {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours year{365 * 24};

/// Which entries are deleted, and when; entries are kept for an hour.
class ExpiryTest : public RecordTest {
  protected:
    [[nodiscard]] Options brief(std::string boot_id = "this run") const {
        auto brief = options();
        brief.keep = hours(1);
        brief.boot_id = std::move(boot_id);
        return brief;
    }
    /// One on which the wall clock was set, so much later by the machine's own clock.
    [[nodiscard]] static Moment clock_set(std::chrono::system_clock::duration step,
                                          std::chrono::milliseconds later = minutes(1)) {
        return {now.wall + step, now.since_boot + later};
    }
    /// Some begin(), each of which deletes a few of what has expired.
    static void press_others(Record& record, Moment time) {
        for (int number = 0; number < 3; ++number) {
            record.withdraw(record.begin(pulse("other " + std::to_string(number)), time));
        }
    }
};

TEST_F(ExpiryTest, ForgetsWhatIsTooOld) {
    Record record(brief());
    for (int number = 0; number < 20; ++number) {
        carry_out(record, pulse(std::to_string(number)));
    }
    (void)record.begin(pulse("just kept"), after(hours(1)));
    EXPECT_EQ(record.size(), 21U);
    for (int number = 0; number < 10; ++number) {
        (void)record.begin(pulse("late " + std::to_string(number)), after(hours(1) + seconds(1)));
    }
    EXPECT_FALSE(record.find(pulse("0")));
    EXPECT_TRUE(record.find(pulse("just kept")));
    EXPECT_EQ(record.size(), 11U);
}

TEST_F(ExpiryTest, AWallClockSetForwardKeepsWhatThisBootRecorded) {
    Record record(brief());
    carry_out(record, pulse("a"));
    press_others(record, clock_set(6 * year));
    EXPECT_TRUE(record.find(pulse("a")));
    EXPECT_TRUE(Record(brief()).find(pulse("a")));
}

TEST_F(ExpiryTest, AWallClockSetBackStillLetsThisBootsEntriesExpire) {
    Record record(brief());
    carry_out(record, pulse("a"));
    press_others(record, clock_set(-6 * year));
    EXPECT_TRUE(record.find(pulse("a")));
    press_others(record, clock_set(-6 * year, hours(2)));
    EXPECT_FALSE(record.find(pulse("a")));
}

TEST_F(ExpiryTest, WhatWasRecordedUnderAClockSetBackStays) {
    Record record(brief());
    (void)record.begin(pulse("a"), clock_set(-6 * year));
    press_others(record, clock_set({}, minutes(2)));
    EXPECT_TRUE(record.find(pulse("a")));
}

TEST_F(ExpiryTest, EntriesOfAnEarlierBootExpireByTheWallClock) {
    carry_out(*std::make_unique<Record>(brief("last run")), pulse("a"));
    Record record(brief());
    press_others(record, {now.wall + minutes(59), minutes(1)});
    EXPECT_TRUE(record.find(pulse("a")));
    press_others(record, {now.wall + minutes(61), minutes(3)});
    EXPECT_FALSE(record.find(pulse("a")));
}

TEST_F(ExpiryTest, EntriesOfAnEarlierBootExpireWithoutAWallClockAtLast) {
    carry_out(*std::make_unique<Record>(brief("last run")), pulse("a"));
    Record record(brief());
    press_others(record, {now.wall - 6 * year, minutes(59)});
    EXPECT_TRUE(record.find(pulse("a")));
    press_others(record, {now.wall - 6 * year, minutes(61)});
    EXPECT_FALSE(record.find(pulse("a")));
}

TEST_F(ExpiryTest, AnEntryIsKeptAsLongAsAnOlderOne) {
    {
        Record record(brief("last run"));
        carry_out(record, pulse("older"));
        (void)record.begin(pulse("under a wrong clock"), {now.wall - 6 * year, now.since_boot + seconds(1)});
    }
    Record record(brief());
    press_others(record, {now.wall + minutes(1), minutes(1)});
    EXPECT_TRUE(record.find(pulse("under a wrong clock")));
    press_others(record, {now.wall + minutes(61), minutes(3)});
    EXPECT_FALSE(record.find(pulse("under a wrong clock")));
}

TEST_F(ExpiryTest, WithoutABootIdTheWallClockDecides) {
    Record record(brief(""));
    carry_out(record, pulse("a"));
    press_others(record, {now.wall + minutes(59), hours(9)});
    EXPECT_TRUE(record.find(pulse("a")));
    press_others(record, {now.wall + minutes(61), minutes(1)});
    EXPECT_FALSE(record.find(pulse("a")));
}

TEST_F(ExpiryTest, WhatRunsAgainIsYoung) {
    Record record(brief());
    (void)record.begin(pulse("again"), now);
    (void)record.begin(pulse("old"), now);
    (void)record.begin(pulse("again"), after(minutes(59)));
    press_others(record, after(minutes(61)));
    EXPECT_FALSE(record.find(pulse("old")));
    EXPECT_TRUE(record.find(pulse("again")));
}

TEST_F(ExpiryTest, StaysWithinItsSizeAndForgetsTheOldestFirst) {
    auto small = options();
    small.max_size = 256U << 10U;
    Record record(small);
    constexpr int count = 100;
    for (int number = 0; number < count; ++number) {
        carry_out(record, pulse(std::to_string(number), {{"text", std::string(8000, 'x')}}));
        ASSERT_LE(std::filesystem::file_size(path()), small.max_size);
        ASSERT_LE(std::filesystem::file_size(path() + "-wal"), 4U << 20U);
    }
    EXPECT_GE(record.size(), 8U);
    EXPECT_LE(record.size(), 32U);
    EXPECT_FALSE(record.find(pulse("0")));
    const auto kept = static_cast<int>(record.size());
    for (int number = count - kept; number < count; ++number) {
        EXPECT_TRUE(record.find(pulse(std::to_string(number), {{"text", std::string(8000, 'x')}}))) << number;
    }
}

} // namespace
} // namespace jigd::record
