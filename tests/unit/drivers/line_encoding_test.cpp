#include <gmock/gmock.h>

#include "jigsim/board.hpp"
#include "line_driver_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using testing::HasSubstr;

constexpr const char* display = R"(
spec: 1
name: display
driver: line
line: {encoding: latin1}
identify: none
requests:
  GetText:
    kind: read
    steps: [{send: "TEXT?", match: 'TEXT (?P<text>.*)'}]
    result: {text: {type: string}}
    examples: [{wire: [{tx: "TEXT?", rx: TEXT grün}], result: {text: grün}}]
  SetText:
    kind: set
    params: {text: {type: string}, tone: {enum: [leise, "lärmig"]}}
    steps: [{send: "SAY {text} {tone:leise=°|lärmig=±}", match: 'OK (?P<text>.*)'}]
    sets: {text: "{text}"}
    examples: [{params: {text: grün, tone: lärmig}, wire: [{tx: SAY grün ±, rx: OK grün}]}]
)";

class LineEncodingTest : public LineDriverFixture {
  protected:
    LineEncodingTest() { profile_ = test::parse_profile(display, "display"); }
};

TEST_F(LineEncodingTest, TextIsReadAndWrittenAsLatin1) {
    port_.expect("TEXT?\n").answer("TEXT bl\xe4ulich\n");
    const auto* request = profile_.find("GetText");
    EXPECT_EQ(profile::to_result(request->result, ask("GetText")).at("text"), "bläulich");
    port_.expect("SAY bl\xe4ulich \xb1\n").answer("OK bl\xe4ulich\n");
    EXPECT_NO_THROW((void)ask("SetText", {{"text", "bläulich"}, {"tone", "lärmig"}}));
    const auto error = failure("SetText", {{"text", "5 Ω"}, {"tone", "leise"}});
    EXPECT_EQ(error.code(), Code::bad_request);
    EXPECT_THAT(error.what(), HasSubstr("parameter 'text' holds a character that Latin-1"));
}

TEST_F(LineEncodingTest, TheSimulatedBoardSpeaksItToo) {
    jigsim::SimulatedBoard board(profile_);
    board.receive("SAY bl\xe4ulich \xb0\nTEXT?\n", TimePoint{});
    EXPECT_EQ(board.transmit(TimePoint{}), "OK bl\xe4ulich\nTEXT bl\xe4ulich\n");
}

} // namespace
} // namespace jigd::drivers
