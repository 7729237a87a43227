#include "amqp/announcer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/url.hpp"
#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const Announcement door{
    .name = "DoorChanged",
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
    const Announcement event{.name = "Said", .values = {{"text", "a\xff\xfe z"}}, .at = {}};
    EXPECT_EQ(json::parse(encode_event("JIG-1", false, event))["values"]["text"], "a\uFFFD\uFFFD z");
}

TEST(Announcer, TheOperatorHearsOnceThatItMayNotAnnounceAndHowToMendIt) {
    test::RecordedLog log;
    Mailbox<Announcement> announcements(4, [] {});
    Announcer announcer("JIG-1", false, announcements, log.log());
    const auto url = parse_url("amqp://jigd:secret@broker.example/lab");
    const ChannelClosed closed{
        .channel = Channel::announce,
        .code = 403,
        .text = "ACCESS_REFUSED - access to exchange 'amq.topic' in vhost 'lab' refused for user 'jigd'"};
    announcer.on_closed(closed, url, TimePoint{});
    announcer.on_closed(closed, url, TimePoint{} + std::chrono::hours(1));
    ASSERT_EQ(log.lines().size(), 1U);
    EXPECT_THAT(log.lines().front(), HasSubstr("events are not announced"));
    EXPECT_THAT(log.lines().front(), HasSubstr("rabbitmqctl set_permissions"));
    EXPECT_THAT(log.lines().front(), HasSubstr("amq.topic"));
    EXPECT_THAT(log.lines().front(), testing::Not(HasSubstr("secret")));
}

} // namespace
} // namespace jigd::amqp
