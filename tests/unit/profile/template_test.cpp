#include "profile/template.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

std::string refusal(const Template& send, const json& params) {
    try {
        return "rendered " + send.render(params);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::bad_request);
        return error.what();
    }
}

TEST(Template, RendersValuesAndWords) {
    const Template send("RELAY {channel} {on:ON|OFF}");
    EXPECT_EQ(send.names(), (std::vector<std::string>{"channel", "on"}));
    EXPECT_EQ(send.render({{"channel", 3}, {"on", true}}), "RELAY 3 ON");
    EXPECT_EQ(send.render({{"channel", 8}, {"on", false}}), "RELAY 8 OFF");
    EXPECT_EQ(Template("{a}{b}{c}").render({{"a", "x"}, {"b", 1.5}, {"c", true}}), "x1.5true");
    EXPECT_EQ(Template("STATUS?").render(json::object()), "STATUS?");
    EXPECT_EQ(Template("").render(json::object()), "");
}

TEST(Template, BracesOfTheCommandAreDoubled) {
    const Template send("{{\"relay\":{channel}}}");
    EXPECT_EQ(send.render({{"channel", 3}}), "{\"relay\":3}");
    EXPECT_EQ(send.parse("{\"relay\":3}"), (json{{"channel", "3"}}));
}

TEST(Template, RefusesWhatHasNoPlaceInACommand) {
    EXPECT_EQ(refusal(Template("R {channel}"), json::object()), "parameter 'channel' is missing");
    EXPECT_EQ(
        refusal(Template("R {channel}"), {{"channel", json::array({1})}}),
        "parameter 'channel' must be a string, a number, a boolean or a list of booleans, was a list of 1");
    EXPECT_EQ(refusal(Template("R {channel}"), {{"channel", nullptr}}),
              "parameter 'channel' must be a string, a number, a boolean or a list of booleans, was null");
    EXPECT_EQ(refusal(Template("R {on:ON|OFF}"), {{"on", "ON"}}),
              "parameter 'on' must be one of true, false, was \"ON\"");
}

TEST(Template, AControlByteNeverReachesTheLine) {
    const Template send("SAY {text}");
    for (const char control : {'\n', '\r', '\0', '\x7f', '\x1b', '\t', '\x03'}) {
        const std::string text = std::string("hi") + control + "RELAY 1 ON";
        EXPECT_NE(refusal(send, {{"text", text}}).find("' holds the byte 0x"), std::string::npos);
    }
    EXPECT_EQ(refusal(send, {{"text", "hi\nRELAY 1 ON"}}),
              "parameter 'text' holds the byte 0x0a at position 3, which could end the command early; send "
              "printable text only");
    EXPECT_EQ(send.render({{"text", "21 °C"}}), "SAY 21 °C");
}

TEST(Template, APrintableEndNeverStandsInTheCommand) {
    const Template send("SAY {text}", "//");
    EXPECT_EQ(send.render({{"text", "a/b"}}), "SAY a/b");
    const std::string message = "by which this board ends a command; send other text";
    EXPECT_NE(refusal(send, {{"text", "hi//ON"}}).find(message), std::string::npos);
    // With the end that follows, the last '/' would be the first of an end one byte early.
    EXPECT_NE(refusal(send, {{"text", "hi/"}}).find(message), std::string::npos);
}

TEST(Template, ANarrowLineTakesAsciiOnly) {
    // 0x8a loses its highest bit on a line of seven and becomes a line feed.
    EXPECT_NE(refusal(Template("SAY {text}", "\n", 7), {{"text", "hi\u008aON"}}).find("holds the byte 0xc2"),
              std::string::npos);
}

TEST(Template, ParsesWhatItRenders) {
    const Template send("USB {port} {route:host=HOST|dut=DUT|off=OFF}");
    const json params = {{"port", "2"}, {"route", "off"}};
    EXPECT_EQ(send.parse(send.render(params)), params);
    EXPECT_FALSE(send.parse("USB 2 off"));
    EXPECT_FALSE(send.parse("USB 2 OFF "));
    EXPECT_FALSE(send.parse("USB  OFF"));
    EXPECT_FALSE(send.parse("XUSB 2 OFF"));
    EXPECT_FALSE(send.parse(""));
    EXPECT_EQ(Template("STATUS?").parse("STATUS?"), json::object());
    EXPECT_FALSE(Template("STATUS?").parse("STATUS"));
}

TEST(Template, WritesNumbersInAnotherFormAndReadsThemBack) {
    const Template send("AT+CH{channel-1}={mask:%02X} {volts:%.3f} {0x10+slot:%d}");
    const json params = {{"channel", 3}, {"mask", 10}, {"volts", 1.25}, {"slot", 2}};
    EXPECT_EQ(send.render(params), "AT+CH2=0A 1.250 18");
    EXPECT_EQ(send.parse("AT+CH2=0A 1.250 18"), params);
    EXPECT_EQ(send.spelt("channel", 3), "2");
    EXPECT_EQ(send.spelt("mask", 255), "FF");
    EXPECT_FALSE(send.parse("AT+CHx=0A 1.250 18"));
    EXPECT_EQ(refusal(send, {{"channel", "3"}, {"mask", 1}, {"volts", 1}, {"slot", 1}}),
              "parameter 'channel' must be a whole number here, and not so large; it was \"3\"");
    EXPECT_EQ(refusal(Template("{mask:%02X}"), {{"mask", -1}}),
              "parameter 'mask' must be 0 or more here, was -1");
}

TEST(Template, ParsesWordsThatBeginAlike) {
    const Template send("SET {mode:a=O|b=ON|c=ONE}{on:E|X}");
    EXPECT_EQ(send.parse("SET ONEE"), (json{{"mode", "c"}, {"on", true}}));
    EXPECT_EQ(send.parse("SET ONE"), (json{{"mode", "b"}, {"on", true}}));
    EXPECT_EQ(send.parse("SET OX"), (json{{"mode", "a"}, {"on", false}}));
}

TEST(Template, AParameterThatComesTwiceHasOneValue) {
    const Template send("MOVE {n} {n}");
    EXPECT_EQ(send.render({{"n", 4}}), "MOVE 4 4");
    EXPECT_EQ(send.parse("MOVE 4 4"), (json{{"n", "4"}}));
    EXPECT_FALSE(send.parse("MOVE 4 5"));
}

TEST(Template, LiteralsAreNoPatterns) {
    const Template send("AT+CH{channel}=? (a|b)* .\\d$^[x]\x01\xc3\xa9");
    EXPECT_EQ(send.parse("AT+CH1=? (a|b)* .\\d$^[x]\x01\xe9"), (json{{"channel", "1"}}));
    EXPECT_FALSE(send.parse("ATTCH1=? (a|b)* .\\d$^[x]\x01\xe9"));
}

TEST(Template, ALongCommandIsParsedInLinearTime) {
    EXPECT_FALSE(Template("{a}{b}{c}{d}{e}!").parse(std::string(1 << 20, 'x')));
}

TEST(Template, SaysTheColumnOfAMistake) {
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {"RELAY {channel", "column 7: '{' without '}'; a brace of the command itself is written twice: {{"},
        {"RELAY }", "column 7: '}' without '{'; a brace of the command itself is written twice: }}"},
        {"RELAY {}",
         "column 7: '{}' is not a placeholder; write {name}, {name-1}, {name:%02X} or {name:ON|OFF}"},
        {"RELAY {on ON}",
         "column 7: '{on ON}' is not a placeholder; write {name}, {name-1}, {name:%02X} or {name:ON|OFF}"},
        {"RELAY {on:ON}",
         "column 11: the words 'ON' are 1; write two for true|false (ON|OFF) or each as value=WORD"},
        {"M {mask:02x}", "column 9: a format begins with %; write {mask:%02x}"},
        {"M {mask:%s}", "column 9: '%s' is not a format of a number; write %d, %02d, %X, %04X or %.3f"},
        {"M {on-1:ON|OFF}", "column 3: words stand for the parameter itself; write {on:ON|OFF}"},
    };
    for (const auto& [text, message] : mistakes) {
        try {
            const Template send(text);
            ADD_FAILURE() << text << " was taken";
        } catch (const std::invalid_argument& error) {
            EXPECT_EQ(error.what(), message);
        }
    }
}

} // namespace
} // namespace jigd::profile
