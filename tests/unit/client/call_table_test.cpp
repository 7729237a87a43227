#include "client/call_table.hpp"

#include <gtest/gtest.h>

namespace jigd::client {
namespace {

using namespace std::chrono_literals;

const TimePoint start{};

Call call(Milliseconds timeout = 1000ms, std::string message_id = "m") {
    return {.serial = "JIG-0001",
            .request = "SetRelay",
            .message_id = std::move(message_id),
            .timeout = timeout,
            .started = start};
}

TEST(CallTable, AnAnswerCompletesItsCallOnce) {
    CallTable table;
    table.add("a", call());
    table.add("b", call());
    table.answered("b", parse_reply(R"({"ok": true, "result": 7})"));
    const auto completion = table.take();
    ASSERT_TRUE(completion);
    EXPECT_EQ(completion->id, "b");
    EXPECT_EQ(std::get<Reply>(completion->outcome).result, 7);
    EXPECT_EQ(table.in_flight(), 1U);
    EXPECT_FALSE(table.take());

    table.answered("b", parse_reply("{}"));
    EXPECT_FALSE(table.take());
    EXPECT_EQ(table.dropped(), 1U);
}

TEST(CallTable, ForeignAnswersAreDroppedAndCounted) {
    CallTable table;
    table.add("a", call());
    table.answered("", parse_reply("{}"));
    table.answered("x", parse_reply("{}"));
    EXPECT_EQ(table.dropped(), 2U);
    EXPECT_EQ(table.in_flight(), 1U);
}

TEST(CallTable, TimeoutsEndInTheOrderOfTheirDeadlines) {
    CallTable table;
    table.add("slow", call(300ms));
    table.add("fast", call(100ms, "message-1"));
    EXPECT_EQ(table.next_deadline().at, start + 100ms);

    table.expire(start + 99ms, "");
    EXPECT_FALSE(table.take());
    table.expire(start + 100ms, "; a remark");
    const auto completion = table.take();
    ASSERT_TRUE(completion);
    EXPECT_EQ(completion->id, "fast");
    const auto& error = std::get<NoAnswer>(completion->outcome);
    EXPECT_STREQ(error.what(), "no answer from JIG-0001 to SetRelay within 100 ms; a remark");
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(error.message_id(), "message-1");
    EXPECT_EQ(table.next_deadline().at, start + 300ms);

    table.answered("fast", parse_reply("{}"));
    EXPECT_EQ(table.dropped(), 1U);
}

TEST(CallTable, ManyAnswersCompleteOneCallUntilItsTimeout) {
    CallTable table;
    auto many = call(300ms);
    many.many = true;
    table.add("a", many);
    table.answered("a", parse_reply(R"({"ok": true, "result": 1})"));
    table.answered("a", parse_reply(R"({"ok": true, "result": 2})"));
    EXPECT_EQ(table.in_flight(), 1U);
    EXPECT_EQ(std::get<Reply>(table.take("a").value().outcome).result, 1);
    EXPECT_EQ(std::get<Reply>(table.take("a").value().outcome).result, 2);
    table.expire(start + 300ms, "");
    EXPECT_TRUE(std::holds_alternative<NoAnswer>(table.take("a").value().outcome));
    EXPECT_EQ(table.in_flight(), 0U);
    EXPECT_EQ(table.dropped(), 0U);
}

TEST(CallTable, AForgottenCallTakesItsAnswersAlong) {
    CallTable table;
    auto many = call(300ms);
    many.many = true;
    table.add("a", many);
    table.answered("a", parse_reply("{}"));
    table.forget("a");
    EXPECT_FALSE(table.take());
    EXPECT_EQ(table.in_flight(), 0U);
}

TEST(CallTable, AnUnservedRequestWasNotCarriedOut) {
    CallTable table;
    table.add("a", call());
    table.unserved("unknown");
    EXPECT_EQ(table.in_flight(), 1U);
    table.unserved("a");
    const auto completion = table.take();
    ASSERT_TRUE(completion);
    const auto& error = std::get<Unserved>(completion->outcome);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_STREQ(error.what(), "nobody serves JIG-0001: no queue takes JIG-0001.Req.SetRelay");
}

TEST(CallTable, ALostConnectionCompletesAll) {
    CallTable table;
    table.add("a", call(1000ms, "m-a"));
    table.add("b", call(2000ms, "m-b"));
    table.lost("the link died", Executed::unknown, false);
    EXPECT_EQ(table.in_flight(), 0U);
    EXPECT_EQ(table.next_deadline().at, TimePoint::max());
    for (const auto* id : {"a", "b"}) {
        const auto completion = table.take(id);
        ASSERT_TRUE(completion);
        const auto& error = std::get<Unreachable>(completion->outcome);
        EXPECT_EQ(error.executed(), Executed::unknown);
        EXPECT_EQ(error.message_id(), std::string("m-") + id);
        EXPECT_FALSE(error.refused());
    }
}

TEST(CallTable, TakeByIdLeavesTheOthers) {
    CallTable table;
    table.add("a", call());
    table.add("b", call());
    table.answered("a", parse_reply("{}"));
    EXPECT_FALSE(table.take("b"));
    table.answered("b", parse_reply("{}"));
    EXPECT_EQ(table.take("b")->id, "b");
    EXPECT_EQ(table.take()->id, "a");
}

TEST(CallTable, AForgottenCallNeverCompletes) {
    CallTable table;
    table.add("a", call());
    table.forget("a");
    table.expire(start + 1h, "");
    EXPECT_FALSE(table.take());
    EXPECT_EQ(table.in_flight(), 0U);
}

} // namespace
} // namespace jigd::client
