#include "record/recorded_ids.hpp"

#include <thread>

#include "record/identity.hpp"
#include "record_fixture.hpp"

namespace jigd::record {
namespace {

class RecordedIdsTest : public RecordTest {
  protected:
    [[nodiscard]] Options with_ids() {
        auto with = options();
        with.recorded_ids = &ids;
        return with;
    }
    [[nodiscard]] static Job from(const std::string& user_id, const std::string& message_id) {
        auto job = pulse(message_id);
        job.caller.user_id = user_id;
        return job;
    }
    [[nodiscard]] static Job first_delivery(const std::string& correlation_id) {
        auto job = redelivered("q", correlation_id);
        job.redelivered = false;
        return job;
    }

    RecordedIds ids;
};

TEST_F(RecordedIdsTest, EverythingMayBeRecordedUntilTheFileIsOpen) {
    Record record(with_ids());
    EXPECT_TRUE(ids.may_contain(pulse("a")));
    EXPECT_TRUE(ids.may_contain(redelivered("q", "1")));
    record.open();
    EXPECT_FALSE(ids.may_contain(pulse("a")));
    EXPECT_FALSE(ids.may_contain(redelivered("q", "1")));
}

TEST_F(RecordedIdsTest, HasWhatIsBeingCarriedOut) {
    Record record(with_ids());
    (void)record.begin(from("anna", "a"), now);
    EXPECT_TRUE(ids.may_contain(from("anna", "a")));
    EXPECT_FALSE(ids.may_contain(from("bert", "a")));
    EXPECT_FALSE(ids.may_contain(from("anna", "b")));
    (void)record.begin(first_delivery("1"), now);
    EXPECT_TRUE(ids.may_contain(redelivered("q", "1")));
    EXPECT_FALSE(ids.may_contain(redelivered("q", "2")));
    auto other = redelivered("q", "1");
    other.request = "SetRelay";
    EXPECT_FALSE(ids.may_contain(other));
}

TEST_F(RecordedIdsTest, HasWhatWasSuperseded) {
    Record record(with_ids());
    const std::vector<Job> jobs = {pulse("a"), first_delivery("1")};
    record.supersede(jobs, nlohmann::json(1), now);
    EXPECT_TRUE(ids.may_contain(pulse("a")));
    EXPECT_TRUE(ids.may_contain(redelivered("q", "1")));
}

TEST_F(RecordedIdsTest, HasTheEntriesOfEarlierProcesses) {
    {
        Record earlier(options());
        carry_out(earlier, from("anna", "a"));
        carry_out(earlier, first_delivery("1"));
    }
    Record record(with_ids());
    record.open();
    EXPECT_TRUE(ids.may_contain(from("anna", "a")));
    EXPECT_FALSE(ids.may_contain(from("bert", "a")));
    EXPECT_TRUE(ids.may_contain(redelivered("q", "1")));
}

TEST_F(RecordedIdsTest, HasAnEntryOfAnyCallerForEach) {
    ids.add_hash(message_hash("a", any_caller));
    ids.set_complete(true);
    EXPECT_TRUE(ids.may_contain(pulse("a")));
    EXPECT_TRUE(ids.may_contain(from("anna", "a")));
    EXPECT_FALSE(ids.may_contain(from("anna", "b")));
}

TEST_F(RecordedIdsTest, AFirstDeliveryWithoutAMessageIdIsNeverContained) {
    EXPECT_FALSE(ids.may_contain(first_delivery("1")));
    Record record(with_ids());
    (void)record.begin(first_delivery("1"), now);
    EXPECT_FALSE(ids.may_contain(first_delivery("1")));
}

TEST_F(RecordedIdsTest, SafeStateIsNeverContained) {
    auto safe_state = pulse("s");
    safe_state.request = "SafeState";
    Record record(with_ids());
    (void)record.begin(safe_state, now);
    EXPECT_FALSE(ids.may_contain(safe_state));
}

TEST_F(RecordedIdsTest, EverythingMayBeRecordedWhileTheFileCannotBeRead) {
    Record record(with_ids());
    record.open();
    for (const auto* rest : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path() + rest);
    }
    overwrite(path(), std::string(8192, 'x'));
    EXPECT_EQ(error_of([&] { (void)record.find(pulse("a")); }).code(), Code::internal);
    EXPECT_TRUE(ids.may_contain(pulse("a")));
    std::filesystem::remove(path());
    EXPECT_FALSE(record.find(pulse("a")));
    EXPECT_FALSE(ids.may_contain(pulse("a")));
}

TEST_F(RecordedIdsTest, KeepsWhatIsContainedWhileTheFileIsOpenedAnew) {
    Record record(with_ids());
    carry_out(record, pulse("a"));
    record.open();
    EXPECT_TRUE(ids.may_contain(pulse("a")));
    EXPECT_FALSE(ids.may_contain(pulse("b")));
}

TEST_F(RecordedIdsTest, MistakesFewNewRequestsForRecordedOnes) {
    constexpr int count = 100'000;
    for (int number = 0; number < count; ++number) {
        ids.add(pulse(std::to_string(number)));
    }
    ids.set_complete(true);
    int mistaken = 0;
    for (int number = 0; number < count; ++number) {
        ASSERT_TRUE(ids.may_contain(pulse(std::to_string(number))));
        mistaken += ids.may_contain(pulse("new " + std::to_string(number))) ? 1 : 0;
    }
    EXPECT_LT(mistaken, count / 100);
}

TEST_F(RecordedIdsTest, AnotherThreadSeesWhatWasAddedBeforeItAsked) {
    constexpr int count = 20'000;
    ids.set_complete(true);
    std::atomic<int> added{0};
    std::jthread jig([&] {
        for (int number = 0; number < count; ++number) {
            ids.add(pulse(std::to_string(number)));
            added.store(number + 1);
        }
    });
    for (int known = 0; known < count;) {
        known = added.load();
        if (known > 0) {
            ASSERT_TRUE(ids.may_contain(pulse(std::to_string(known - 1))));
        }
    }
}

} // namespace
} // namespace jigd::record
