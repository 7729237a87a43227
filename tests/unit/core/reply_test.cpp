#include "core/reply.hpp"

#include <gtest/gtest.h>

namespace jigd {
namespace {

Code code_of(std::string_view body) {
    try {
        (void)decode_body(body);
    } catch (const Error& error) {
        return error.code();
    }
    return Code::internal;
}

TEST(DecodeBody, EmptyIsAnEmptyObject) {
    EXPECT_EQ(decode_body(""), nlohmann::json::object());
}

TEST(DecodeBody, RefusesWhatIsNoJsonObject) {
    for (const auto* body :
         {"{", "[]", "1", "null", "\"text\"", "{\"a\":}", "\xff\xfe", "{\"a\": \"\xc3\x28\"}"}) {
        EXPECT_EQ(code_of(body), Code::bad_request) << body;
    }
}

TEST(DecodeBody, RefusesDeepNestingWithoutRecursion) {
    std::string body = "{\"a\":";
    body.append(100'000, '[');
    body.append(100'000, ']');
    body += "}";
    EXPECT_EQ(code_of(body), Code::bad_request);
}

TEST(EncodeReply, ResultEnvelope) {
    const Outcome outcome = nlohmann::json{{"door", "closed"}};
    const auto reply = nlohmann::json::parse(
        encode_reply("JIG-0001", false, "JigStatus", outcome, std::chrono::microseconds(3140)));
    EXPECT_EQ(reply, (nlohmann::json{{"ok", true},
                                     {"jig", "JIG-0001"},
                                     {"request", "JigStatus"},
                                     {"result", {{"door", "closed"}}},
                                     {"duration_ms", 3.1}}));
}

TEST(EncodeReply, ErrorEnvelopeCarriesCodeAndDetails) {
    const Outcome outcome = Error(Code::jig_refused, "the board said no", Executed::no, {{"board_code", 13}});
    const auto reply = nlohmann::json::parse(encode_reply("J", true, "R", outcome, Duration::zero()));
    EXPECT_EQ(reply["ok"], false);
    EXPECT_EQ(reply["simulated"], true);
    EXPECT_EQ(reply["error"]["code"], "jig_refused");
    EXPECT_EQ(reply["error"]["executed"], "no");
    EXPECT_EQ(reply["error"]["retryable"], false);
    EXPECT_EQ(reply["error"]["board_code"], 13);
}

TEST(EncodeReply, BytesThatAreNoUtf8AreReplacedNotThrown) {
    const Outcome outcome = nlohmann::json{{"text", "\xff"}};
    EXPECT_NE(encode_reply("J", false, "R", outcome, Duration::zero()).find("\xef\xbf\xbd"),
              std::string::npos);
}

TEST(Kind, IsReadAsItIsSpelled) {
    for (const auto kind : {Kind::read, Kind::set, Kind::pulse}) {
        EXPECT_EQ(kind_from(to_string(kind)), kind);
    }
    EXPECT_FALSE(kind_from("push"));
}

} // namespace
} // namespace jigd
