#include "client/reply.hpp"

#include <gtest/gtest.h>

namespace jigd::client {
namespace {

TEST(ParseReply, AResult) {
    const auto reply = parse_reply(R"({"ok": true, "jig": "J", "result": {"door": "open"}})");
    EXPECT_TRUE(reply.ok);
    EXPECT_EQ(reply.defect, "");
    EXPECT_EQ(reply.result, (nlohmann::json{{"door", "open"}}));
    EXPECT_TRUE(reply.error.is_null());
    EXPECT_FALSE(reply.simulated);
    EXPECT_EQ(reply.body, R"({"ok": true, "jig": "J", "result": {"door": "open"}})");
}

TEST(ParseReply, AnError) {
    const auto reply = parse_reply(R"({"ok": false, "simulated": true, "error": {"code": "busy"}})");
    EXPECT_FALSE(reply.ok);
    EXPECT_EQ(reply.defect, "");
    EXPECT_EQ(reply.error["code"], "busy");
    EXPECT_TRUE(reply.result.is_null());
    EXPECT_TRUE(reply.simulated);
}

TEST(ParseReply, WhatIsNoEnvelopeHasADefectAndKeepsItsBody) {
    for (const auto* body :
         {"", "OK", "{", "[]", "17", "null", "{}", R"({"ok": "yes"})", "\xff\xfe", R"({"door": "open"})"}) {
        const auto reply = parse_reply(body);
        EXPECT_FALSE(reply.ok) << body;
        EXPECT_NE(reply.defect, "") << body;
        EXPECT_EQ(reply.body, body);
    }
}

TEST(ParseReply, DeepNestingIsADefectNotACrash) {
    std::string body = R"({"ok": true, "result": )";
    body.append(100'000, '[');
    body.append(100'000, ']');
    body += "}";
    const auto reply = parse_reply(body);
    EXPECT_FALSE(reply.ok);
    EXPECT_EQ(reply.defect, "it is nested deeper than 64 levels");
}

TEST(OversizedReply, SaysHowLongItWas) {
    EXPECT_NE(oversized_reply(2'000'000, 1'048'576).defect.find("2000000"), std::string::npos);
}

} // namespace
} // namespace jigd::client
