#include "amqp/event_publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const Event door{.name = "DoorChanged",
                 .values = {{"door", "open"}},
                 .at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'769'855'520'123))};

TEST(EncodeEvent, SaysWhoseItIsWhatHappenedAndWhen) {
    EXPECT_EQ(json::parse(encode_event("JIG-1", false, door)), (json{{"jig", "JIG-1"},
                                                                     {"event", "DoorChanged"},
                                                                     {"at", "2026-01-31T10:32:00.123Z"},
                                                                     {"values", {{"door", "open"}}}}));
}

TEST(EncodeEvent, TheEventsOfASimulatedBoardSayThatTheyAre) {
    EXPECT_EQ(json::parse(encode_event("JIG-1", true, door))["simulated"], true);
}

TEST(EncodeEvent, BytesThatAreNoTextAreReplacedAndNotThrownAt) {
    const Event event{.name = "Said", .values = {{"text", "a\xff\xfe z"}}, .at = {}};
    EXPECT_EQ(json::parse(encode_event("JIG-1", false, event))["values"]["text"], "a\uFFFD\uFFFD z");
}

TEST(EventPublisher, TheOperatorHearsOnceThatItMayNotAnnounce) {
    test::RecordedLog log;
    Mailbox<Event> events(4, [] {});
    EventPublisher event_publisher("JIG-1", false, events, log.log());
    event_publisher.on_closed("may not write to amq.topic", TimePoint{});
    event_publisher.on_closed("may not write to amq.topic", TimePoint{} + std::chrono::hours(1));
    ASSERT_EQ(log.lines().size(), 1U);
    EXPECT_THAT(log.lines().front(), HasSubstr("events are not announced"));
    EXPECT_THAT(log.lines().front(), HasSubstr("amq.topic"));
}

} // namespace
} // namespace jigd::amqp
