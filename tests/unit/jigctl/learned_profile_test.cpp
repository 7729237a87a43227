#include "jigctl/board/learned_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jigctl/board/guess_identity.hpp"
#include "jigctl/profile/trial.hpp"
#include "profile/profile.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::HasSubstr;

Transcript text_session(std::vector<TypedExchange> exchanges) {
    return {.is_hex = false,
            .serial = "{baud: 115200, mode: 8N1}",
            .send_end = "\n",
            .exchanges = std::move(exchanges)};
}

/// What is learned must load, or the guess has failed.
profile::Profile learned(const Transcript& transcript) {
    const auto text = learned_profile("learned", transcript);
    try {
        return test::parse_profile(text, "learned.yaml");
    } catch (const yaml::Invalid& invalid) {
        ADD_FAILURE() << invalid.what() << "\n" << text;
        return {};
    }
}

std::string send_of(const profile::Profile& profile, const std::string& request) {
    const auto* found = profile.find(request);
    if (found == nullptr) {
        ADD_FAILURE() << "no request " << request;
        return "";
    }
    return found->steps.front().form->text();
}

/// A session with the reference board.
Transcript reference_session() {
    auto session = text_session(
        {{"ID?", "ID TESTX-JIG JIG-0001 1.4.2\r\n"},
         {"STATUS?", "STATUS door=closed dut=present vbus_mv=5012 temp_c=31.5 usb=host relays=00000101\r\n"},
         {"RELAY 3 ON", "OK\r\n"},
         {"RELAY 1 OFF", "OK\r\n"},
         {"RELAY? 3", "RELAY 3 ON\r\n"},
         {"RELAY? 1", "RELAY 1 OFF\r\n"},
         {"USB HOST", "OK\r\n"},
         {"USB DUT", "OK\r\n"},
         {"BUTTON 2 100", "OK\r\n"},
         {"RESET", "OK\r\n"},
         {"COUNT?", "COUNT relay=2 usb=2 button=1 reset=1\r\n"},
         {"RELAY 9 ON", "ERR 11 bad argument\r\n"},
         {"STATUS?", "STATUS door=open dut=present vbus_mv=0 temp_c=-4.0 usb=off relays=00000000\r\n"}});
    session.unasked = {"!DOOR open\r\n", "!DOOR open\r\n"};
    return session;
}

TEST(LearnedProfile, MakesRequestsOfWhatDiffers) {
    const auto profile = learned(reference_session());
    EXPECT_EQ(send_of(profile, "JigStatus"), "STATUS?");
    EXPECT_EQ(send_of(profile, "GetCount"), "COUNT?");
    EXPECT_EQ(send_of(profile, "SetRelay"), "RELAY {relay} {on:ON|OFF}");
    EXPECT_EQ(send_of(profile, "GetRelay"), "RELAY? {relay}");
    EXPECT_EQ(send_of(profile, "SetUsb"), "USB {usb}");
    EXPECT_EQ(send_of(profile, "Button"), "BUTTON {button} {button_2}");
    EXPECT_EQ(profile.find("SetRelay")->kind, Kind::set);
    EXPECT_EQ(profile.find("Reset")->kind, Kind::pulse);
    EXPECT_EQ(profile.find("Button")->kind, Kind::pulse);
    EXPECT_EQ(profile.find("GetRelay")->kind, Kind::read);
}

TEST(LearnedProfile, ReadsValuesOfAllTypes) {
    const auto profile = learned(reference_session());
    const auto& status = *profile.find("JigStatus");
    ASSERT_EQ(status.examples.size(), 2U);
    EXPECT_EQ(status.examples[0].result["vbus_mv"], 5012);
    EXPECT_EQ(status.examples[0].result["temp_c"], 31.5);
    EXPECT_EQ(status.examples[0].result["door"], "closed");
    EXPECT_EQ(status.examples[0].result["relays"],
              nlohmann::json({true, false, true, false, false, false, false, false}));
}

TEST(LearnedProfile, KnowsWhoTheBoardIsAndHowItRefuses) {
    const auto profile = learned(reference_session());
    ASSERT_TRUE(profile.identify);
    const auto said =
        profile.identify->step.form->decode("ID TESTX-JIG JIG-0001 1.4.2", nlohmann::json::object());
    ASSERT_TRUE(said);
    EXPECT_EQ(said->at("model"), "TESTX-JIG");
    EXPECT_EQ(said->at("serial"), "JIG-0001");
    EXPECT_EQ(said->at("firmware"), "1.4.2");
    ASSERT_EQ(profile.errors.size(), 1U);
    EXPECT_EQ(profile.errors[0].match->match("ERR 13 door open")->at("code"), "13");
    ASSERT_EQ(profile.noise.size(), 1U);
    EXPECT_TRUE(profile.noise[0].matches("!DOOR open"));
}

TEST(LearnedProfile, WorksOnItsOwnSimulator) {
    for (const auto& trial : try_on_simulator(learned(reference_session()))) {
        EXPECT_EQ(trial.problem, "") << trial.what;
    }
}

TEST(LearnedProfile, ScpiSaysItsSerialThird) {
    const auto profile =
        learned(text_session({{"*IDN?", "MAKER,M-100,SN12,1.0\n"}, {"VOLT 5.0", ""}, {"VOLT?", "5.0\n"}}));
    ASSERT_TRUE(profile.identify);
    const auto said = profile.identify->step.form->decode("MAKER,M-100,SN12,1.0", nlohmann::json::object());
    ASSERT_TRUE(said);
    EXPECT_EQ(said->at("serial"), "SN12");
    EXPECT_EQ(test::line_of(profile).reply_end, "\n");
    EXPECT_EQ(profile.find("GetVolt")->examples[0].result.size(), 1U);
    EXPECT_FALSE(profile.find("Volt")->steps.front().form->is_answered());
}

TEST(LearnedProfile, AVersionAloneIsAnIdentity) {
    const auto match = [](const std::string& tx, const std::string& rx) {
        const auto identity = guess_identity(tx, rx);
        return identity ? identity->match : "none";
    };
    EXPECT_EQ(match("ver", "v1.2"), R"((?P<firmware>\S+))");
    EXPECT_EQ(match("VER", "00000008"), R"((?P<firmware>\S+))");
    EXPECT_EQ(match("WHO", "LAMPS 17"), R"((?P<model>\S+) (?P<serial>\S+))");
    EXPECT_EQ(match("ID?", "ID"), "none");
    EXPECT_EQ(match("STATUS?", "LAMPS 17"), "none");
}

TEST(LearnedProfile, TakesAnEchoAway) {
    const auto profile =
        learned(text_session({{"GPIO 1", "GPIO 1\r\nDONE\r\n"}, {"ADC 2", "ADC 2\r\n512\r\n"}}));
    EXPECT_TRUE(test::line_of(profile).echo);
    EXPECT_EQ(profile.find("GetAdc")->examples[0].wire[0].rx, "512");
}

/// As Numato's modules answer, with their ends of lines.
TEST(LearnedProfile, AnEchoAndAPromptAreTheBoardsAndNotTheAnswers) {
    auto session = text_session({{"ver", "ver\n\r00000008\n\r>"},
                                 {"relay read 0", "relay read 0\n\ron\n\r>"},
                                 {"relay read 1", "relay read 1\n\roff\n\r>"},
                                 {"relay on 0", "relay on 0\n\r>"},
                                 {"relay off 1", "relay off 1\n\r>"}});
    session.send_end = "\r";
    const auto profile = learned(session);
    const auto& line = test::line_of(profile);
    EXPECT_EQ(line.prompt, ">");
    EXPECT_TRUE(line.echo);
    EXPECT_EQ(line.reply_end, "\n\r");
    ASSERT_TRUE(profile.identify);
    EXPECT_EQ(profile.identify->example.rx, "00000008");
    ASSERT_EQ(profile.requests.size(), 2U);
    const auto* read = profile.find("GetRelayRead") != nullptr ? profile.find("GetRelayRead")
                                                               : &profile.requests.begin()->second;
    EXPECT_EQ(read->kind, Kind::read);
    for (const auto& trial : try_on_simulator(profile)) {
        EXPECT_EQ(trial.problem, "") << trial.what;
    }
}

TEST(LearnedProfile, APromptMayBeColouredAndAValueWithoutALineEndIsNone) {
    const std::string prompt = "\x1b[1;32muart:~$ \x1b[m";
    EXPECT_EQ(test::line_of(learned(text_session({{"uptime", "5 ms\r\n" + prompt}, {"", prompt}}))).prompt,
              prompt);
    EXPECT_EQ(test::line_of(learned(text_session({{"A", "x\r\nOK"}, {"B", "y\r\nOK"}}))).prompt, "");
    EXPECT_EQ(test::line_of(learned(text_session({{"A", "x\r\n> "}, {"B", "y\r\n"}}))).prompt, "");
}

TEST(LearnedProfile, SeveralLinesAreShownForAPerson) {
    const auto text = learned_profile("b", text_session({{"HELP", "one\r\ntwo\r\n"}, {"RESET", "OK\r\n"}}));
    EXPECT_THAT(text, HasSubstr("#   > HELP\n#   < one\n#   < two\n"));
    EXPECT_EQ(text.find("\n  Help:"), std::string::npos);
}

TEST(LearnedProfile, OnlyAnIdentityIsAProfile) {
    EXPECT_TRUE(learned(text_session({{"ID?", "LAMP 7\r\n"}})).identify);
}

TEST(LearnedProfile, BitsMayBeginWithOne) {
    const auto profile = learned(text_session({{"IN?", "IN 0001\r\n"}, {"IN?", "IN 1000\r\n"}}));
    ASSERT_EQ(profile.requests.size(), 1U);
    EXPECT_EQ(profile.find("GetIn")->examples[1].result["in"], nlohmann::json({false, false, false, true}));
}

TEST(LearnedProfile, ACommandThatIsAnsweredInTwoFormsIsOneRequest) {
    const auto session = text_session({{"MODE?", "IDLE\r\n"}, {"MODE?", "BUSY 3\r\n"}});
    EXPECT_EQ(learned(session).requests.size(), 1U);
    EXPECT_THAT(learned_profile("b", session), HasSubstr("#   > MODE?\n#   < BUSY 3\n"));
}

TEST(LearnedProfile, SpecialCharactersMeanThemselves) {
    const auto profile =
        learned(text_session({{"SET {x}", "a.b (1) \"c\" 'd' \\\r\n"}, {"T", "20\xb0\r\n"}}));
    EXPECT_EQ(profile.requests.size(), 2U);
    EXPECT_EQ(send_of(profile, "GetT"), "T");
}

TEST(LearnedProfile, BytesThatDifferAreValues) {
    const auto profile = learned({.is_hex = true,
                                  .serial = "{baud: 19200, mode: 8N2}",
                                  .send_end = "",
                                  .exchanges = {{"\x5b", std::string("\x01\x00", 2)},
                                                {"\x5b", std::string("\x01\x81", 2)},
                                                {"\x64", ""}}});
    EXPECT_EQ(profile.driver, "binary");
    EXPECT_EQ(send_of(profile, "Command5B"), "5B");
    EXPECT_EQ(profile.find("Command5B")->kind, Kind::read);
    EXPECT_EQ(profile.find("Command5B")->examples[1].result, (nlohmann::json{{"byte_2", 0x81}}));
    EXPECT_EQ(profile.find("Command64")->kind, Kind::pulse);
}

} // namespace
} // namespace jigd::jigctl
