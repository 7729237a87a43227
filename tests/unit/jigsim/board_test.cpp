#include "jigsim/board.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/testx_jig.hpp"

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

/// The reference board, rule by rule.
class TestxBoard : public testing::Test {
  protected:
    static void SetUpTestSuite() { profile() = test::load_testx_jig(); }

    static profile::Profile& profile() {
        static profile::Profile loaded;
        return loaded;
    }

    /// What the board says to `bytes` at once.
    std::string ask(const std::string& bytes) {
        board_.receive(bytes, now_);
        return board_.transmit(now_);
    }

    std::string after(Milliseconds time) {
        now_ += time;
        return board_.transmit(now_);
    }

    SimulatedBoard board_{profile()};
    TimePoint now_{1h};
};

TEST_F(TestxBoard, SaysWhoItIs) {
    EXPECT_EQ(ask("ID?\n"), "ID TESTX-JIG JIG-0001 1.4.2\r\n");
    SimulatedBoard other(profile(), "JIG-0042");
    other.receive("ID?\n", now_);
    EXPECT_EQ(other.transmit(now_), "ID TESTX-JIG JIG-0042 1.4.2\r\n");
}

TEST_F(TestxBoard, HasNominalValues) {
    EXPECT_EQ(ask("STATUS?\n"), "STATUS door=closed dut=present vbus_mv=5012 current_ma=123 temp_c=31.5 "
                                "usb=host relays=00000000\r\n");
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=0 usb=0 button=0 reset=0\r\n");
    for (char channel = '1'; channel <= '8'; ++channel) {
        EXPECT_EQ(ask(std::string("RELAY? ") + channel + "\n"), std::string("RELAY ") + channel + " OFF\r\n");
    }
}

TEST_F(TestxBoard, ARelayThatWasSetReadsBackAsSet) {
    EXPECT_EQ(ask("RELAY 3 ON\n"), "OK\r\n");
    EXPECT_EQ(ask("RELAY? 3\n"), "RELAY 3 ON\r\n");
    EXPECT_EQ(ask("RELAY? 4\n"), "RELAY 4 OFF\r\n");
    EXPECT_EQ(ask("RELAY 8 ON\n"), "OK\r\n");
    EXPECT_THAT(ask("STATUS?\n"), HasSubstr("relays=10000100")) << "the leftmost is relay 8";
    EXPECT_EQ(ask("RELAY 3 OFF\n"), "OK\r\n");
    EXPECT_EQ(ask("RELAY? 3\n"), "RELAY 3 OFF\r\n");
}

TEST_F(TestxBoard, UsbGoesWhereItIsSent) {
    for (const auto& [command, word] :
         {std::pair{"USB DUT\n", "usb=dut"}, {"USB OFF\n", "usb=off"}, {"USB HOST\n", "usb=host"}}) {
        EXPECT_EQ(ask(command), "OK\r\n");
        EXPECT_THAT(ask("STATUS?\n"), HasSubstr(word));
    }
}

TEST_F(TestxBoard, CountsWhatItCarriedOut) {
    (void)ask("RELAY 2 ON\nRELAY 2 ON\nUSB HOST\nRELAY 9 ON\nSAFE\nRELAY? 2\n");
    (void)ask("BUTTON 1 10\n");
    (void)after(10ms);
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=2 usb=1 button=1 reset=0\r\n")
        << "also what changes nothing, but neither refusals nor SAFE";
}

TEST_F(TestxBoard, AButtonAnswersWhenItIsReleased) {
    EXPECT_EQ(ask("BUTTON 2 300\n"), "");
    EXPECT_EQ(board_.next_due(), now_ + 300ms);
    EXPECT_EQ(after(299ms), "");
    EXPECT_EQ(after(1ms), "OK\r\n");
    EXPECT_EQ(board_.next_due(), TimePoint::max());
}

TEST_F(TestxBoard, CommandsWaitForTheButton) {
    EXPECT_EQ(ask("BUTTON 2 300\nRELAY 1 ON\n"), "");
    EXPECT_EQ(ask("RELAY? 1\nBUTTON 1 100\nID?\n"), "");
    EXPECT_EQ(after(300ms), "OK\r\nOK\r\nRELAY 1 ON\r\n");
    EXPECT_EQ(after(99ms), "");
    EXPECT_EQ(after(1ms), "OK\r\nID TESTX-JIG JIG-0001 1.4.2\r\n");
}

TEST_F(TestxBoard, SafeReleasesAButtonAtOnce) {
    EXPECT_EQ(ask("RELAY 5 ON\nUSB DUT\nBUTTON 2 5000\n"), "OK\r\nOK\r\n");
    (void)after(10ms);
    EXPECT_EQ(ask("SAFE\n"), "OK\r\nOK\r\n") << "BUTTON's, then SAFE's";
    EXPECT_THAT(ask("STATUS?\n"), HasSubstr("usb=off relays=00000000"));
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=1 usb=1 button=1 reset=0\r\n");
    EXPECT_EQ(after(1h), "") << "the button's time comes to nothing";
}

TEST_F(TestxBoard, SafeLetsNoButtonBeforeItHoldItUp) {
    EXPECT_EQ(ask("BUTTON 1 5000\nID?\nBUTTON 2 5000\nSAFE\n"),
              "OK\r\nID TESTX-JIG JIG-0001 1.4.2\r\nOK\r\nOK\r\n");
}

TEST_F(TestxBoard, AnOpenDoorRefusesRelay1AndButtons) {
    board_.set_state("door", "open", now_);
    EXPECT_EQ(board_.transmit(now_), "!DOOR open\r\n");
    EXPECT_EQ(ask("RELAY 1 ON\n"), "ERR 13 door open\r\n");
    EXPECT_EQ(ask("BUTTON 1 100\n"), "ERR 13 door open\r\n");
    EXPECT_EQ(ask("RELAY 1 OFF\n"), "OK\r\n");
    EXPECT_EQ(ask("RELAY 2 ON\n"), "OK\r\n");
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=2 usb=0 button=0 reset=0\r\n");
    board_.set_state("door", "closed", now_);
    EXPECT_EQ(board_.transmit(now_), "!DOOR closed\r\n");
    EXPECT_EQ(ask("RELAY 1 ON\n"), "OK\r\n");
}

TEST_F(TestxBoard, TheDoorIsAskedWhenTheCommandsTurnComes) {
    (void)ask("BUTTON 1 100\nRELAY 1 ON\n");
    board_.set_state("door", "open", now_);
    EXPECT_EQ(after(100ms), "!DOOR open\r\nOK\r\nERR 13 door open\r\n");
}

TEST_F(TestxBoard, ResetLeavesRelaysOffUsbAtTheHostAndTheCountersAsTheyAre) {
    (void)ask("RELAY 5 ON\nUSB DUT\n");
    EXPECT_EQ(ask("RESET\nID?\n"), "OK\r\n") << "what follows a reset is lost";
    EXPECT_EQ(ask("ID?\n"), "") << "deaf";
    EXPECT_EQ(after(profile().simulation.deaf), "TESTX-JIG READY\r\n");
    EXPECT_THAT(ask("STATUS?\n"), HasSubstr("usb=host relays=00000000"));
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=1 usb=1 button=0 reset=1\r\n");
}

TEST_F(TestxBoard, PowerOnClearsTheCounters) {
    (void)ask("RELAY 5 ON\nUSB DUT\nID?");
    board_.power_on(now_);
    EXPECT_EQ(ask("ID?\n"), "");
    EXPECT_EQ(after(profile().simulation.deaf), "TESTX-JIG READY\r\n");
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=0 usb=0 button=0 reset=0\r\n");
    EXPECT_THAT(ask("STATUS?\n"), HasSubstr("usb=host relays=00000000"));
}

TEST_F(TestxBoard, UnknownCommands) {
    for (const auto* command : {"\n", "\r\n", "FOO\n", "id?\n", " ID?\n", "relay 1 ON\n", "!DOOR open\n"}) {
        EXPECT_THAT(ask(command), StartsWith("ERR 10")) << command;
    }
}

TEST_F(TestxBoard, BadArguments) {
    for (const auto* command :
         {"RELAY\n", "RELAY 1\n", "RELAY 0 ON\n", "RELAY 9 ON\n", "RELAY 1 on\n", "RELAY  1 ON\n",
          "RELAY 1 ON \n", "RELAY -1 ON\n", "RELAY 1.5 ON\n", "RELAY 99999999999999999999 ON\n", "RELAY? 9\n",
          "USB\n", "USB PC\n", "BUTTON 5 100\n", "BUTTON 1 9\n", "BUTTON 1 5001\n", "BUTTON 1\n"}) {
        EXPECT_EQ(ask(command), "ERR 11 bad argument\r\n") << command;
    }
    EXPECT_EQ(ask("COUNT?\n"), "COUNT relay=0 usb=0 button=0 reset=0\r\n");
}

TEST_F(TestxBoard, LinesComeInAnyPortions) {
    EXPECT_EQ(ask("I"), "");
    EXPECT_EQ(ask("D?\r"), "");
    EXPECT_EQ(ask("\nID?\r\nI"), "ID TESTX-JIG JIG-0001 1.4.2\r\nID TESTX-JIG JIG-0001 1.4.2\r\n");
    EXPECT_EQ(ask("D?\n"), "ID TESTX-JIG JIG-0001 1.4.2\r\n");
}

TEST_F(TestxBoard, AnEndlessLineIsNoCommandAndTheNextIsFine) {
    for (int i = 0; i < 256; ++i) {
        EXPECT_EQ(ask(std::string(4096, 'x')), "");
    }
    EXPECT_EQ(ask("\nID?\n"), "ERR 10 unknown command\r\nID TESTX-JIG JIG-0001 1.4.2\r\n");
}

TEST_F(TestxBoard, OvercurrentSwitchesAllRelaysOff) {
    (void)ask("RELAY 2 ON\nRELAY 7 ON\n");
    board_.set_state("overcurrent_ma", 2150, now_);
    EXPECT_EQ(board_.transmit(now_), "!OVERCURRENT 2150\r\n");
    EXPECT_THAT(ask("STATUS?\n"), HasSubstr("relays=00000000"));
}

TEST_F(TestxBoard, OnlyAChangeIsAnEvent) {
    board_.set_state("dut", "present", now_);
    EXPECT_EQ(board_.transmit(now_), "");
    board_.set_state("dut", "absent", now_);
    EXPECT_EQ(board_.transmit(now_), "!DUT absent\r\n");
    board_.set_state("vbus_mv", 4800, now_);
    EXPECT_EQ(board_.transmit(now_), "");
    EXPECT_THAT(ask("STATUS?\n"), HasSubstr("dut=absent vbus_mv=4800"));
}

TEST_F(TestxBoard, ImpossibleValuesAreRefused) {
    EXPECT_THROW(board_.set_state("door", "ajar", now_), std::invalid_argument);
    EXPECT_THROW(board_.set_state("vbus_mv", -1, now_), std::invalid_argument);
    EXPECT_THROW(board_.set_state("dor", "open", now_), std::invalid_argument);
    EXPECT_EQ(board_.state().at("door"), "closed");
}

TEST_F(TestxBoard, FaultSilentCarriesOutWithoutAWord) {
    board_.set_fault({.kind = Fault::Kind::silent, .times = 1});
    EXPECT_EQ(ask("RELAY 2 ON\n"), "");
    EXPECT_EQ(ask("RELAY? 2\n"), "RELAY 2 ON\r\n");
}

TEST_F(TestxBoard, FaultLateHoldsAnswersBackInOrder) {
    board_.set_fault({.kind = Fault::Kind::late, .delay = 800ms, .times = 1});
    EXPECT_EQ(ask("RELAY 2 ON\nRELAY? 2\n"), "");
    EXPECT_EQ(after(799ms), "");
    EXPECT_EQ(after(1ms), "OK\r\nRELAY 2 ON\r\n");
}

TEST_F(TestxBoard, FaultHalfBreaksTheAnswerOff) {
    board_.set_fault({.kind = Fault::Kind::half, .times = 0});
    EXPECT_EQ(ask("RELAY? 2\n"), "RELAY ");
    EXPECT_EQ(ask("RELAY? 2\n"), "RELAY ") << "it lasts";
    board_.set_fault({});
    EXPECT_EQ(ask("RELAY? 2\n"), "RELAY 2 OFF\r\n");
}

TEST_F(TestxBoard, FaultNoiseHidesTheAnswer) {
    board_.set_fault({.kind = Fault::Kind::noise, .times = 1});
    const auto noise = ask("RELAY? 2\n");
    EXPECT_FALSE(noise.empty());
    EXPECT_EQ(noise.find("RELAY"), std::string::npos);
}

TEST_F(TestxBoard, FaultRefuseCarriesNothingOut) {
    board_.set_fault({.kind = Fault::Kind::refuse, .bytes = "ERR 12 relay fault", .times = 1});
    EXPECT_EQ(ask("RELAY 2 ON\n"), "ERR 12 relay fault\r\n");
    EXPECT_EQ(ask("RELAY? 2\n"), "RELAY 2 OFF\r\n");
}

TEST(SimulatedBoard, RepeatsCommandsWhereTheBoardDoes) {
    auto profile = test::load_testx_jig();
    test::change_line(profile, [](auto& line) { line.echo = true; });
    SimulatedBoard board(profile);
    board.receive("RELAY? 1\n", TimePoint{1h});
    EXPECT_EQ(board.transmit(TimePoint{1h}), "RELAY? 1\r\nRELAY 1 OFF\r\n");
}

} // namespace
} // namespace jigd::jigsim
