#include "jigctl/board/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "jigsim/board.hpp"
#include "jigsim/direct_port.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A board with an identity of its own and one command.
profile::Profile board(const std::string& name, const std::string& identify,
                       const std::string& command = "RING", int baud = 9600) {
    return test::parse_profile("spec: 1\nname: " + name + "\ndriver: line\nserial: {baud: " +
                                   std::to_string(baud) + "}\nidentify: " + identify +
                                   "\nrequests:\n  Ring: {kind: pulse, steps: [{send: '" + command + "'}]}\n",
                               name + ".yaml");
}

std::string asking(const std::string& send, const std::string& model) {
    return "{send: '" + send + "', match: '(?P<model>" + model + ") (?P<serial>\\S+)', example: " + model +
           " 7}";
}

TEST(ScanPlan, AsksBoardsThatAreAskedAlikeOnce) {
    const std::vector<profile::Profile> boards{board("a", asking("ID?", "A")), board("b", asking("ID?", "B")),
                                               board("c", asking("ID?", "C"), "RING", 115200),
                                               board("d", asking("WHO", "D"))};
    const auto plan = plan_scan(boards, boards);
    EXPECT_THAT(plan.left_out, IsEmpty());
    ASSERT_THAT(plan.questions, SizeIs(3));
    EXPECT_THAT(plan.questions[0].boards, SizeIs(2));
    EXPECT_THAT(plan.questions[0].frames, ElementsAre("ID?\n"));
    EXPECT_THAT(render_plan(plan), HasSubstr("  9600 8N1    'ID?'  (a, b)\n"));
}

TEST(ScanPlan, LeavesOutWhatWouldAct) {
    const std::vector<profile::Profile> boards{
        board("a", "none"),
        board("b", asking("B", "B"), "B"),
        board("c", asking("PING", "C")),
        board("d", asking("ID?", "D"), "PING"),
        board("e", asking("E", "E"), "SER", 115200),
        board("f", "{steps: [{send: TYPE, match: '(?P<model>F)', example: F}, "
                   "{send: SER, match: '(?P<serial>\\S+)', example: F7}]}")};
    const auto plan = plan_scan(boards, boards);
    ASSERT_THAT(plan.questions, SizeIs(2));
    EXPECT_EQ(plan.questions[0].boards[0]->name, "d");
    EXPECT_EQ(plan.questions[1].boards[0]->name, "e");
    const auto text = render_plan(plan);
    EXPECT_THAT(text, HasSubstr("left out: a: it can't be asked who it is"));
    EXPECT_THAT(text, HasSubstr("left out: b: 'B' is Ring of b, so asking might act"));
    EXPECT_THAT(text, HasSubstr("left out: c: 'PING' is Ring of d, so asking might act"));
    EXPECT_THAT(text, HasSubstr("left out: f: 'SER' is Ring of e, so asking might act"));
}

TEST(ScanPlan, ShowsAllThatABoardIsAsked) {
    const std::string type = "{steps: [{send: TYPE, match: '(?P<model>M)', example: M}, ";
    const std::vector<profile::Profile> boards{
        board("a", type + "{send: SER, match: '(?P<serial>\\S+)', example: A7}]}"),
        board("b", type + "{send: NUM, match: '(?P<serial>\\S+)', example: B7}]}")};
    const auto plan = plan_scan(boards, boards);
    ASSERT_THAT(plan.questions, SizeIs(2));
    EXPECT_THAT(plan.questions[1].frames, ElementsAre("TYPE\n", "NUM\n"));
    EXPECT_THAT(render_plan(plan), HasSubstr("'TYPE', then 'NUM'  (b)\n"));
}

TEST(Scan, FindsTheBoardThatAnswers) {
    const std::vector<profile::Profile> boards{board("a", asking("WHO", "A")), board("b", asking("ID?", "B")),
                                               board("c", asking("ID?", "C"))};
    jigsim::SimulatedBoard real(boards[2], "X-1");
    const auto found = scan(plan_scan(boards, boards), [&](const profile::Serial&) {
        return std::make_unique<jigsim::DirectPort>(real);
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->profile, "c");
    EXPECT_EQ(found->identity.serial, "X-1");
    const auto none =
        scan(plan_scan({boards.begin(), boards.begin() + 2}, boards),
             [&](const profile::Serial&) { return std::make_unique<jigsim::DirectPort>(real); });
    EXPECT_FALSE(none);
}

TEST(Scan, ABoardThatSaysNothingIsNotAskedTheSameAgain) {
    const std::vector<profile::Profile> boards{board("a", asking("ID?", "A")), board("b", asking("ID?", "B")),
                                               board("c", asking("WHO", "C"))};
    jigsim::SimulatedBoard deaf(boards[2], "X-1");
    int opens = 0;
    const auto found = scan(plan_scan(boards, boards), [&](const profile::Serial&) {
        ++opens;
        return std::make_unique<jigsim::DirectPort>(deaf);
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->profile, "c");
    EXPECT_EQ(opens, 2);
}

TEST(Scan, APortThatCannotBeOpenedEndsIt) {
    const std::vector<profile::Profile> boards{board("a", asking("WHO", "A"))};
    EXPECT_THROW((void)scan(plan_scan(boards, boards),
                            [](const profile::Serial&) -> std::unique_ptr<drivers::Port> {
                                throw Error(Code::jig_offline, "no");
                            }),
                 Error);
}

TEST(Scan, TheStanzaIsYaml) {
    const auto text = stanza({.profile = "c", .identity = {.serial = "0017"}}, "/dev/serial/by-id/usb-X:1");
    const auto jig = *yaml::parse(text, "jigd.yaml").find("jig");
    EXPECT_EQ(jig.find("serial")->to_json(), "0017");
    EXPECT_EQ(jig.find("profile")->to_json(), "c");
    EXPECT_EQ(jig.find("port")->to_json(), "/dev/serial/by-id/usb-X:1");
    EXPECT_THAT(stanza({.profile = "c", .identity = {}}, "/dev/ttyUSB0"), HasSubstr("choose a name"));
}

} // namespace
} // namespace jigd::jigctl
