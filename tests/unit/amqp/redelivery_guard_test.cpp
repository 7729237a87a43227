#include "amqp/redelivery_guard.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TimePoint start{std::chrono::hours(1)};
constexpr seconds ttl{60};

class RedeliveryGuardTest : public ::testing::Test {
  protected:
    Delivery delivery(const std::string& request, bool redelivered) {
        Delivery made;
        made.ticket = {.generation = 1, .delivery_tag = ++last_tag};
        made.routing_key = "JIG-0001.Req." + request;
        made.redelivered = redelivered;
        made.properties.correlation_id = request;
        made.body = R"({"channel": 1})";
        made.body_size = made.body.size();
        made.received = start;
        return made;
    }
    void activate(std::vector<std::string> found = {}) {
        guard.activate(std::move(found), [this](const auto& names) { stored.push_back(names); });
    }
    /// Its request when it passes or is released at once, with " refused"; else "".
    std::string take(const Delivery& made) {
        if (guard.passes(made, now)) {
            return made.properties.correlation_id.value();
        }
        guard.hold(made, made.received + seconds(10));
        return next();
    }
    std::string next() {
        auto released = guard.next();
        if (!released) {
            return "";
        }
        last = std::move(released->delivery);
        return last.properties.correlation_id.value() + (released->refused ? " refused" : "") +
               (last.superseded ? " superseded" : "");
    }

    TimePoint now = start;
    std::uint64_t last_tag = 0;
    std::vector<std::vector<std::string>> stored;
    Delivery last;
    RedeliveryGuard guard;
};

TEST_F(RedeliveryGuardTest, AfterAnOrderlyStopAllPassAndNothingIsStored) {
    EXPECT_EQ(take(delivery("A", true)), "A");
    EXPECT_EQ(take(delivery("B", true)), "B");
    EXPECT_EQ(take(delivery("C", false)), "C");
    EXPECT_THAT(stored, IsEmpty());
}

TEST_F(RedeliveryGuardTest, RedeliveredOnesAreTakenOneAtATimeAndStoredBefore) {
    activate();
    const auto a = delivery("A", true);
    const auto b = delivery("B", true);
    EXPECT_EQ(take(a), "A");
    EXPECT_THAT(stored, ElementsAre(ElementsAre(fingerprint(a))));
    EXPECT_EQ(take(b), "");
    guard.on_answered(delivery("X", false).ticket);
    EXPECT_EQ(next(), "") << "the answer was another one's";
    guard.on_answered(a.ticket);
    EXPECT_EQ(next(), "B");
    guard.on_answered(b.ticket);
    EXPECT_THAT(stored,
                ElementsAre(ElementsAre(fingerprint(a)), IsEmpty(), ElementsAre(fingerprint(b)), IsEmpty()));
}

TEST_F(RedeliveryGuardTest, WhatIsBehindARedeliveredOneKeepsItsOrderAndTimeOfArrival) {
    activate();
    const auto a = delivery("A", true);
    EXPECT_EQ(take(a), "A");
    EXPECT_EQ(take(delivery("B", false)), "");
    EXPECT_EQ(take(delivery("C", false)), "");
    guard.on_answered(a.ticket);
    EXPECT_EQ(next(), "B");
    EXPECT_EQ(last.received, start);
    EXPECT_EQ(next(), "C");
    EXPECT_EQ(take(delivery("D", false)), "D");
    EXPECT_THAT(stored, SizeIs(2));
}

TEST_F(RedeliveryGuardTest, WhatWasUnderWayAtTwoEndsIsRefusedAndTheNextIsTaken) {
    const auto a = delivery("A", true);
    const auto b = delivery("B", true);
    activate({fingerprint(a)});
    EXPECT_EQ(take(a), "A refused");
    EXPECT_EQ(take(b), "B");
    EXPECT_THAT(stored, ElementsAre(ElementsAre(fingerprint(a), fingerprint(b))))
        << "A's acknowledgement may not have reached the broker";
}

TEST_F(RedeliveryGuardTest, ANewRequestThatIsLikeARefusedOneIsTaken) {
    const auto a = delivery("A", false);
    activate({fingerprint(a)});
    EXPECT_EQ(take(a), "A");
}

TEST_F(RedeliveryGuardTest, SafeStateAndTheDaemonsOwnRequestsPassAtOnce) {
    activate();
    EXPECT_EQ(take(delivery("A", true)), "A");
    EXPECT_EQ(take(delivery("B", false)), "");
    for (const std::string name : {"SafeState", "JigHealth", "JigIdentity", "JigCapabilities", "JigTrace"}) {
        EXPECT_EQ(take(delivery(name, false)), name);
        EXPECT_EQ(take(delivery(name, true)), "") << "it may be the one that ended the process";
    }
}

TEST_F(RedeliveryGuardTest, ASafeStateThatPassesSupersedesWhatIsHeld) {
    activate();
    const auto a = delivery("A", true);
    EXPECT_EQ(take(a), "A");
    EXPECT_EQ(take(delivery("B", false)), "");
    EXPECT_EQ(take(delivery("C", true)), "");
    EXPECT_EQ(take(delivery("SafeState", false)), "SafeState");
    EXPECT_EQ(take(delivery("D", false)), "");
    guard.on_answered(a.ticket);
    EXPECT_EQ(next(), "B superseded");
    EXPECT_EQ(next(), "C superseded");
    guard.on_answered(last.ticket);
    EXPECT_EQ(next(), "D");
}

TEST_F(RedeliveryGuardTest, ARedeliveredSafeStateComesFirstOfThoseThatAreHeld) {
    activate();
    const auto a = delivery("A", true);
    EXPECT_EQ(take(a), "A");
    EXPECT_EQ(take(delivery("B", false)), "");
    EXPECT_EQ(take(delivery("SafeState", true)), "");
    guard.on_answered(a.ticket);
    EXPECT_EQ(next(), "SafeState");
    guard.on_answered(last.ticket);
    EXPECT_EQ(next(), "B superseded");
}

TEST_F(RedeliveryGuardTest, WhatIsHeldForAsLongAsItsCallerWaitsIsHandedBack) {
    activate();
    EXPECT_EQ(guard.next_due(), TimePoint::max());
    EXPECT_EQ(take(delivery("A", true)), "A");
    EXPECT_EQ(take(delivery("B", true)), "");
    EXPECT_EQ(guard.next_due(), start + seconds(10));
    EXPECT_THAT(guard.take_overdue(start + seconds(9)), IsEmpty());
    const auto overdue = guard.take_overdue(start + seconds(10));
    ASSERT_THAT(overdue, SizeIs(1));
    EXPECT_EQ(overdue[0].properties.correlation_id, "B");
    EXPECT_EQ(guard.next_due(), TimePoint::max());
}

TEST_F(RedeliveryGuardTest, ALostConnectionTakesAlongWhatItHadDelivered) {
    activate();
    EXPECT_EQ(take(delivery("A", true)), "A");
    EXPECT_EQ(take(delivery("B", true)), "");
    EXPECT_TRUE(guard.holds_redelivery());
    guard.on_connection_lost();
    EXPECT_FALSE(guard.holds_redelivery());
    EXPECT_EQ(next(), "");
    EXPECT_EQ(take(delivery("A", true)), "A");
}

TEST_F(RedeliveryGuardTest, WhatASafeStateSupersededIsSupersededAlsoAfterALostConnection) {
    activate();
    const auto a = delivery("A", true);
    EXPECT_EQ(take(a), "A");
    auto b = delivery("B", false);
    EXPECT_EQ(take(b), "");
    EXPECT_EQ(take(delivery("SafeState", false)), "SafeState");
    guard.on_connection_lost();
    EXPECT_EQ(take(delivery("B", false)), "B") << "asked anew";
    b.redelivered = true;
    EXPECT_EQ(take(b), "B superseded");
}

TEST_F(RedeliveryGuardTest, RemembersWhatWasSupersededForAsLongAsItMayBeDeliveredAgain) {
    activate();
    guard.on_serving(start, ttl);
    EXPECT_EQ(take(delivery("A", true)), "A");
    auto b = delivery("B", false);
    EXPECT_EQ(take(b), "");
    EXPECT_EQ(take(delivery("SafeState", false)), "SafeState");
    guard.on_connection_lost();
    now = start + ttl;
    guard.on_serving(now, ttl);
    EXPECT_EQ(take(delivery("C", false)), "C");
    EXPECT_TRUE(guard.active());
    now += ttl;
    EXPECT_EQ(take(delivery("D", false)), "D");
    EXPECT_FALSE(guard.active());
}

TEST_F(RedeliveryGuardTest, EndsWhenTheQueueHoldsNothingFromBeforeTheEnd) {
    const auto a = delivery("A", true);
    activate({fingerprint(a)});
    guard.on_serving(start, ttl);
    guard.on_serving(start + seconds(30), ttl);
    now = start + seconds(59);
    EXPECT_EQ(take(a), "A refused");
    now = start + ttl;
    EXPECT_EQ(take(a), "A");
    EXPECT_THAT(stored, ElementsAre(IsEmpty()));
    EXPECT_FALSE(guard.active());
}

TEST_F(RedeliveryGuardTest, DoesNotEndWhileARequestIsUnderWay) {
    activate();
    guard.on_serving(start, ttl);
    EXPECT_EQ(take(delivery("A", true)), "A");
    now = start + ttl;
    EXPECT_EQ(take(delivery("B", true)), "");
}

TEST(Fingerprint, IsThatOfTheRequestAndNotOfItsDelivery) {
    Delivery one;
    one.routing_key = "JIG-0001.Req.SetRelay";
    one.properties.reply_to = "a";
    one.properties.correlation_id = "b";
    one.properties.message_id = "c";
    one.body = "{}";
    auto other = one;
    other.ticket = {.generation = 7, .delivery_tag = 9};
    other.redelivered = true;
    other.received = start;
    EXPECT_EQ(fingerprint(one), fingerprint(other));
    EXPECT_THAT(fingerprint(one), SizeIs(16));

    for (const auto change : std::vector<void (*)(Delivery&)>{
             [](Delivery& each) { each.routing_key += "s"; }, [](Delivery& each) { each.body = "{} "; },
             [](Delivery& each) { each.properties.reply_to = "ab"; },
             [](Delivery& each) { each.properties.correlation_id = "c"; },
             [](Delivery& each) { each.properties.message_id.reset(); },
             [](Delivery& each) { each.body_size = 70'000; }}) {
        auto changed = one;
        change(changed);
        EXPECT_NE(fingerprint(changed), fingerprint(one));
    }
    auto moved = one;
    moved.properties.reply_to = "";
    moved.properties.correlation_id = "ab";
    EXPECT_NE(fingerprint(moved), fingerprint(one));
}

} // namespace
} // namespace jigd::amqp
