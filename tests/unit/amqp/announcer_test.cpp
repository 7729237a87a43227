#include "amqp/announcer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/url.hpp"
#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

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

class AnnouncerTest : public testing::Test {
  protected:
    bool is_forbidden_by(std::uint16_t code, const std::string& text) {
        return announcer_.is_forbidden_by({.channel = Channel::publish, .code = code, .text = text}, url_);
    }
    test::RecordedLog log;

  private:
    Mailbox<Announcement> announcements_{4, [] {}};
    Announcer announcer_{"JIG-1", false, announcements_, log.log()};
    Url url_ = parse_url("amqp://jigd:secret@broker.example/lab");
};

TEST_F(AnnouncerTest, ABrokerThatForbidsToAnnounceIsToldApartAndTheOperatorHearsHow) {
    EXPECT_TRUE(is_forbidden_by(
        403, "ACCESS_REFUSED - access to exchange 'amq.topic' in vhost 'lab' refused for user 'jigd'"));
    ASSERT_EQ(log.lines().size(), 1U);
    EXPECT_THAT(log.lines().front(), HasSubstr("events are not announced until jigd starts again"));
    EXPECT_THAT(log.lines().front(), HasSubstr("amq.topic"));
    EXPECT_THAT(log.lines().front(), testing::Not(HasSubstr("secret")));
}

TEST_F(AnnouncerTest, AnotherRefusalIsNotForAnAnnouncement) {
    EXPECT_FALSE(is_forbidden_by(
        403, "ACCESS_REFUSED - access to exchange 'amq.default' in vhost 'lab' refused for user 'jigd'"));
    EXPECT_FALSE(is_forbidden_by(404, "NOT_FOUND - no exchange 'amq.topic' in vhost 'lab'"));
    EXPECT_THAT(log.lines(), IsEmpty());
}

} // namespace
} // namespace jigd::amqp
