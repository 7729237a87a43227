#include <algorithm>

#include <gtest/gtest.h>

#include "request_dispatcher_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;

/// What waits for the jig, and what its callers are told of it.
using RequestWaitingTest = RequestDispatcherFixture;

TEST_F(RequestWaitingTest, MoreThanMayWaitAreBusyAtOnceAndTheOthersAreKept) {
    for (int count = 0; count < 3; ++count) {
        EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
    }
    const auto busy = refusal(ring("m"));
    EXPECT_EQ(busy.code(), Code::busy);
    EXPECT_EQ(busy.executed(), Executed::no);
    EXPECT_EQ(inbox.take_all().size(), 3U);
}

TEST_F(RequestWaitingTest, TheRunningRequestIsOneOfThoseThatWait) {
    const auto first = request("GetLamp");
    EXPECT_FALSE(dispatcher.on_delivery(first));
    EXPECT_TRUE(inbox.take_all().front().claim.take());
    EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
    EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
    EXPECT_EQ(refused(request("GetLamp")), Code::busy);
    dispatcher.on_answered(first.ticket);
    EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
}

TEST_F(RequestWaitingTest, MoreBytesThanMayWaitAreBusyAtOnce) {
    const std::string long_body = R"({"on": true})" + std::string(60, ' ');
    const auto first = request("SetLamp", long_body);
    EXPECT_FALSE(dispatcher.on_delivery(first));
    EXPECT_EQ(refused(request("SetLamp", long_body)), Code::busy);
    EXPECT_FALSE(dispatcher.on_delivery(request("Ring"))) << "a short one still fits";
    dispatcher.on_answered(first.ticket);
    EXPECT_FALSE(dispatcher.on_delivery(request("SetLamp", long_body))) << "what is answered takes no place";
}

TEST_F(RequestWaitingTest, BytesOfWhatWasWithdrawnOrGaveUpTakeNoPlace) {
    const std::string long_body = R"({"on": true})" + std::string(60, ' ');
    EXPECT_FALSE(dispatcher.on_delivery(request("SetLamp", long_body)));
    EXPECT_EQ(overdue().code(), Code::jig_offline);
    EXPECT_FALSE(dispatcher.on_delivery(request("SetLamp", long_body)));
    EXPECT_TRUE(dispatcher.on_connection_lost(1).empty());
    EXPECT_FALSE(dispatcher.on_delivery(request("SetLamp", long_body)));
}

TEST_F(RequestWaitingTest, SafeStateAndWhatTheDaemonAnswersAreNeverBusy) {
    for (int count = 0; count < 3; ++count) {
        EXPECT_FALSE(dispatcher.on_delivery(request("Ring")));
    }
    EXPECT_FALSE(dispatcher.on_delivery(request("SafeState")));
    EXPECT_FALSE(dispatcher.on_delivery(request("SafeState")));
    EXPECT_EQ(inbox.take_all().size(), 5U);
    EXPECT_EQ(result("JigHealth")["queue"], 5);
    EXPECT_EQ(result("JigIdentity")["profile"], "board");
    EXPECT_TRUE(result("JigCapabilities").contains("requests"));
}

TEST_F(RequestWaitingTest, SafeStateHasAPlaceInAFullInbox) {
    while (inbox.push(Job{})) {
    }
    EXPECT_EQ(refused(request("GetLamp")), Code::busy);
    const auto full = inbox.size();
    EXPECT_FALSE(dispatcher.on_delivery(request("SafeState")));
    EXPECT_EQ(inbox.size(), full + 1);
}

TEST_F(RequestWaitingTest, ARepeatOfWhatTheRecordMayHoldIsNotToldThatItWasNotExecuted) {
    RequestHeader recorded;
    recorded.request = "Ring";
    recorded.kind = Kind::pulse;
    recorded.message_id = "old";
    recorded_ids.add(recorded);
    EXPECT_FALSE(dispatcher.on_delivery(ring("old")));
    EXPECT_EQ(overdue().executed(), Executed::unknown);
    EXPECT_FALSE(dispatcher.on_delivery(ring("new")));
    EXPECT_EQ(overdue().executed(), Executed::no);
    EXPECT_FALSE(dispatcher.on_delivery(ring({})));
    EXPECT_EQ(overdue().executed(), Executed::no);
}

TEST_F(RequestWaitingTest, ARedeliveryWithoutAnIdThatTheRecordMayHoldIsUnknown) {
    auto first = ring({}, true);
    EXPECT_FALSE(dispatcher.on_delivery(first));
    const auto job = inbox.take_all().front();
    EXPECT_EQ(overdue().executed(), Executed::no);
    recorded_ids.add(job);
    EXPECT_FALSE(dispatcher.on_delivery(first));
    EXPECT_EQ(overdue().executed(), Executed::unknown);
    first.redelivered = false;
    EXPECT_FALSE(dispatcher.on_delivery(first));
    EXPECT_EQ(overdue().executed(), Executed::no) << "a client that starts counting anew";
}

TEST_F(RequestWaitingTest, WhileTheRecordCanNotBeReadEachRepeatIsUnknown) {
    recorded_ids.set_complete(false);
    EXPECT_FALSE(dispatcher.on_delivery(ring("any")));
    EXPECT_EQ(overdue().executed(), Executed::unknown);
}

TEST_F(RequestWaitingTest, ARepeatOfWhatStillWaitsHereIsUnknown) {
    auto first = ring("m");
    first.properties.expiration = "500000";
    EXPECT_FALSE(dispatcher.on_delivery(first));
    EXPECT_FALSE(dispatcher.on_delivery(ring("m")));
    EXPECT_EQ(overdue().executed(), Executed::unknown) << "the first delivery may still be carried out";
    EXPECT_FALSE(dispatcher.on_delivery(ring("other")));
    EXPECT_EQ(overdue().executed(), Executed::no);
}

TEST_F(RequestWaitingTest, ARepeatThatFindsNoPlaceIsUnknownToo) {
    EXPECT_FALSE(dispatcher.on_delivery(ring("m")));
    EXPECT_FALSE(dispatcher.on_delivery(ring("n")));
    EXPECT_FALSE(dispatcher.on_delivery(ring("o")));
    EXPECT_EQ(refusal(ring("m")).executed(), Executed::unknown);
    EXPECT_EQ(refusal(ring("p")).executed(), Executed::no);
}

TEST_F(RequestWaitingTest, WhatAnotherDaemonMayHaveStartedIsUnknown) {
    auto given = ring("m", true);
    given.maybe_started_elsewhere = true;
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_EQ(overdue().executed(), Executed::unknown);
}

TEST_F(RequestWaitingTest, AReadIsNeverUnknown) {
    recorded_ids.set_complete(false);
    auto given = request("GetLamp");
    given.properties.message_id = "m";
    given.redelivered = true;
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_EQ(overdue().executed(), Executed::no);
}

TEST_F(RequestWaitingTest, CallersOfADeadLinkHearWhy) {
    struct Row {
        LinkState state;
        Code code;
    };
    for (const auto& row :
         {Row{LinkState::absent, Code::jig_offline}, Row{LinkState::busy_elsewhere, Code::jig_offline},
          Row{LinkState::opening, Code::jig_offline}, Row{LinkState::suspect, Code::jig_timeout},
          Row{LinkState::mismatch, Code::jig_mismatch}, Row{LinkState::online, Code::busy},
          Row{LinkState::settling, Code::busy}, Row{LinkState::identifying, Code::jig_timeout}}) {
        (void)status.set_link({.state = row.state, .reason = "no reply to 'ID?' since 10:32:04"});
        EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
        const auto error = overdue();
        EXPECT_EQ(error.code(), row.code) << to_string(row.state);
        EXPECT_EQ(error.executed(), Executed::no);
        const bool says_why =
            std::string(error.what()).find("no reply to 'ID?' since 10:32:04") != std::string::npos;
        EXPECT_EQ(says_why, row.code != Code::busy) << error.what();
    }
}

TEST_F(RequestWaitingTest, WhatGaveUpIsWithdrawnAnsweredOnceAndGone) {
    auto given = request("GetLamp");
    given.properties.expiration = "1000";
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_EQ(result("JigHealth")["queue"], 1);
    EXPECT_EQ(dispatcher.next_overdue(), now + 900ms);
    EXPECT_TRUE(dispatcher.overdue(now + 899ms).empty());
    const auto answers = dispatcher.overdue(now + 900ms);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].ticket.delivery_tag, given.ticket.delivery_tag);
    EXPECT_FALSE(inbox.take_all().front().claim.take()) << "the jig thread must not run it any more";
    EXPECT_TRUE(dispatcher.overdue(now + 100s).empty()) << "answered once";
    EXPECT_EQ(dispatcher.next_overdue(), TimePoint::max());
    EXPECT_EQ(result("JigHealth")["queue"], 0);
}

TEST_F(RequestWaitingTest, AJobThatTheJigHasStartedIsTheJigsToAnswer) {
    const auto given = request("GetLamp");
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_TRUE(inbox.take_all().front().claim.take());
    EXPECT_TRUE(dispatcher.overdue(now + 100s).empty());
    EXPECT_EQ(dispatcher.next_overdue(), TimePoint::max());
    EXPECT_EQ(result("JigHealth")["queue"], 1) << "it still waits for its answer";
    dispatcher.on_answered(given.ticket);
    EXPECT_EQ(result("JigHealth")["queue"], 0);
}

TEST_F(RequestWaitingTest, SafeStateIsNeverOverdue) {
    auto given = request("SafeState");
    given.properties.expiration = "1000";
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_EQ(dispatcher.next_overdue(), TimePoint::max());
    EXPECT_TRUE(dispatcher.overdue(now + 100s).empty());
    EXPECT_TRUE(inbox.take_all().front().claim.take());
}

TEST_F(RequestWaitingTest, WhatGivesUpBehindASafeStateIsSupersededSoThatItsCallerDoesNotRetry) {
    EXPECT_FALSE(dispatcher.on_delivery(request("Ring")));
    const auto safe = request("SafeState");
    EXPECT_FALSE(dispatcher.on_delivery(safe));
    const auto error = overdue();
    EXPECT_EQ(error.code(), Code::superseded);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_FALSE(error.retryable());
    EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
    EXPECT_EQ(overdue().code(), Code::jig_offline) << "a read is not overtaken";
    now += 1s;
    EXPECT_FALSE(dispatcher.on_delivery(request("Ring")));
    EXPECT_EQ(overdue().code(), Code::jig_offline) << "nor is what arrives after it";
    dispatcher.on_answered(safe.ticket);
    const auto given = inbox.take_all();
    EXPECT_EQ(
        std::count_if(given.begin(), given.end(),
                      [](const Job& job) { return job.superseded && job.answered && job.claim.take(); }),
        1)
        << "to be written down by the jig thread, and not answered twice";
}

TEST_F(RequestWaitingTest, ASafeStateThatHasNoTimeAtAllIsCarriedOut) {
    auto given = request("SafeState");
    given.properties.expiration = "0";
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_EQ(inbox.take_all().size(), 1U);
}

TEST_F(RequestWaitingTest, ALostConnectionWithdrawsWhatTheBrokerDeliversAgainButNoSafeState) {
    EXPECT_FALSE(dispatcher.on_delivery(request("GetLamp")));
    EXPECT_FALSE(dispatcher.on_delivery(request("SafeState")));
    const auto running = request("Ring");
    EXPECT_FALSE(dispatcher.on_delivery(running));
    const auto jobs = inbox.take_all();
    EXPECT_TRUE(jobs[2].claim.take());
    EXPECT_EQ(dispatcher.on_connection_lost(1), std::vector<Ticket>{running.ticket});
    EXPECT_FALSE(jobs[0].claim.take());
    EXPECT_TRUE(jobs[1].claim.take());
    EXPECT_TRUE(dispatcher.overdue(now + 100s).empty());
    EXPECT_EQ(result("JigHealth")["queue"], 1) << "the one that runs";
    dispatcher.on_answered(running.ticket);
    EXPECT_EQ(result("JigHealth")["queue"], 0);
}

TEST_F(RequestWaitingTest, ALostConnectionLeavesWhatASafeStateOvertookToTheRecord) {
    auto given = ring("m");
    given.superseded = true;
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_EQ(dispatcher.on_connection_lost(1), std::vector<Ticket>{given.ticket});
    EXPECT_TRUE(inbox.take_all().front().claim.take()) << "else its redelivery would run";
}

TEST_F(RequestWaitingTest, ARepeatOfWhatTheLostConnectionLeftRunningIsNotDenied) {
    auto running = request("Ring");
    running.properties.message_id = "m";
    EXPECT_FALSE(dispatcher.on_delivery(running));
    EXPECT_TRUE(inbox.take_all().front().claim.take());
    EXPECT_EQ(dispatcher.on_connection_lost(1), std::vector<Ticket>{running.ticket});
    auto again = request("Ring");
    again.ticket.generation = 2;
    again.properties.message_id = "m";
    EXPECT_FALSE(dispatcher.on_delivery(again));
    EXPECT_EQ(overdue().executed(), Executed::unknown);
}

TEST_F(RequestWaitingTest, AnotherConnectionsRequestsStay) {
    auto given = request("GetLamp");
    given.ticket.generation = 2;
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_TRUE(dispatcher.on_connection_lost(1).empty());
    EXPECT_EQ(dispatcher.overdue(now + 100s).size(), 1U);
}

TEST_F(RequestWaitingTest, WhatIsTurnedAwayUndecodedIsAnsweredHereWhereItWasNeverStarted) {
    const Error refusal{Code::internal, "it was under way at two ends"};
    for (auto damaged : {ring("m"), request("GetLamp")}) {
        damaged.body = "{{{";
        const auto answer = dispatcher.refuse(damaged, refusal);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->ticket.delivery_tag, damaged.ticket.delivery_tag);
        EXPECT_STREQ(std::get<Error>(answer->outcome).what(), refusal.what());
        EXPECT_EQ(std::get<Error>(answer->outcome).executed(), Executed::no);
        EXPECT_EQ(answer->deadline.at, now + 10s);
    }
    EXPECT_TRUE(inbox.take_all().empty());
}

TEST_F(RequestWaitingTest, WhatIsTurnedAwayUndecodedAndMayHaveBeenStartedIsLookedUpByTheJigThread) {
    const Error refusal{Code::internal, "it was under way at two ends"};
    recorded_ids.set_complete(false);
    auto damaged = ring("m", true);
    damaged.body = "{{{";
    EXPECT_FALSE(dispatcher.refuse(damaged, refusal));
    const auto job = inbox.take_all().front();
    EXPECT_EQ(job.request, "Ring");
    EXPECT_EQ(job.kind, Kind::pulse);
    EXPECT_EQ(job.message_id, "m");
    ASSERT_TRUE(job.refusal);
    EXPECT_STREQ(job.refusal->what(), refusal.what());
    EXPECT_EQ(result("JigHealth")["queue"], 1);
    (void)dispatcher.on_delivery(request("GetLamp"));
    (void)dispatcher.on_delivery(request("GetLamp"));
    const auto answer = dispatcher.refuse(damaged, refusal);
    ASSERT_TRUE(answer) << "there is no place left";
    EXPECT_EQ(std::get<Error>(answer->outcome).executed(), Executed::unknown);
}

TEST_F(RequestWaitingTest, AReplyIsDueByThePropertiesAlone) {
    auto given = request("GetLamp");
    given.body = "{{{";
    EXPECT_EQ(dispatcher.reply_due(given), now + 10s - 100ms) << "the default";
    given.properties.expiration = "500";
    EXPECT_EQ(dispatcher.reply_due(given), now + 450ms);
    given.properties.expiration = "soon";
    EXPECT_EQ(dispatcher.reply_due(given), now + 10s - 100ms);
    given.properties.expiration = "99999999999";
    EXPECT_EQ(dispatcher.reply_due(given), now + 10min - 100ms);
}

TEST_F(RequestWaitingTest, ASafeStateIsNeverDueWhateverItsCallersTimeout) {
    auto given = request("SafeState");
    EXPECT_EQ(dispatcher.reply_due(given), TimePoint::max());
    given.properties.expiration = "0";
    EXPECT_EQ(dispatcher.reply_due(given), TimePoint::max());
}

TEST_F(RequestWaitingTest, ASafeStateThatIsTurnedAwayUndecodedIsAnsweredHereAndNotRun) {
    const Error refusal{Code::internal, "it was under way at two ends"};
    auto given = request("SafeState");
    for (const bool redelivered : {false, true}) {
        given.redelivered = redelivered;
        const auto answer = dispatcher.refuse(given, refusal);
        ASSERT_TRUE(answer);
        EXPECT_EQ(std::get<Error>(answer->outcome).executed(),
                  redelivered ? Executed::unknown : Executed::no);
    }
    EXPECT_TRUE(inbox.take_all().empty());
}

TEST_F(RequestWaitingTest, WhatASafeStateOvertookOnItsWayIsMarkedForTheJig) {
    auto given = ring("m");
    given.superseded = true;
    EXPECT_FALSE(dispatcher.on_delivery(given));
    EXPECT_TRUE(inbox.take_all().front().superseded);
}

} // namespace
} // namespace jigd::jig
