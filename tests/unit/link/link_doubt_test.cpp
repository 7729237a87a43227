#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "link/link.hpp"
#include "support/link_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::link {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* door_board = R"(
spec: 1
name: door
driver: line
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: "ID LAMP JIG-1 1.0"}
events:
  - name: DoorChanged
    match: '^!DOOR (?P<door>\w+)$'
    values: {door: {enum: [open, closed]}}
  - {name: Warm, match: '^!WARM (?P<warm>hot|cold)$', values: {warm: {enum: [hot, cold]}}}
noise: [{match: '^> $'}, {match: 'boot: ready', restart: true}]
requests:
  GetSupply:
    kind: read
    steps: [{send: "MV?", match: '^MV (?P<mv>\d+)$'}]
    result: {mv: {type: integer}}
  GetLamp:
    kind: read
    steps: [{send: "LAMP?", match: '^LAMP (?P<lamp>ON|OFF)$'}]
    result: {lamp: {type: boolean, text: "ON|OFF"}}
  SetLamp:
    kind: set
    params: {on: {type: boolean}}
    steps: [{send: "LAMP {on:ON|OFF}", match: '^OK$'}]
    sets: {lamp: "{on}"}
)";

const std::string who = "ID LAMP JIG-1 1.0\r\n";

std::string with_nul(std::string text) {
    return std::string(1, '\0') + std::move(text);
}

class LinkDoubt : public LinkFixture {
  protected:
    LinkDoubt() { profile = test::parse_profile(door_board, "door.yaml"); }

    /// Online, with a door that an event reported, a supply that was asked for and a lamp that was set.
    test::FakePort& make_known() {
        auto& port = make_online();
        port.say("!DOOR closed\r\n");
        link->listen();
        const auto& supply = *profile.find("GetSupply");
        values->observe(supply.result, {{"mv", 5012}}, json::object(), port.now());
        values->command(profile.find("SetLamp")->sets, {{"on", true}}, nlohmann::json::object(), port.now());
        unexpected.clear();
        events.clear();
        port.advance(10ms);
        return port;
    }
    const profile::Step& step() const { return profile.find("GetSupply")->steps.front(); }
    std::string known(const std::string& state) const {
        const auto value = values->find(profile::StateName(state));
        return value ? value->value.dump() + " " + std::string(to_string(value->source)) : "unknown";
    }
    bool is_distrusted(const std::string& state) const {
        return values->is_distrusted(values->find(profile::StateName(state)).value());
    }
};

TEST_F(LinkDoubt, AfterAGarbledEventWhatOnlyEventsAndCommandsSaidIsUnknown) {
    const std::vector<std::pair<std::string, std::string>> variants{
        {"dbg 12 !DOOR open\r\n", "dbg 12 !DOOR open"},
        {"!door open\r\n", "!door open"},
        {"!DOOR op", "!DOOR op"},
        {"\x1b[0m!DOOR open\r\n", "\\x1b[0m!DOOR open"},
        {"!DOOR open\n", "!DOOR open\\n"},
        {"!DOOR open \r\n", "!DOOR open "}};
    for (const auto& variant : variants) {
        SCOPED_TRACE(variant.second);
        auto& port = make_known();
        ASSERT_EQ(known("door"), "\"closed\" observed");
        ASSERT_EQ(known("lamp"), "true commanded");
        port.say(variant.first);
        port.expect("ID?\n").answer(who);
        (void)link->begin(step(), {}, in(port, 10s));
        EXPECT_EQ(known("door"), "unknown");
        EXPECT_EQ(known("lamp"), "unknown");
        EXPECT_EQ(known("mv"), "5012 observed");
        EXPECT_TRUE(is_distrusted("mv")) << "an interlock reads it again";
        EXPECT_THAT(unexpected, ElementsAre(testing::Pair(1U, variant.second)));
        EXPECT_THAT(events, IsEmpty());
    }
}

TEST_F(LinkDoubt, AnEventBehindANulIsThatEvent) {
    auto& port = make_known();
    port.say(with_nul("!DOOR open\r\n"));
    link->listen();
    EXPECT_EQ(events.size(), 1U);
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(known("lamp"), "true commanded");
    EXPECT_THAT(unexpected, IsEmpty());
}

TEST_F(LinkDoubt, AnEventWithAnImpossibleValueMakesAllThatWasNotAskedForUnknown) {
    auto& port = make_known();
    port.say("!DOOR ajar\r\n");
    link->listen();
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(known("lamp"), "unknown") << "whatever it meant";
    EXPECT_EQ(unexpected.size(), 1U);
}

TEST_F(LinkDoubt, AnEventWithAnImpossibleValueMakesWhatOtherEventsSaidUnknown) {
    auto& port = make_known();
    port.say("!WARM hot\r\n");
    link->listen();
    ASSERT_EQ(known("warm"), "\"hot\" observed");
    port.say("!DOOR ajar\r\n");
    link->listen();
    EXPECT_EQ(known("warm"), "unknown");
    EXPECT_EQ(known("mv"), "5012 observed");
    EXPECT_TRUE(is_distrusted("mv")) << "an interlock reads it again";
}

TEST_F(LinkDoubt, BlanksLineEndsAndNulsAloneAreNothing) {
    for (const auto& blank : {std::string("\r\n"), std::string("\n"), std::string("\r"),
                              std::string(" \t\r\n"), std::string("  "), with_nul(""), with_nul("\r\n")}) {
        auto& port = make_known();
        port.say(blank);
        link->listen();
        port.advance(60ms);
        (void)link->begin(step(), {}, in(port, 10s));
        EXPECT_EQ(known("door"), "\"closed\" observed");
        EXPECT_FALSE(is_distrusted("mv"));
        EXPECT_EQ(port.written().size(), 1U) << "the board is not asked who it is again";
        EXPECT_THAT(unexpected, IsEmpty());
    }
}

TEST_F(LinkDoubt, TheReasonShowsWhatNobodyAskedFor) {
    auto& port = make_known();
    port.say("OK\r\n");
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 10s));
    const auto suspect = std::find_if(reports.begin(), reports.end(),
                                      [](const auto& report) { return report.state == LinkState::suspect; });
    ASSERT_NE(suspect, reports.end());
    EXPECT_THAT(suspect->reason, HasSubstr("the board said 'OK', which nobody asked for"));
}

TEST_F(LinkDoubt, AWrongAnswerMakesWhatOnlyEventsSaidUnknown) {
    auto& port = make_known();
    port.expect("MV?\n").answer("BANANA\r\n");
    EXPECT_EQ(refused([&] { (void)exchange(step(), {}, in(port, 10s)); }).code(), Code::jig_protocol);
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_TRUE(is_distrusted("mv"));
}

TEST_F(LinkDoubt, AChatteringBoardIsReportedWithTheCountOfItsFrames) {
    auto& port = make_known();
    port.say("one\r\ntwo\r\nthree\r\n");
    link->listen();
    link->listen();
    EXPECT_THAT(unexpected, ElementsAre(testing::Pair(3U, "three")));
}

TEST_F(LinkDoubt, AnEventInTheSameReadAsTheAnswerIsTakenAtOnceWithItsOwnTime) {
    auto& port = make_known();
    port.expect("MV?\n").answer("MV 5000\r\n!DOOR open\r\n");
    (void)link->begin(step(), {}, in(port, 10s));
    const auto before = std::chrono::system_clock::now();
    (void)link->send();
    link->process_rest();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_GE(events.front().at, before);
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(port.written().size(), 2U);
}

TEST_F(LinkDoubt, AnEventBeforeTheAnswerIsTakenWithIt) {
    auto& port = make_known();
    port.expect("MV?\n").answer("!DOOR open\r\nMV 5000\r\n");
    (void)link->begin(step(), {}, in(port, 10s));
    (void)link->send();
    EXPECT_EQ(events.size(), 1U);
    EXPECT_EQ(known("door"), "\"open\" observed");
}

using LinkRestart = LinkDoubt;

TEST_F(LinkRestart, BehindGarbageForgetsAllThatWasKnown) {
    for (const auto& banner : {with_nul("boot: ready\r\n"), "\xff\xfe" + with_nul("boot: ready\r\n"),
                               std::string("OK 2boot: ready\r\n")}) {
        auto& port = make_known();
        port.say(banner);
        link->listen();
        EXPECT_EQ(link->state(), LinkState::suspect);
        for (const auto* state : {"door", "mv", "lamp"}) {
            EXPECT_EQ(known(state), "unknown") << state;
        }
        EXPECT_EQ(link->to_json()["counters"]["restarts"], 1);
        EXPECT_THAT(unexpected, IsEmpty());
        link.reset();
    }
}

TEST_F(LinkRestart, CancelsTheOutstandingReplies) {
    auto& port = make_known();
    port.expect("MV?\n");
    EXPECT_EQ(refused([&] { (void)exchange(step(), {}, in(port, 10s)); }).code(), Code::jig_timeout);
    port.say("boot: ready\r\n");
    link->listen();
    const auto since = port.now();
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 10s));
    EXPECT_LT(port.now() - since, 100ms) << "no reply is waited for";
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkRestart, InMidExchangeEndsItAndTheBoardIsAskedAfterItsSettleTime) {
    profile.serial.settle = 300ms;
    auto& port = make_known();
    port.expect("MV?\n").answer("boot: ready\r\n");
    const auto error = refused([&] { (void)exchange(step(), {}, in(port, 10s)); });
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("restarted"));
    const auto since = port.now();
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 10s));
    EXPECT_GE(port.now() - since, 300ms);
    EXPECT_LT(port.now() - since, 400ms);
}

TEST_F(LinkRestart, ThatWasAskedForIsFollowedByTheSettleTime) {
    profile.serial.settle = 300ms;
    auto& port = make_known();
    link->expect_restart();
    EXPECT_EQ(known("mv"), "unknown");
    const auto since = port.now();
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 10s));
    EXPECT_GE(port.now() - since, 300ms);
}

TEST_F(LinkRestart, RaisesTheGenerationAndSoDoesAnotherOpen) {
    auto& port = make_known();
    const auto generation = link->generation();
    port.say("boot: ready\r\n");
    link->listen();
    EXPECT_EQ(link->generation(), generation + 1);
    port.hang_up();
    link->listen();
    will_open().expect("ID?\n").answer(who);
    link->maintain(link->next_attempt());
    EXPECT_EQ(link->generation(), generation + 2);
}

using LinkResidue = LinkDoubt;

TEST_F(LinkResidue, BehindTheLineEndThatMeansNothingCostsNothing) {
    struct Case {
        std::string reply_end;
        std::string sent_end;
    };
    for (const auto& [reply_end, sent_end] :
         {Case{"\r\n", "\r\n> "}, Case{"\r", "\r\n"}, Case{"\n", "\n\r"},
          Case{"\r\n", std::string("\r\n\0", 3)}, Case{"\r\n", "\r\n \t"}}) {
        const auto& end = reply_end;
        test::change_line(profile, [&end](auto& line) { line.reply_end = end; });
        auto& port = will_open();
        port.expect("ID?\n").answer("ID LAMP JIG-1 1.0" + sent_end);
        make();
        link->maintain(port.now());
        for (int times = 0; times < 5; ++times) {
            port.expect("MV?\n").answer("MV 5000" + sent_end);
            EXPECT_EQ(exchange(step(), {}, in(port, 1s)).at("mv"), "5000");
            port.advance(100ms);
            link->listen();
        }
        EXPECT_EQ(link->state(), LinkState::online);
        EXPECT_THAT(port.written(), testing::SizeIs(6)) << "one question, five commands";
        EXPECT_EQ(std::count(states.begin(), states.end(), LinkState::suspect), 0);
        EXPECT_THAT(unexpected, IsEmpty());
    }
}

TEST_F(LinkResidue, ThatTheProfileDoesNotKnowEndsAfterTwoRoundsAndIsShown) {
    auto& port = will_open();
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n$ ");
    make();
    link->maintain(port.now());
    const auto asked = port.now();
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n$ ");
    const auto error = refused([&] { (void)link->begin(step(), {}, in(port, 10s)); });
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'$ '"), HasSubstr("`noise`")));
    EXPECT_LT(port.now() - asked, 1s);
    EXPECT_EQ(port.written().size(), 2U);
}

} // namespace
} // namespace jigd::link
