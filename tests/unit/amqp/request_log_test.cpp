#include "amqp/request_log.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/utf8.hpp"
#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RequestLog : public ::testing::Test {
  protected:
    /// The line of a request of this kind that ended so.
    std::string line(Kind kind, Outcome outcome, ReplyFate fate = ReplyFate::taken) {
        Answer answer;
        answer.request = "PressButton";
        answer.kind = kind;
        answer.wire = wire;
        answer.caller = caller;
        answer.reply_to = reply_to;
        answer.outcome = std::move(outcome);
        write_request_log(recorded.log(), answer, Milliseconds(3), fate);
        return recorded.lines().back();
    }
    std::string level() const { return recorded.levels().back(); }

    std::string wire;
    Caller caller{};
    std::optional<std::string> reply_to{};
    test::RecordedLog recorded;
};

TEST_F(RequestLog, AnActuationSaysWhetherItWasExecuted) {
    for (const auto kind : {Kind::set, Kind::pulse}) {
        EXPECT_THAT(line(kind, nlohmann::json::object()), HasSubstr("EXECUTED=yes"));
        EXPECT_EQ(level(), "info");
        for (const auto executed : {Executed::no, Executed::unknown, Executed::yes}) {
            const auto word = std::string(to_string(executed));
            const auto failed = line(kind, Error(Code::jig_timeout, "no reply; check the power", executed));
            EXPECT_THAT(failed, HasSubstr("jig_timeout: no reply; check the power, executed: " + word));
            EXPECT_THAT(failed, HasSubstr("EXECUTED=" + word));
            EXPECT_EQ(level(), "warning");
        }
    }
}

TEST_F(RequestLog, ARefusedActuationIsAWarning) {
    EXPECT_THAT(line(Kind::set, Error(Code::bad_request, "no parameter 'chanel'")),
                HasSubstr("executed: no"));
    EXPECT_EQ(level(), "warning");
    (void)line(Kind::pulse, Error(Code::busy, "too many"), ReplyFate::returned);
    EXPECT_EQ(level(), "warning");
}

TEST_F(RequestLog, AReadSaysNothingOfIt) {
    EXPECT_THAT(line(Kind::read, Error(Code::jig_timeout, "no reply")), Not(HasSubstr("xecuted")));
    EXPECT_EQ(level(), "info");
    EXPECT_THAT(line(Kind::read, nlohmann::json::object()), Not(HasSubstr("EXECUTED")));
}

TEST_F(RequestLog, ARemedyIsNotTruncatedWhateverWentOverTheWire) {
    wire = std::string(100'000, 'x');
    const auto remedy = std::string(1'000, 'y') + "; check the cable";
    EXPECT_THAT(line(Kind::pulse, Error(Code::jig_protocol, remedy)),
                HasSubstr("; check the cable, executed"));
}

TEST_F(RequestLog, NoFieldCarriesWhatIsNotPrintable) {
    const std::string noise("\xff\0\xa5\xc3\xe1\xc2\x9b", 7);
    wire = noise;
    caller = {noise, noise};
    reply_to = noise;
    const auto written = line(Kind::pulse, Error(Code::jig_protocol, "\xa5\xc3\xe1\xc2\x9b"));
    EXPECT_TRUE(is_utf8(written));
    for (const std::string field : {"USER_ID", "APP_ID", "REPLY_TO", "WIRE"}) {
        EXPECT_THAT(written, HasSubstr(field + R"(=\xff\x00\xa5\xc3\xe1\xc2\x9b)"));
    }
    EXPECT_THAT(written, HasSubstr(R"(jig_protocol: \xa5\xc3\xe1\xc2\x9b)"));
}

} // namespace
} // namespace jigd::amqp
