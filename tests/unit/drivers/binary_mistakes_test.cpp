#include <algorithm>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using testing::HasSubstr;

std::string problems_of(const std::string& text) {
    try {
        (void)test::parse_profile(text, "b.yaml");
    } catch (const yaml::Invalid& error) {
        return error.what();
    }
    return "";
}

std::string problems_with_frame(const std::string& frame) {
    return problems_of("spec: 1\nname: b\ndriver: binary\nidentify: none\nbinary: {frame: " + frame +
                       "}\nrequests:\n  Do: {kind: pulse, steps: [{send: \"31\"}]}\n");
}

std::string problems_with_step(const std::string& step) {
    return problems_of("spec: 1\nname: b\ndriver: binary\nidentify: none\nrequests:\n  Do:\n    kind: pulse\n"
                       "    params: {n: {type: integer}}\n    steps: [" +
                       step + "]\n");
}

TEST(BinaryMistakes, OfAFrameLeadToTheirFix) {
    const std::pair<const char*, const char*> cases[] = {
        {"AA",
         "b.yaml:5:17: binary.frame: expected none, or a list of what a frame is made of, such as [\"AA\""},
        {"[AA]", "binary.frame: it lacks body, the place of what a step sends"},
        {"[bodi]", "b.yaml:5:18: binary.frame: expected bytes in hexadecimal (\"AA 55\"), body, {length: u8"},
        {"[bodi]", "did you mean 'body'?"},
        {"[0xAA, body]", "binary.frame: expected bytes in hexadecimal"},
        {"[body, body]", "b.yaml:5:24: binary.frame: a second body; a frame has one"},
        {"[{length: u9, of: [body]}, body]", "'u9', expected one of u8, u16, u32; did you mean 'u8'?"},
        {"[{length: u8}, body]", "say what the length is of, such as of: [body]"},
        {"[{length: u8, of: body}, body]", "say what the length is of, such as of: [body]"},
        {"[{length: u8, of: [checksum, body]}, body]", "there is no 'checksum' in it"},
        {"[{length: u8, of: [bodi]}, body]", "there is no 'bodi' in it; did you mean 'body'?"},
        {"[{length: u8, of: [length]}, body]", "the length must count the body"},
        {"[body, {length: u8, of: [body]}]", "a length behind the body can't be found; write it before body"},
        {"[body, {checksum: crc16, of: [body]}]", "crc16_modbus"},
        {"[body, {checksum: sum8}]", "say what the checksum is of, such as of: [length, body]"},
        {"[body, {checksum: sum8, of: [checksum]}]", "a checksum can't be of itself"},
        {"[body, {checksum: sum8, of: [AB]}]", "there is no 'AB' in it"},
        {"[body, {checksum: sum8, of: [body], oder: little}]", "did you mean 'order'?"},
        {"[{sequence: u8, first: 5, last: 5}, body]", "a sequence number rises from first to last"},
        {"[{sequence: u8, last: 256}, body]", "255"},
        {"[{sequence: u8, unasked: 3}, body]", "choose one that is not between first and last"},
        {"[{size: u8}, body]", "binary.frame: expected bytes in hexadecimal"},
        {"[body], order: middle", "'middle', expected one of big, little"},
        {"[body], longest: 70000", "65536"},
        {"[body], stuffing: slipp", "did you mean 'slip'?"},
        {"[AA, body], stuffing: {escape: 7D, xor: 20}", "binary.stuffing has no key 'of', which is required"},
        {"[AA, body], stuffing: {escape: 7D, xor: 20, of: AA}", "of is a list of the bytes that are escaped"},
        {"[AA, body], stuffing: {escape: 7D00, xor: 20, of: [AA, 7D]}",
         "escape: expected one byte in hexadecimal, such as \"7D\", was '7D00'"},
        {"[AA, body], stuffing: {escape: 7D, xor: 20, of: [AA, esc]}",
         "of: expected one byte in hexadecimal"},
        {"[AA, body], stuffing: {escape: 7D, xor: 20, off: [AA, 7D]}", "did you mean 'of'?"},
        {"[AA, body], stuffing: {escape: 7D, xor: 20, of: [7D]}", "the frame begins with AA, which of lacks"},
        {"[AA, body], stuffing: {escape: 7D, xor: 20, of: [AA]}", "the escape is 7D, which of lacks"},
        {"[AA, body], stuffing: {escape: 7D, xor: 0, of: [AA, 7D]}", "xor: expected one byte in hexadecimal"},
        {"[AA, body], stuffing: {escape: 7D, xor: D7, of: [AA, 7D]}",
         "b.yaml:5:57: binary.stuffing: AA would be sent as 7D, which is in of, too; write another xor"},
        {"[body], stuffing: {escape: 7D, xor: 20, of: [AA, 7D]}",
         "such a frame begins with bytes of its own, as in frame: [\"AA\", body]"},
        {"[7E, body, 7E], stuffing: {escape: 7D, xor: 20, of: [7E, 7D]}", "write stuffing: hdlc"},
    };
    for (const auto& [frame, problem] : cases) {
        EXPECT_THAT(problems_with_frame(frame), HasSubstr(problem)) << frame;
    }
    EXPECT_EQ(problems_with_frame("none"), "");
    EXPECT_EQ(problems_with_frame("[a0, body, {checksum: sum8, of: [A0, body]}]"), "");
}

TEST(BinaryMistakes, OfAFrameAreNotFollowedByWhatDependsOnThem) {
    for (const auto* frame : {"[{lenght: u8, of: [body]}, body, {checksum: sum8, of: [length, body]}]",
                              "[{length: u8, of: [body]}, {checksum: sum8, of: [length, body]}]"}) {
        const auto text = problems_with_frame(frame);
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    }
    const std::string examples =
        "spec: 1\nname: b\ndriver: binary\nidentify: none\nbinary: {frame: [AA, body, "
        "{checksum: xor8, of: [body]}]}\nrequests:\n  Do: {kind: pulse, steps: [{send: "
        "\"31\"}], examples: [{wire: [{tx: \"AA 31 31\"}]}]}\n";
    EXPECT_EQ(problems_of(examples).substr(0, 40), "b.yaml:5:39: 'xor8', expected one of sum");
    EXPECT_THAT(problems_of(examples), Not(HasSubstr("the example")));
}

TEST(BinaryMistakes, OfAStepLeadToTheirFix) {
    const std::pair<const char*, const char*> cases[] = {
        {"{send: {n:u8}}",
         "b.yaml:9:20: send: expected bytes in hexadecimal and fields, in quotes because of"},
        {"{send: \"31 {n:u8\"}", "b.yaml:9:20: send: '{n:u8' has no closing brace"},
        {"{send: \"ID {n:u8}\"}", "send: 'ID ' is not bytes in hexadecimal"},
        {"{send: \"31 {m:u8}\"}", "send: '{m}' is not a parameter of Do; did you mean 'n'?"},
        {"{send: \"31\"}", "parameter 'n' is used in no step; write {n}"},
        {"{send: \"{n:u8} {any 2}\"}", "send: a command says each of its bytes; {any} is for a match"},
        {"{send: \"{n:u8}\", match: \"{v:ascii}\"}", "match: nothing says where this body ends"},
        {"{send: \"{n:u8}\", match: \"{v:ascii 300}\"}",
         "match: its frame has 300 bytes; raise binary.longest"},
        {"{match: \"{v:u8}\"}", "step has no key 'send'"},
        {"{send: \"{n:u8}\", mach: \"06\"}", "did you mean 'match'?"},
    };
    for (const auto& [step, problem] : cases) {
        EXPECT_THAT(problems_with_step(step), HasSubstr(problem)) << step;
    }
}

TEST(BinaryMistakes, OfWhatTheBoardSaysLeadToTheirFix) {
    const std::string board = R"(
spec: 1
name: b
driver: binary
binary: {frame: [AA, {length: u8, of: [body]}, body]}
serial: {mode: 8N1}
identify: none
errors: [{match: "15 {code:u8}"}]
events: [{name: Said, match: "C0 {n:u8}", values: {n: {type: integer}}, example: "C0 01"}]
requests:
  Get:
    kind: read
    steps: [{send: "31", match: "B1 {v:u16}"}]
    result: {v: {type: integer, maximum: 5000}}
    examples: [{wire: [{tx: "31", rx: "B1 13 88"}], result: {v: 5000}}]
)";
    ASSERT_EQ(problems_of(board), "");
    struct Case {
        const char* from;
        const char* to;
        const char* problem;
    };
    const Case cases[] = {
        {"mode: 8N1", "mode: 7E1",
         "b.yaml:6:16: serial.mode: driver binary sends bytes, which need 8 data bits, not 7; write 8 in "
         "front"},
        {", values: {n: {type: integer}}", "",
         "event 'Said': say what its fields are, such as values: {n: {type: integer}}"},
        {"B1 {v:u16}\"}", "B1 {v:u8} {v:u8}\"}",
         "match: 'v' is captured twice; give one of them another name"},
        {"C0 {n:u8}", "C0 {n:u8} {n:u8}", "match: 'n' is captured twice"},
        {"{code:u8}", "{kode:u8}", "match: the group 'kode' means nothing here; did you mean 'code'?"},
        {"result: {v:", "result: {w:", "field 'w' is captured by no step; write {w:u8} in the match"},
        {"values: {n:", "values: {m:", "field 'm' is not captured; write {m:u8} in the match"},
        {"{v: {type: integer, maximum: 5000}}", "{v: {type: string}}",
         "field 'v' is a number, as the step reads it; write type: integer or number, not string"},
        {"{v: {type: integer, maximum: 5000}}", "{v: {type: array, items: {type: boolean}}}",
         "field 'v' is a number, as the step reads it; a list is read as several"},
        {"tx: \"31\"", "tx: \"3l\"", "'3l' is not bytes in hexadecimal; write them as in \"B1 0F 5A\""},
        {"tx: \"31\"", "tx: \"32\"", "the example sends '32', but Get with these parameters sends '31'"},
        {"rx: \"B1 13 88\"", "rx: \"B1 13\"", "the answer 'B1 13' does not match B1 {v:u16}"},
        {"rx: \"B1 13 88\"", "rx: \"B1 13 89\"",
         "the board's 'v' must be an integer of at most 5000, was 5001"},
        {"example: \"C0 01\"", "example: \"C1 01\"", "the example 'C1 01' does not match C0 {n:u8}"},
        {"match: \"B1 {v:u16}\"", "match: \"{v:u16}\"",
         "the event Said looks like an answer to Get, by {v:u16} in line 13"},
    };
    for (const auto& [from, to, problem] : cases) {
        auto changed = board;
        changed.replace(changed.find(from), std::string(from).size(), to);
        EXPECT_THAT(problems_of(changed), HasSubstr(problem)) << to;
    }
}

TEST(BinaryMistakes, AnEventMayLookLikeAnAnswerWhereItsNumberTellsThemApart) {
    const auto board = [](const std::string& sequence) {
        return "spec: 1\nname: b\ndriver: binary\nidentify: none\n"
               "binary: {frame: [AA, {length: u8, of: [body]}, " +
               sequence +
               "body]}\n"
               "events: [{name: Said, match: \"B1 {v:u8}\", values: {v: {type: integer}}, example: \"B1 "
               "01\"}]\n"
               "requests:\n  Get:\n    kind: read\n    steps: [{send: \"31\", match: \"B1 {v:u8}\"}]\n"
               "    result: {v: {type: integer}}\n"
               "    examples: [{wire: [{tx: \"31\", rx: \"B1 02\"}], result: {v: 2}}]\n";
    };
    EXPECT_EQ(problems_of(board("{sequence: u8, first: 1, unasked: 0}, ")), "");
    EXPECT_THAT(problems_of(board("")), HasSubstr("would be taken for the event Said"));
}

TEST(BinaryMistakes, OfAParameterAreFoundByItsExamples) {
    EXPECT_THAT(
        problems_of("spec: 1\nname: b\ndriver: binary\nidentify: none\nrequests:\n  Do:\n    kind: pulse\n"
                    "    params: {n: {type: integer}}\n    steps: [{send: \"{n:u8}\"}]\n"
                    "    examples: [{params: {n: 300}, wire: [{tx: \"2C\"}]}]\n"),
        HasSubstr("the example doesn't hold: parameter 'n' does not fit: 300 is not between 0 and 255"));
}

} // namespace
} // namespace jigd::drivers
