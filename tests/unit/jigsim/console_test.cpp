#include "jigsim/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/testx_jig.hpp"

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Console : public testing::Test {
  protected:
    std::string type(const std::string& line) { return run_console_line(board_, line, now_); }

    std::string refusal(const std::string& line) {
        try {
            return "taken: " + type(line);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
    }

    std::string ask(const std::string& command) {
        board_.receive(command, now_);
        return board_.transmit(now_);
    }

    profile::Profile profile_ = test::load_testx_jig();
    SimulatedBoard board_{profile_};
    TimePoint now_{1h};
};

TEST_F(Console, SetsValuesOfEachType) {
    EXPECT_EQ(type("door=open"), "ok");
    EXPECT_EQ(type("vbus_mv=4800"), "ok");
    EXPECT_EQ(type("temp_c=-4.5"), "ok");
    EXPECT_EQ(type("relays=[true,false,false,false,false,false,false,false]"), "ok");
    const auto state = nlohmann::json::parse(type("state"));
    EXPECT_EQ(state["door"], "open");
    EXPECT_EQ(state["vbus_mv"], 4800);
    EXPECT_EQ(state["temp_c"], -4.5);
    EXPECT_EQ(state["relays"][0], true);
    EXPECT_EQ(state["counts.relay"], 0);
}

TEST_F(Console, FaultsLastUnlessTheyAreForOnce) {
    EXPECT_EQ(type("fault refuse ERR 12 relay fault"), "ok");
    EXPECT_EQ(ask("RELAY 2 ON\nRELAY 2 ON\n"), "ERR 12 relay fault\r\nERR 12 relay fault\r\n");
    EXPECT_EQ(type("fault none"), "ok");
    EXPECT_EQ(ask("RELAY 2 ON\n"), "OK\r\n");
    EXPECT_EQ(type("fault once silent"), "ok");
    EXPECT_EQ(ask("RELAY 2 ON\nRELAY? 2\n"), "RELAY 2 ON\r\n");
    EXPECT_EQ(type("fault once late 2s"), "ok");
    EXPECT_EQ(ask("ID?\n"), "");
    EXPECT_EQ(board_.next_due(), now_ + 2s);
}

TEST_F(Console, BoardSaysWhatNobodyAskedFor) {
    EXPECT_EQ(type("say !DOOR open"), "ok");
    EXPECT_EQ(board_.transmit(now_), "!DOOR open\r\n");
    EXPECT_EQ(type(R"(say a"b\x00c)"), "ok") << "as in a profile's double quotes";
    EXPECT_EQ(board_.transmit(now_), std::string("a\"b\0c\r\n", 7));
}

TEST_F(Console, BoardLosesPower) {
    EXPECT_EQ(ask("RELAY 2 ON\n"), "OK\r\n");
    EXPECT_EQ(type("reboot"), "ok");
    EXPECT_EQ(ask("RELAY? 2\n"), "") << "deaf";
    now_ += 100ms;
    EXPECT_EQ(board_.transmit(now_), "TESTX-JIG READY\r\n");
    EXPECT_EQ(ask("RELAY? 2\n"), "RELAY 2 OFF\r\n");
    EXPECT_EQ(type("reboot rubbish"), "ok");
    now_ += 100ms;
    EXPECT_EQ(board_.transmit(now_), std::string(noise()) + "TESTX-JIG READY\r\n");
}

TEST_F(Console, SaysWhatIsWrong) {
    EXPECT_THAT(refusal("open the door"), HasSubstr("is not a command"));
    EXPECT_THAT(refusal("dor=open"), HasSubstr("did you mean 'door'?"));
    EXPECT_THAT(refusal("door=ajar"), HasSubstr("open, closed"));
    EXPECT_THAT(refusal("fault"), HasSubstr("is not a fault"));
    EXPECT_THAT(refusal("fault sleepy"), HasSubstr("'sleepy' is not a fault"));
    EXPECT_THAT(refusal("fault once"), HasSubstr("is not a fault"));
    for (const auto* times : {"0 times", "2", "2x times", "99999999999 times"}) {
        EXPECT_THAT(refusal("fault " + std::string(times) + " silent"), HasSubstr("once or 3 times"))
            << times;
    }
    EXPECT_THAT(refusal("fault refuse"), HasSubstr("such as: refuse ERR 12"));
    EXPECT_THAT(refusal("fault silent now"), HasSubstr("too many words"));
    EXPECT_THAT(refusal("fault identity"), HasSubstr("such as: identity ID TESTX-JIG"));
    EXPECT_THAT(refusal("reboot now"), HasSubstr("is not a command"));
    EXPECT_THAT(refusal(R"(say \q)"), HasSubstr("console:1:"));
    for (const auto* duration : {"", "5", "ms", "-1ms", "1m", "1ms2", "3601s", "99999999999999999999s"}) {
        EXPECT_THAT(refusal(std::string("fault late ") + duration), HasSubstr("is not a duration"))
            << duration;
    }
}

} // namespace
} // namespace jigd::jigsim
