#include "jig/request_dispatcher.hpp"

#include "request_dispatcher_fixture.hpp"

namespace jigd::jig {
namespace {

using std::chrono::seconds;

using RequestDispatcherTest = RequestDispatcherFixture;

TEST_F(RequestDispatcherTest, HandsAGoodRequestToTheJigThread) {
    auto given = delivery("JIG-1.Req.SetLamp", R"({"on": true})");
    given.properties.expiration = "2500";
    given.properties.user_id = "tester";
    EXPECT_FALSE(dispatcher.on_delivery(given));
    const auto jobs = inbox.take_all();
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].request, "SetLamp");
    EXPECT_EQ(jobs[0].kind, Kind::set);
    EXPECT_EQ(jobs[0].params, (nlohmann::json{{"on", true}}));
    EXPECT_EQ(jobs[0].deadline.at, now + Milliseconds(2500));
    EXPECT_EQ(jobs[0].caller.user_id, "tester");
    EXPECT_EQ(jobs[0].correlation_id, given.properties.correlation_id);
}

TEST_F(RequestDispatcherTest, RefusesARoutingKeyThatIsNotItsOwn) {
    for (const auto* key :
         {"JIG-2.Req.GetLamp", "JIG-1.Evt.GetLamp", "JIG-1.Req.", "JIG-1.Req.a.b", "JIG-1", ""}) {
        EXPECT_EQ(refused(delivery(key)), Code::bad_request) << key;
    }
    EXPECT_TRUE(inbox.take_all().empty());
}

TEST_F(RequestDispatcherTest, ToEveryJigItAnswersWhatTheDaemonCanAnswerItself) {
    for (const auto* name : {"JigIdentity", "JigCapabilities", "JigHealth", "JigTrace"}) {
        const auto answer = dispatcher.on_delivery(delivery(std::string("_all.Req.") + name));
        ASSERT_TRUE(answer) << name;
        EXPECT_TRUE(std::holds_alternative<nlohmann::json>(answer->outcome)) << name;
        EXPECT_EQ(answer->request, name);
    }
    EXPECT_EQ(refused(delivery("_all.Req.JigHealth", R"({"a": 1})")), Code::bad_request);
}

TEST_F(RequestDispatcherTest, ToEveryJigNothingElseIsAnsweredNorQueued) {
    for (const auto* name : {"JigStatus", "GetLamp", "SetLamp", "Ring", "SafeState", "NoSuch"}) {
        EXPECT_EQ(refused(delivery(std::string("_all.Req.") + name)), Code::forbidden) << name;
        EXPECT_NE(message.find(std::string("ask the jig by its own serial, such as JIG-1.Req.") + name),
                  std::string::npos)
            << message;
    }
    EXPECT_EQ(refused(delivery("_all.Evt.JigHealth")), Code::bad_request);
    EXPECT_EQ(refused(delivery("_allx.Req.JigHealth")), Code::bad_request);
    EXPECT_TRUE(inbox.take_all().empty());
    EXPECT_EQ(dispatcher.next_overdue(), TimePoint::max());
}

TEST_F(RequestDispatcherTest, TheSameTagOfAnotherChannelIsAnotherRequest) {
    const auto one = delivery("JIG-1.Req.GetLamp");
    auto two = one;
    two.ticket.channel = 3;
    EXPECT_FALSE(dispatcher.on_delivery(one));
    EXPECT_FALSE(dispatcher.on_delivery(two));
    dispatcher.on_answered(one.ticket);
    EXPECT_NE(dispatcher.next_overdue(), TimePoint::max());
    dispatcher.on_answered(two.ticket);
    EXPECT_EQ(dispatcher.next_overdue(), TimePoint::max());
}

TEST_F(RequestDispatcherTest, AnUnknownRequestNamesTheNearestAndAll) {
    EXPECT_EQ(refused(delivery("JIG-1.Req.GetLmp")), Code::unknown_request);
    EXPECT_NE(message.find("did you mean 'GetLamp'?"), std::string::npos) << message;
    EXPECT_NE(message.find("It serves GetLamp, JigCapabilities"), std::string::npos) << message;
}

TEST_F(RequestDispatcherTest, ABadExpirationIsTheCallersMistake) {
    for (const auto* text : {"abc", "", "-1", "1.5", "10 "}) {
        auto given = delivery("JIG-1.Req.GetLamp");
        given.properties.expiration = text;
        EXPECT_EQ(refused(given), Code::bad_request) << text;
    }
}

TEST(ParseExpiration, TakesWhatTheBrokerLetsPass) {
    EXPECT_EQ(parse_expiration(std::nullopt, seconds(60)), std::nullopt);
    EXPECT_EQ(parse_expiration("+5", seconds(60)), Milliseconds(5));
    EXPECT_EQ(parse_expiration("4294967296", seconds(60)), seconds(60));
    EXPECT_EQ(parse_expiration("99999999999999999999999", seconds(60)), seconds(60));
}

TEST_F(RequestDispatcherTest, ZeroExpirationIsExpiredOnArrival) {
    auto given = delivery("JIG-1.Req.SetLamp", R"({"on": true})");
    given.properties.expiration = "0";
    EXPECT_EQ(refused(given), Code::expired);
    EXPECT_TRUE(inbox.take_all().empty());
}

TEST_F(RequestDispatcherTest, AnOversizedBodyIsRefusedByItsAnnouncedSize) {
    auto given = delivery("JIG-1.Req.GetLamp", "");
    given.oversized = true;
    given.body_size = 10'000'000;
    EXPECT_EQ(refused(given), Code::bad_request);
    EXPECT_NE(message.find("10000000"), std::string::npos);
}

TEST_F(RequestDispatcherTest, WhatWasDeliveredBeforeIsMarkedForTheRecord) {
    auto given = delivery("JIG-1.Req.SetLamp", R"({"on": true})");
    given.redelivered = true;
    given.properties.message_id = "m-1";
    EXPECT_FALSE(dispatcher.on_delivery(given));
    const auto job = inbox.take_all().front();
    EXPECT_TRUE(job.redelivered);
    EXPECT_EQ(job.message_id, "m-1");
}

TEST_F(RequestDispatcherTest, AnEmptyMessageIdIsNone) {
    auto given = delivery("JIG-1.Req.SetLamp", R"({"on": true})");
    given.properties.message_id = "";
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_FALSE(inbox.take_all().front().message_id);
}

TEST_F(RequestDispatcherTest, SafeStateComesFromTheProfileAndTakesNoParameters) {
    EXPECT_FALSE(dispatcher.on_delivery(delivery("JIG-1.Req.SafeState")));
    EXPECT_EQ(inbox.take_all().front().kind, Kind::set);
    EXPECT_EQ(refused(delivery("JIG-1.Req.SafeState", R"({"a": 1})")), Code::bad_request);
}

TEST_F(RequestDispatcherTest, HealthIdentityAndCapabilitiesNeedNoJig) {
    status.set_identity({.model = "LAMP", .serial = "JIG-1", .firmware = std::nullopt, .verified = true});
    EXPECT_EQ(result("JigHealth")["status"], "degraded");
    EXPECT_EQ(result("JigHealth")["queue"], 0);
    EXPECT_EQ(result("JigIdentity")["model"], "LAMP");
    EXPECT_TRUE(result("JigIdentity")["firmware"].is_null());
    const auto requests = result("JigCapabilities")["requests"];
    EXPECT_EQ(requests["Ring"]["kind"], "pulse");
    EXPECT_EQ(requests["SetLamp"]["params"]["properties"]["on"]["type"], "boolean");
    EXPECT_TRUE(requests.contains("SafeState"));
    EXPECT_TRUE(inbox.take_all().empty());
}

TEST_F(RequestDispatcherTest, TheTraceNeedsNoJig) {
    trace = {{"entries", {{{"at", "2026-01-31T10:32:00.000000Z"}, {"sent", "RING\n"}}}}, {"lost", 7}};
    EXPECT_EQ(result("JigTrace"), trace);
    EXPECT_EQ(result("JigCapabilities")["requests"]["JigTrace"]["kind"], "read");
    EXPECT_TRUE(inbox.take_all().empty());
    EXPECT_EQ(refused(request("JigTrace", R"({"a": 1})")), Code::bad_request);
    EXPECT_EQ(refused(request("JigTrac")), Code::unknown_request);
    EXPECT_NE(message.find("did you mean 'JigTrace'?"), std::string::npos) << message;
}

} // namespace
} // namespace jigd::jig
