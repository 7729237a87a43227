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
    EXPECT_EQ(report.status, ExitStatus::failed);
    EXPECT_EQ(report.out, "");
    EXPECT_EQ(report.error, "J R: busy: m\n");
    const auto json = report_of(body, true);
    EXPECT_EQ(json.status, ExitStatus::failed);
    EXPECT_EQ(json.out, body + "\n");
    EXPECT_EQ(json.error, "");
}

TEST(ReportReply, OneOfManyIsOneLine) {
    const auto all = [](const std::string& body, bool json) {
        CallArguments call;
        call.serial = "_all";
        call.request = "R";
        call.json = json;
        return report_all_reply(call, client::parse_reply(body), {});
    };
    const std::string good =
        R"({"ok": true, "jig": "J1", "result": {"model": "M", "on": [1, 2], "why": "a b", "x": null}})";
    EXPECT_EQ(all(good, false).out, "J1: ok model=M on=[1,2] why=\"a b\" x=-\n");
    EXPECT_EQ(all(good, true).out, good + "\n");
    const auto error =
        all(R"({"ok": false, "jig": "J2", "error": {"code": "forbidden", "message": "m"}})", false);
    EXPECT_EQ(error.status, ExitStatus::failed);
    EXPECT_EQ(error.out, "J2: forbidden: m\n");
    EXPECT_EQ(all("hello", false).status, ExitStatus::failed);
}

TEST(RunCall, AFileThatCanNotBeReadIsNamedBeforeAnythingIsOpened) {
    CallArguments call;
    call.broker = "amqps://localhost:1";
    call.tls.ca_file = "/nonexistent/ca.pem";
    try {
        (void)run_call(call, "", {});
        FAIL() << "nothing was thrown";
    } catch (const UsageError& error) {
        EXPECT_STREQ(error.what(),
                     "the file /nonexistent/ca.pem (--ca-file or JIGCTL_CA_FILE) can't be read: "
                     "No such file or directory");
    }
}

TEST(ReportReply, JsonIsOneLine) {
    EXPECT_EQ(report_of("{\"ok\": true,\r\n\"z\": 1, \"a\": 2}", true).out,
              "{\"ok\":true,\"z\":1,\"a\":2}\n");
}

TEST(ReportReply, WhatIsNoEnvelopeIsShownAsItCameButTamedOnATerminal) {
    const std::string body = "door\x1b[2J\nopen";
    const auto report = report_of(body, false);
    EXPECT_EQ(report.status, ExitStatus::failed);
    EXPECT_EQ(report.out, body + "\n");
    EXPECT_EQ(report.error, "J R: bad_reply: the answer is not a reply of jigd: it is not JSON\n");
    EXPECT_EQ(report_of(body, false, true).out, "door\\x1b[2J\nopen\n");
    const auto json = nlohmann::json::parse(report_of(body, true).out);
    EXPECT_EQ(json["error"]["code"], "bad_reply");
    EXPECT_EQ(json["error"]["answer"], body);
}

} // namespace
} // namespace jigd::jigctl
