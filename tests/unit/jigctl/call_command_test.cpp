#include "jigctl/call_command.hpp"

#include <gtest/gtest.h>

namespace jigd::jigctl {
namespace {

Report report_of(const std::string& body, bool json, bool terminal = false) {
    CallArguments call;
    call.serial = "J";
    call.request = "R";
    call.json = json;
    return report_reply(call, client::parse_reply(body),
                        {.out = {}, .error = {}, .out_is_terminal = terminal});
}

TEST(ReportReply, AResult) {
    const auto report = report_of(R"({"ok": true, "result": {"b": 1, "a": 2}})", false);
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.out, "J R: ok\n  b  1\n  a  2\n");
    EXPECT_EQ(report.error, "");
}

TEST(ReportReply, AnErrorIsForStderrButForProgramsOnStdout) {
    const std::string body = R"({"ok": false, "error": {"code": "busy", "message": "m"}})";
    const auto report = report_of(body, false);
    EXPECT_EQ(report.status, ExitStatus::error_reply);
    EXPECT_EQ(report.out, "");
    EXPECT_EQ(report.error, "J R: busy: m\n");
    const auto json = report_of(body, true);
    EXPECT_EQ(json.status, ExitStatus::error_reply);
    EXPECT_EQ(json.out, body + "\n");
    EXPECT_EQ(json.error, "");
}

TEST(ReportReply, JsonIsOneLine) {
    EXPECT_EQ(report_of("{\"ok\": true,\r\n\"z\": 1, \"a\": 2}", true).out,
              "{\"ok\":true,\"z\":1,\"a\":2}\n");
}

TEST(ReportReply, WhatIsNoEnvelopeIsShownAsItCameButTamedOnATerminal) {
    const std::string body = "door\x1b[2J\nopen";
    const auto report = report_of(body, false);
    EXPECT_EQ(report.status, ExitStatus::error_reply);
    EXPECT_EQ(report.out, body + "\n");
    EXPECT_EQ(report.error, "J R: bad_reply: the answer is no reply of jigd: it is no JSON\n");
    EXPECT_EQ(report_of(body, false, true).out, "door\\x1b[2J\nopen\n");
    const auto json = nlohmann::json::parse(report_of(body, true).out);
    EXPECT_EQ(json["error"]["code"], "bad_reply");
    EXPECT_EQ(json["error"]["answer"], body);
}

} // namespace
} // namespace jigd::jigctl
