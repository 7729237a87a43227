#include <string>
#include <vector>

#include "support/link_fixture.hpp"

/// What the board is sent before the first request: `identify` of several steps, and `on_open`.
namespace jigd::link {
namespace {

using namespace std::chrono_literals;

class BoardSetupTest : public LinkFixture {
  protected:
    BoardSetupTest() {
        std::string yaml = board;
        const std::string identify = "errors:";
        yaml.replace(yaml.find(identify), identify.size(),
                     "on_open: [{send: \"chan 1\", match: DONE}, {send: \"mute\"}]\nerrors:");
        yaml.replace(yaml.find("{match: '^READY$'}"), 18, "{match: '^READY$', restart: true}");
        profile = test::parse_profile(yaml, "lamp.yaml");
    }
    static void identify(test::FakePort& port) { port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n"); }
    static void set_up(test::FakePort& port) {
        port.expect("chan 1\n").answer("DONE\r\n");
        port.expect("mute\n");
    }
    /// A link that is online.
    test::FakePort& make_ready() {
        auto& port = will_open();
        identify(port);
        set_up(port);
        make();
        link->maintain(port.now());
        EXPECT_EQ(link->state(), LinkState::online);
        return port;
    }
};

TEST_F(BoardSetupTest, ComesAfterIdentificationAndBeforeTheFirstRequest) {
    auto& port = make_ready();
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    (void)exchange(profile.find("GetLamp")->steps.front(), nlohmann::json::object(), in(port, 5s));
    EXPECT_EQ(port.written().back(), "LAMP?\n") << "once";
}

TEST_F(BoardSetupTest, ComesAgainAfterARestartAndNotAfterADoubt) {
    auto& port = make_ready();
    port.say("what?\r\n");
    port.advance(10ms);
    identify(port);
    link->prepare(in(port, 5s));
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(port.written().back(), "ID?\n") << "a step in mid-request must not meet channel 1 again";
    port.say("READY\r\n");
    port.advance(10ms);
    identify(port);
    set_up(port);
    link->prepare(in(port, 5s));
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(port.written().back(), "mute\n");
}

TEST_F(BoardSetupTest, ComesAgainAfterARestartThatWasAskedFor) {
    auto& port = make_ready();
    link->expect_restart();
    identify(port);
    set_up(port);
    link->prepare(in(port, 5s));
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(BoardSetupTest, ARefusalKeepsTheLinkOfflineWithTheReasonAndIsTriedAgain) {
    auto& port = will_open();
    identify(port);
    port.expect("chan 1\n").answer("ERR 7 no channel\r\n");
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_NE(
        reports.back().reason.find("the board can't be set up (on_open): the board refused 'chan 1': ERR 7"),
        std::string::npos)
        << reports.back().reason;
    EXPECT_TRUE(link->is_verified()) << "it is the right board, so it can be made safe";
    identify(port);
    set_up(port);
    link->maintain(link->next_attempt());
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(BoardSetupTest, SilenceKeepsTheLinkOfflineAndItsLateAnswerIsAwaited) {
    auto& port = will_open();
    identify(port);
    port.expect("chan 1\n").answer("DONE\r\n", 700ms);
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::suspect);
    identify(port);
    set_up(port);
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(BoardSetupTest, TheWrongBoardGetsNothing) {
    auto& port = will_open();
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::mismatch);
    identify(port);
    set_up(port);
    link->maintain(link->next_attempt());
    EXPECT_EQ(link->state(), LinkState::online);
}

class SeveralQuestionsTest : public LinkFixture {
  protected:
    SeveralQuestionsTest() {
        std::string yaml = board;
        const auto begin = yaml.find("identify:");
        yaml.replace(begin, yaml.find("errors:") - begin,
                     "identify:\n  model: LAMP\n  firmware: \"{major}.{minor}\"\n  steps:\n"
                     "    - {send: V, match: 'V(?P<major>\\d+)-(?P<minor>\\d+)'}\n"
                     "    - {send: N, match: 'N (?P<serial>\\S+)'}\n");
        profile = test::parse_profile(yaml, "lamp.yaml");
    }
};

TEST_F(SeveralQuestionsTest, IdentityIsMadeOfAllAnswers) {
    auto& port = will_open();
    port.expect("V\n").answer("V1-7\r\n");
    port.expect("N\n").answer("N JIG-1\r\n");
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(status.identity().model, "LAMP");
    EXPECT_EQ(status.identity().serial, "JIG-1");
    EXPECT_EQ(status.identity().firmware, "1.7");
    EXPECT_TRUE(status.identity().verified);
}

TEST_F(SeveralQuestionsTest, ABoardThatDoesNotSayAllIsNotVerified) {
    auto& port = will_open();
    port.expect("V\n").answer("V1-7\r\n");
    port.expect("N\n").answer("ERR 1\r\n");
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_FALSE(link->is_verified());
}

} // namespace
} // namespace jigd::link
