#include "jigctl/profile/trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "jigctl/profile/test_command.hpp"
#include "jigsim/board.hpp"
#include "jigsim/direct_port.hpp"
#include "support/profiles.hpp"
#include "support/testx_jig.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* lamp = R"(spec: 1
name: lamp
driver: line
identify: {send: WHO, match: '(?P<model>LAMP) (?P<serial>\d+)', example: LAMP 7}
requests:
  GetLamp:
    kind: read
    steps: [{send: "LAMP?", match: '(?P<on>ON|OFF)'}]
    result: {on: {type: boolean, text: "ON|OFF"}}
    examples:
      - {wire: [{tx: "LAMP?", rx: "OFF"}], result: {on: false}}
      - {wire: [{tx: "LAMP?", rx: "ON"}], result: {on: true}}
  SetLamp:
    kind: set
    params: {on: {type: boolean}}
    steps: [{send: "LAMP {on:ON|OFF}", match: DONE}]
    sets: {on: "{on}"}
    verify: {request: GetLamp, expect: {on: "{on}"}}
    examples: [{params: {on: true}, wire: [{tx: LAMP ON, rx: DONE}]}]
safe_state: [{request: SetLamp, params: {on: false}}]
)";

profile::Profile lamp_with(const std::string& from, const std::string& to) {
    std::string text(lamp);
    const auto place = text.find(from);
    EXPECT_NE(place, std::string::npos);
    return test::parse_profile(text.replace(place, from.size(), to), "lamp.yaml");
}

Trial trial_of(const std::vector<Trial>& trials, const std::string& what) {
    for (const auto& trial : trials) {
        if (trial.what == what) {
            return trial;
        }
    }
    ADD_FAILURE() << "not tried: " << what;
    return {};
}

TEST(TrialOnSimulator, AskEachExampleOfTheReferenceBoard) {
    const auto trials = try_on_simulator(test::load_testx_jig());
    EXPECT_THAT(trials, Each(Field("problem", &Trial::problem, "")));
    for (const auto* what : {"identify", "SetRelay channel=3 on=true",
                             "PressButton button=4 duration_ms=5000", "event DoorChanged", "safe_state"}) {
        (void)trial_of(trials, what);
    }
}

TEST(TrialOnSimulator, FindsASetThatItsVerifyDoesNotSee) {
    const auto trials = try_on_simulator(lamp_with("    sets: {on: \"{on}\"}\n", ""));
    EXPECT_THAT(trial_of(trials, "SetLamp on=true").problem,
                AllOf(StartsWith("verify: on = false where true was set"), HasSubstr("sets")));
    EXPECT_EQ(trial_of(trials, "GetLamp").problem, "");
}

TEST(TrialOnSimulator, FindsARequestWhoseCommandIsAnothers) {
    const auto trials = try_on_simulator(lamp_with("safe_state:", R"(  ReadLamp:
    kind: read
    steps: [{send: "LAMP?", match: 'IS (?P<lit>\d)'}]
    result: {lit: {type: integer}}
    examples: [{wire: [{tx: "LAMP?", rx: IS 1}], result: {lit: 1}}]
safe_state:)"));
    EXPECT_THAT(trial_of(trials, "ReadLamp").problem, HasSubstr("LAMP?"));
}

/// A board on a port in virtual time.
class TrialOnBoard : public testing::Test {
  protected:
    std::vector<Trial> run(const profile::Profile& profile, const WantedBoard& wanted = {}) {
        return try_on_board(profile, port_, wanted);
    }

    const profile::Profile real_ = lamp_with("LAMP 7", "LAMP 8");
    jigsim::SimulatedBoard board_{real_};
    jigsim::DirectPort port_{board_};
};

TEST_F(TrialOnBoard, AsksWhoItIsThenEachReadAndNothingElse) {
    board_.set_state("on", true, port_.now());
    const auto trials = run(real_);
    ASSERT_THAT(trials, SizeIs(2));
    EXPECT_EQ(trials[0].what, "identify");
    EXPECT_EQ(trials[0].result, "LAMP 8");
    EXPECT_EQ(trials[1].what, "GetLamp");
    EXPECT_EQ(trials[1].result, R"({"on":true})");
    EXPECT_EQ(board_.state().at("on"), true);
}

TEST_F(TrialOnBoard, ItIsSetUpBeforeItIsRead) {
    const auto profile = lamp_with("requests:", "on_open: [{send: LAMP OFF, match: DONE}]\nrequests:");
    board_.set_state("on", true, port_.now());
    const auto trials = run(profile);
    ASSERT_THAT(trials, SizeIs(3));
    EXPECT_EQ(trials[1].what, "on_open");
    EXPECT_EQ(trials[2].result, R"({"on":false})");
    const auto unknown = run(lamp_with("requests:", "on_open: [{send: QUIET, match: DONE}]\nrequests:"));
    ASSERT_THAT(unknown, SizeIs(2)) << "and nothing is read";
    EXPECT_THAT(unknown[1].problem, HasSubstr("QUIET"));
}

TEST_F(TrialOnBoard, SeveralQuestionsTellWhoItIs) {
    const auto profile = lamp_with(
        "identify: {send: WHO, match: '(?P<model>LAMP) (?P<serial>\\d+)', example: LAMP 7}",
        "identify: {model: L1, firmware: '{version}', steps: [{send: WHO, match: 'LAMP (?P<serial>\\d+)', "
        "example: LAMP 7}, {send: 'LAMP?', match: '(?P<version>ON|OFF)', example: 'ON'}]}");
    EXPECT_EQ(run(profile)[0].result, "L1 8 OFF");
    EXPECT_EQ(run(profile, {.serial = "8"})[0].problem, "");
}

TEST_F(TrialOnBoard, AnotherBoardGetsNoRead) {
    const auto other = run(real_, {.serial = "7"});
    ASSERT_THAT(other, SizeIs(1));
    EXPECT_THAT(other[0].problem, HasSubstr("the board is LAMP 8, not the one with serial 7"));
    const auto tube = lamp_with(R"('(?P<model>LAMP) (?P<serial>\d+)', example: LAMP 7)",
                                R"('(?P<model>TUBE) (?P<serial>\d+)', example: TUBE 7)");
    EXPECT_THAT(run(tube), SizeIs(1));
    EXPECT_THAT(run(test::load_testx_jig()), SizeIs(1));
}

TEST_F(TrialOnBoard, ABoardThatCannotBeAskedIsReadOnlyOnDemand) {
    const auto mute =
        lamp_with("identify: {send: WHO, match: '(?P<model>LAMP) (?P<serial>\\d+)', example: LAMP 7}",
                  "identify: none");
    const auto refused = run(mute);
    ASSERT_THAT(refused, SizeIs(1));
    EXPECT_THAT(refused[0].problem, HasSubstr("--unidentified"));
    EXPECT_THAT(run(mute, {.serial = "", .may_be_unknown = true}), SizeIs(2));
}

TEST(TrialReport, CountsWhatWentWrong) {
    const auto report = report_trials({{"A", "", ""}, {"B long", "why", ""}}, {});
    EXPECT_EQ(report.out, "  ok      A\n  failed  B long  why\n1 of 2 as they should be\n");
    EXPECT_EQ(report.status, ExitStatus::failed);
    EXPECT_EQ(report_trials({{"A", "", ""}}, {}).status, ExitStatus::ok);
}

} // namespace
} // namespace jigd::jigctl
