#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "profile/profile.hpp"
#include "support/profiles.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

std::string path_of_testx_jig() {
    const char* source = std::getenv("JIGD_SOURCE");
    return std::string(source == nullptr ? "." : source) + "/drivers/jigs/testx-jig.yaml";
}

const StepForm& form_of(const Request& request) {
    return *request.steps.at(0).form;
}

class TestxJig : public ::testing::Test {
  protected:
    Profile board_ = test::load_profile(path_of_testx_jig());

    /// Sends and receives one exchange as the driver would, and returns the result.
    json exchange(const std::string& request, const json& params, const std::string& tx,
                  const std::string& rx) {
        const auto* found = board_.find(request);
        if (found == nullptr) {
            ADD_FAILURE() << "no request " << request;
            return nullptr;
        }
        const auto completed = complete(*found, params);
        EXPECT_EQ(form_of(*found).encode(completed), tx + "\n");
        const auto captures = form_of(*found).decode(rx, completed);
        if (!captures) {
            ADD_FAILURE() << "'" << rx << "' does not match";
            return nullptr;
        }
        return to_result(found->result, *captures);
    }
};

TEST_F(TestxJig, SpeaksEachCommandOfItsWireProtocol) {
    const json nothing = json::object();
    for (int channel = 1; channel <= 8; ++channel) {
        const auto number = std::to_string(channel);
        EXPECT_EQ(exchange("SetRelay", {{"channel", channel}, {"on", true}}, "RELAY " + number + " ON", "OK"),
                  nothing);
        EXPECT_EQ(
            exchange("SetRelay", {{"channel", channel}, {"on", false}}, "RELAY " + number + " OFF", "OK"),
            nothing);
        EXPECT_EQ(exchange("GetRelay", {{"channel", channel}}, "RELAY? " + number, "RELAY " + number + " ON"),
                  (json{{"on", true}}));
        EXPECT_EQ(
            exchange("GetRelay", {{"channel", channel}}, "RELAY? " + number, "RELAY " + number + " OFF"),
            (json{{"on", false}}));
    }
    EXPECT_EQ(exchange("SetUsb", {{"route", "host"}}, "USB HOST", "OK"), nothing);
    EXPECT_EQ(exchange("SetUsb", {{"route", "dut"}}, "USB DUT", "OK"), nothing);
    EXPECT_EQ(exchange("SetUsb", {{"route", "off"}}, "USB OFF", "OK"), nothing);
    EXPECT_EQ(exchange("PressButton", {{"button", 1}}, "BUTTON 1 100", "OK"), nothing);
    EXPECT_EQ(exchange("PressButton", {{"button", 4}, {"duration_ms", 5000}}, "BUTTON 4 5000", "OK"),
              nothing);
    EXPECT_EQ(exchange("Reset", nothing, "RESET", "OK"), nothing);
    EXPECT_EQ(exchange("SafeState", nothing, "SAFE", "OK"), nothing);
    EXPECT_EQ(exchange("GetCounts", nothing, "COUNT?", "COUNT relay=1 usb=2 button=3 reset=4"),
              (json{{"relay", 1}, {"usb", 2}, {"button", 3}, {"reset", 4}}));
    EXPECT_EQ(
        exchange("JigStatus", nothing, "STATUS?",
                 "STATUS door=open dut=absent vbus_mv=4987 current_ma=0 temp_c=31.5 usb=dut relays=10000001"),
        (json{{"door", "open"},
              {"dut", "absent"},
              {"vbus_mv", 4987},
              {"current_ma", 0},
              {"temp_c", 31.5},
              {"usb", "dut"},
              {"relays", {true, false, false, false, false, false, false, true}}}));
    EXPECT_EQ(board_.requests.size(), 8U);
}

TEST_F(TestxJig, SaysHowItsLineIsSetUp) {
    EXPECT_EQ(board_.driver, "line");
    EXPECT_EQ(board_.serial.baud, 115200);
    EXPECT_EQ(board_.serial.data_bits, 8);
    EXPECT_EQ(board_.serial.parity, Parity::none);
    EXPECT_EQ(board_.serial.stop_bits, 1);
    EXPECT_EQ(board_.serial.dtr, Level::leave);
    EXPECT_EQ(board_.serial.settle, Milliseconds(0));
    EXPECT_EQ(test::line_of(board_).send_end, "\n");
    EXPECT_EQ(test::line_of(board_).reply_end, "\r\n");
    EXPECT_FALSE(test::line_of(board_).echo);
}

TEST_F(TestxJig, SaysWhoItIs) {
    ASSERT_TRUE(board_.identify);
    const auto& form = *board_.identify->step.form;
    EXPECT_EQ(form.encode(json::object()), "ID?\n");
    const auto captures = form.decode("ID TESTX-JIG JIG-0001 1.4.2", json::object());
    EXPECT_EQ(captures, (Captures{{"model", "TESTX-JIG"}, {"serial", "JIG-0001"}, {"firmware", "1.4.2"}}));
}

TEST_F(TestxJig, KnowsRefusalsNoiseAndEvents) {
    const auto refusal = board_.errors.at(0).match->match("ERR 13 door open");
    EXPECT_EQ(refusal, (Captures{{"code", "13"}, {"text", "door open"}}));
    EXPECT_TRUE(board_.noise.at(0).match->match("TESTX-JIG READY"));
    EXPECT_TRUE(board_.noise.at(0).restart) << "it says that the board started by itself";
    const std::vector<std::pair<std::string, std::string>> lines = {
        {"DoorChanged", "!DOOR open"}, {"DutChanged", "!DUT present"}, {"Overcurrent", "!OVERCURRENT 2150"}};
    ASSERT_EQ(board_.events.size(), lines.size());
    for (std::size_t index = 0; index < lines.size(); ++index) {
        EXPECT_EQ(board_.events[index].name, lines[index].first);
        EXPECT_TRUE(board_.events[index].match->match(lines[index].second));
    }
    EXPECT_EQ(to_result(board_.events[2].values, *board_.events[2].match->match("!OVERCURRENT 2150")),
              (json{{"overcurrent_ma", 2150}}));
}

TEST_F(TestxJig, KnowsWhatItsRequestsDo) {
    EXPECT_EQ(board_.find("JigStatus")->kind, Kind::read);
    EXPECT_EQ(board_.find("SetRelay")->kind, Kind::set);
    EXPECT_EQ(board_.find("GetRelay")->kind, Kind::read);
    EXPECT_EQ(board_.find("SetUsb")->kind, Kind::set);
    EXPECT_EQ(board_.find("PressButton")->kind, Kind::pulse);
    EXPECT_EQ(board_.find("Reset")->kind, Kind::pulse);
    EXPECT_EQ(board_.find("GetCounts")->kind, Kind::read);
    EXPECT_EQ(board_.find("SafeState")->kind, Kind::set);
    ASSERT_EQ(board_.safe_state.size(), 1U);
    EXPECT_EQ(board_.safe_state[0].request, "SafeState");

    const auto& set_relay = *board_.find("SetRelay");
    ASSERT_EQ(set_relay.sets.size(), 1U);
    EXPECT_EQ(set_relay.sets[0].state.text(), "relays[channel]");
    EXPECT_EQ(set_relay.sets[0].param, "on");
    ASSERT_TRUE(set_relay.verify);
    EXPECT_EQ(set_relay.verify->request, "GetRelay");
    EXPECT_EQ(set_relay.verify->params, (std::map<std::string, std::string>{{"channel", "channel"}}));
    ASSERT_EQ(set_relay.verify->expect.size(), 1U);
    EXPECT_EQ(set_relay.verify->expect[0].member.text(), "on");
    EXPECT_EQ(set_relay.verify->expect[0].param, "on");
    EXPECT_EQ(board_.find("GetRelay")->result.at(0).state.text(), "relays[channel]");
    EXPECT_EQ(board_.find("PressButton")->steps.at(0).extended_by, "duration_ms");
    EXPECT_EQ(board_.find("Reset")->sets.at(0).value, json(false));
}

TEST_F(TestxJig, TellsTheSimulatorWhatExamplesCant) {
    const auto& simulation = board_.simulation;
    EXPECT_EQ(simulation.banner, "TESTX-JIG READY");
    EXPECT_EQ(simulation.unknown_command, "ERR 10 unknown command");
    EXPECT_EQ(simulation.bad_argument, "ERR 11 bad argument");
    const auto& refusal = simulation.rules.at("SetRelay").refuse.at(0);
    EXPECT_EQ(refusal.when, (std::map<std::string, json>{{"channel", 1}, {"on", true}, {"door", "open"}}));
    EXPECT_EQ(refusal.answer, "ERR 13 door open");
    EXPECT_EQ(simulation.rules.at("PressButton").answers_after, "duration_ms");
    EXPECT_EQ(simulation.rules.at("Reset").counts, "counts.reset");
    EXPECT_TRUE(board_.find("Reset")->restarts);
    EXPECT_TRUE(simulation.rules.at("SafeState").interrupts);
    EXPECT_FALSE(simulation.rules.at("SafeState").counts);
}

TEST_F(TestxJig, RefusesWhatTheBoardWould) {
    const std::vector<std::tuple<std::string, json, std::string>> requests = {
        {"SetRelay",
         {{"channel", 9}, {"on", true}},
         "parameter 'channel' must be an integer from 1 to 8, was 9"},
        {"SetRelay",
         {{"channel", 0}, {"on", true}},
         "parameter 'channel' must be an integer from 1 to 8, was 0"},
        {"SetRelay",
         {{"channel", 1.5}, {"on", true}},
         "parameter 'channel' must be an integer from 1 to 8, was 1.5"},
        {"SetRelay",
         {{"channel", "1"}, {"on", true}},
         "parameter 'channel' must be an integer from 1 to 8, was \"1\""},
        {"SetRelay", {{"channel", 1}, {"on", "ON"}}, "parameter 'on' must be true or false, was \"ON\""},
        {"SetRelay", {{"channel", 1}, {"on", 1}}, "parameter 'on' must be true or false, was 1"},
        {"SetUsb", {{"route", "HOST"}}, "parameter 'route' must be one of host, dut, off, was \"HOST\""},
        {"PressButton",
         {{"button", 1}, {"duration_ms", 9}},
         "parameter 'duration_ms' must be an integer from 10 to 5000 ms, was 9"},
        {"SetRelay",
         {{"chanel", 1}, {"on", true}},
         "parameter 'chanel' is unknown to SetRelay, which takes channel, on; did you mean 'channel'?"},
        {"SetRelay",
         {{"on", true}},
         "parameter 'channel' of SetRelay is missing; it must be an integer from 1 to 8"},
        {"Reset", {{"now", true}}, "parameter 'now' is unknown to Reset, which takes none"},
    };
    for (const auto& [name, params, message] : requests) {
        try {
            (void)complete(*board_.find(name), params);
            ADD_FAILURE() << name << params << " was taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::bad_request);
            EXPECT_EQ(error.what(), message);
        }
    }
}

TEST_F(TestxJig, ShowsItsRequestsAsJsonSchema) {
    EXPECT_EQ(params_schema(*board_.find("PressButton")),
              json::parse(R"({"type": "object", "additionalProperties": false, "required": ["button"],
                  "properties": {
                      "button": {"type": "integer", "minimum": 1, "maximum": 4},
                      "duration_ms": {"type": "integer", "unit": "ms", "minimum": 10, "maximum": 5000,
                                      "default": 100}}})"));
    EXPECT_EQ(
        result_schema(*board_.find("GetRelay")),
        json::parse(R"({"type": "object", "required": ["on"], "properties": {"on": {"type": "boolean"}}})"));
    EXPECT_EQ(result_schema(*board_.find("JigStatus"))["properties"]["relays"],
              json::parse(R"({"type": "array", "items": {"type": "boolean"}, "minItems": 8, "maxItems": 8,
                  "description": "Relay 1 first"})"));
}

} // namespace
} // namespace jigd::profile
