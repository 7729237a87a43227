#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/binary/body.hpp"
#include "drivers/hex_text.hpp"

namespace jigd::drivers {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Body body(const std::string& text, ByteOrder order = ByteOrder::big) {
    return Body(text, order, true);
}

std::string bytes(const std::string& hex) {
    return from_hex(hex).value();
}

std::string refusal(const Body& of, const json& params) {
    try {
        (void)of.encode(params);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::bad_request);
        return error.what();
    }
    return "";
}

std::string mistake(const std::string& text, bool takes_rest = false) {
    try {
        (void)Body(text, ByteOrder::big, takes_rest);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

TEST(BinaryBody, ANumberMayStandWhereAFieldDoes) {
    EXPECT_EQ(body("62 {3:u8} {-2:i16} {0x1234:u16 little}").encode(json::object()),
              bytes("62 03 FF FE 34 12"));
    EXPECT_EQ(mistake("62 {256:u8}"), "'{256:u8}' does not fit into its bytes");
}

TEST(BinaryBody, WritesAndReadsEachTypeAlike) {
    struct Case {
        const char* field;
        json value;
        const char* hex;
    };
    const Case cases[] = {
        {"{v:u8}", 255, "FF"},
        {"{v:u16}", 0x1234, "12 34"},
        {"{v:u16 little}", 0x1234, "34 12"},
        {"{v:u24}", 0x123456, "12 34 56"},
        {"{v:u32}", 0xDEADBEEFU, "DE AD BE EF"},
        {"{v:u64}", 0xFFFFFFFFFFFFFFFFU, "FF FF FF FF FF FF FF FF"},
        {"{v:i8}", -128, "80"},
        {"{v:i16}", -2, "FF FE"},
        {"{v:i24}", -2, "FF FF FE"},
        {"{v:i32 little}", -2, "FE FF FF FF"},
        {"{v:i64}", std::numeric_limits<std::int64_t>::min(), "80 00 00 00 00 00 00 00"},
        {"{v:f32}", 230.1, "43 66 19 9A"},
        {"{v:f64}", -0.5, "BF E0 00 00 00 00 00 00"},
        {"{v:ascii 4}", "AB", "41 42 00 00"},
        {"{v:ascii 4 blanks}", "AB", "41 42 20 20"},
        {"{v:ascii}", "AB ", "41 42 20"},
        {"{v:bytes 2}", "DEAD", "DE AD"},
        {"{v:bcd 2}", 1234, "12 34"},
        {"{v:bits 8}", {true, false, false, false, false, false, false, true}, "81"},
        {"{v:bits 12}",
         {false, false, false, false, false, false, false, false, true, false, false, true},
         "09 00"},
        {"{v:5A|00}", true, "5A"},
        {"{v:off=00 00|slow=01 00}", "slow", "01 00"},
        {"{100+v:u8}", 3, "67"},
        {"{255-v:u8}", 3, "FC"},
    };
    for (const auto& [field, value, hex] : cases) {
        const auto described = body(field);
        EXPECT_EQ(to_hex(described.encode({{"v", value}})), hex) << field;
        EXPECT_EQ(described.decode(bytes(hex)).value_or(json()), (json{{"v", value}})) << field;
    }
}

TEST(BinaryBody, TakesTheSectionsByteOrder) {
    EXPECT_EQ(to_hex(body("{v:u16}", ByteOrder::little).encode({{"v", 0x1234}})), "34 12");
    EXPECT_EQ(to_hex(body("{v:u16 big}", ByteOrder::little).encode({{"v", 0x1234}})), "12 34");
}

TEST(BinaryBody, MixesBytesAndFields) {
    const auto answer = body("B1 {supply:u16} 0F{flags:u8}");
    EXPECT_EQ(answer.names(), (std::vector<std::string>{"supply", "flags"}));
    EXPECT_EQ(answer.size(), 5U);
    EXPECT_EQ(answer.decode(bytes("B1 13 88 0F 02")), (json{{"supply", 5000}, {"flags", 2}}));
    EXPECT_FALSE(answer.decode(bytes("B1 13 88 0E 02"))) << "another literal";
    EXPECT_FALSE(answer.decode(bytes("B1 13 88 0F"))) << "too short";
    EXPECT_FALSE(answer.decode(bytes("B1 13 88 0F 02 00"))) << "too long";
}

TEST(BinaryBody, AFieldThatIsThereTwiceMustSayTheSame) {
    const auto doubled = body("{n:u8} {255-n:u8}");
    EXPECT_EQ(to_hex(doubled.encode({{"n", 5}})), "05 FA");
    EXPECT_TRUE(doubled.decode(bytes("05 FA")));
    EXPECT_FALSE(doubled.decode(bytes("05 FB")));
}

TEST(BinaryBody, AWholeNumberMayBeWrittenWithAPoint) {
    EXPECT_EQ(to_hex(body("{1+n:u16}").encode({{"n", 256.0}})), "01 01");
}

TEST(BinaryBody, ANumberMayBeWrittenInDigits) {
    const auto volts = body("56 3A {volts:%05.2f}");
    EXPECT_EQ(to_hex(volts.encode({{"volts", 5}})), "56 3A 30 35 2E 30 30");
    EXPECT_EQ(volts.decode(bytes("56 3A 31 32 2E 35 30")), (json{{"volts", 12.5}}));
    EXPECT_FALSE(volts.decode(bytes("56 3A 31 32 2C 35 30"))) << "a comma";
    EXPECT_THAT(refusal(volts, {{"volts", 123.4}}), HasSubstr("123.40 is longer than 5 characters"));
    EXPECT_EQ(volts.field("volts")->spelt(5), "5.0") << "as an answer that repeats it reads";
    EXPECT_EQ(to_hex(body("{n-1:%02X}").encode({{"n", 16}})), "30 46");
    EXPECT_THAT(mistake("{volts:%.2f}"), HasSubstr("write a width, as in {volts:%05.2f}"));
    EXPECT_THAT(mistake("{volts:%05.2g}"), HasSubstr("is not a format of a number"));
}

TEST(BinaryBody, DecimalsTimesAPowerOfTenAreWholeNumbers) {
    EXPECT_EQ(to_hex(body("{1000*amps:u16}").encode({{"amps", 1.25}})), "04 E2");
    EXPECT_EQ(body("{1000*amps:u16}").decode(bytes("04 E2")), (json{{"amps", 1.25}}));
    EXPECT_EQ(body("{1000*amps:u16}").field("amps")->spelt(2.0), "2") << "as an answer that repeats it reads";
}

TEST(BinaryBody, ATrueOrFalseIsOneOrZeroInANumber) {
    EXPECT_EQ(to_hex(body("{on:u8}").encode({{"on", true}})), "01");
}

TEST(BinaryBody, WhatIsNoValueIsNotRead) {
    EXPECT_FALSE(body("{v:5A|00}").decode(bytes("5B")));
    EXPECT_FALSE(body("{v:bcd 1}").decode(bytes("1A")));
    EXPECT_FALSE(body("{2*v:u8}").decode(bytes("03")));
    EXPECT_EQ(body("{v:f32}").decode(bytes("7F C0 00 00")), (json{{"v", nullptr}})) << "not a number";
    EXPECT_EQ(body("{v:ascii 4}").decode(bytes("41 42 20 00")), (json{{"v", "AB"}}));
}

TEST(BinaryBody, AParameterThatDoesNotFitIsRefused) {
    EXPECT_THAT(refusal(body("{v:u8}"), {{"v", 256}}),
                HasSubstr("parameter 'v' does not fit: 256 is not between 0 and 255"));
    EXPECT_THAT(refusal(body("{v:u8}"), {{"v", -1}}), HasSubstr("not between 0 and 255"));
    EXPECT_THAT(refusal(body("{v:u64}"), {{"v", -1}}), HasSubstr("not between 0 and 18446744073709551615"));
    EXPECT_THAT(refusal(body("{v:i8}"), {{"v", 128}}), HasSubstr("not between -128 and 127"));
    EXPECT_THAT(refusal(body("{v:i64}"), {{"v", 0x8000000000000000U}}), HasSubstr("does not fit"));
    EXPECT_THAT(refusal(body("{200+v:u8}"), {{"v", 100}}), HasSubstr("300 is not between"));
    EXPECT_THAT(refusal(body("{100+v:u8}"), {{"v", 0xFFFFFFFFFFFFFFFFU}}), HasSubstr("is too large"));
    EXPECT_THAT(refusal(body("{v:u8}"), {{"v", 1e300}}), HasSubstr("must be a whole number"));
    EXPECT_THAT(refusal(body("{v:u8}"), {{"v", 1.5}}), HasSubstr("must be a whole number"));
    EXPECT_THAT(refusal(body("{v:u8}"), {{"v", "1"}}), HasSubstr("must be a whole number"));
    EXPECT_THAT(refusal(body("{v:f32}"), {{"v", 1e39}}), HasSubstr("does not fit into 32 bits"));
    EXPECT_THAT(refusal(body("{v:f32}"), {{"v", "1"}}), HasSubstr("must be a number"));
    EXPECT_THAT(refusal(body("{v:ascii 2}"), {{"v", "ABC"}}), HasSubstr("longer than 2 characters"));
    EXPECT_THAT(refusal(body("{v:ascii 2}"), {{"v", "A\n"}}), HasSubstr("printable ASCII"));
    EXPECT_THAT(refusal(body("{v:ascii 4}"), {{"v", "A "}}), HasSubstr("end in a blank"));
    EXPECT_THAT(refusal(body("{v:bytes 2}"), {{"v", "DE"}}), HasSubstr("must be 2 bytes, was 1"));
    EXPECT_THAT(refusal(body("{v:bytes 2}"), {{"v", "XY"}}), HasSubstr("bytes in hexadecimal"));
    EXPECT_THAT(refusal(body("{v:bcd 1}"), {{"v", 100}}), HasSubstr("2 decimal digits"));
    EXPECT_THAT(refusal(body("{v:bcd 1}"), {{"v", -1}}), HasSubstr("2 decimal digits"));
    EXPECT_THAT(refusal(body("{v:bits 2}"), {{"v", {true}}}), HasSubstr("list of 2 booleans"));
    EXPECT_THAT(refusal(body("{v:a=01|b=02}"), {{"v", "c"}}), HasSubstr("has no bytes for \"c\""));
    EXPECT_THAT(refusal(body("{v:u8}"), json::object()), HasSubstr("is missing"));
}

TEST(BinaryBody, MistakesSayWhatToWrite) {
    EXPECT_THAT(mistake("0x31"), HasSubstr("without 0x"));
    EXPECT_THAT(mistake("5"), HasSubstr("two digits each"));
    EXPECT_THAT(mistake("ID?"), HasSubstr("'ID?' is not bytes in hexadecimal"));
    EXPECT_THAT(mistake(""), HasSubstr("it holds no bytes"));
    EXPECT_THAT(mistake("31 {v"), HasSubstr("no closing brace"));
    EXPECT_THAT(mistake("31 {v}"), HasSubstr("'{v}' lacks its type; write {name:u8}"));
    EXPECT_THAT(mistake("{v:u9}"), HasSubstr("there is no type 'u9'; did you mean 'u8'?"));
    EXPECT_THAT(mistake("{v:ascii x}"), HasSubstr("'ascii x' is not a type"));
    EXPECT_THAT(mistake("{v:u16 middle}"), HasSubstr("'u16 middle' is not a type; write u16, u16 little"));
    EXPECT_THAT(mistake("{v:u8 little big}"), HasSubstr("is not a type"));
    EXPECT_THAT(mistake("{v:ascii x blanks}", true), HasSubstr("is not a type"));
    EXPECT_THAT(mistake("{v:bcd 9}"), HasSubstr("is not a type"));
    EXPECT_THAT(mistake("{v:bits 65}"), HasSubstr("is not a type"));
    EXPECT_THAT(mistake("{v:ON|OFF}"), HasSubstr("the word 'ON' is not bytes in hexadecimal"));
    EXPECT_THAT(mistake("{v:5A|0000}"), HasSubstr("different lengths"));
    EXPECT_THAT(mistake("{v:5A|5A}"), HasSubstr("ambiguous"));
    EXPECT_THAT(mistake("{v+1:ascii 2}"), HasSubstr("a sum is a whole number"));
    EXPECT_THAT(mistake("{a+b:u8}"), HasSubstr("is not a parameter or a sum with one"));
    EXPECT_THAT(mistake("{v:ascii}"), HasSubstr("nothing says where this body ends"));
    EXPECT_THAT(mistake("{v:ascii} 00", true), HasSubstr("what follows a field without a size"));
}

TEST(BinaryBody, AnyBytesMeanNothing) {
    const auto answer = body("B1 {any 2} {on:u8}");
    EXPECT_EQ(answer.size(), 4U);
    EXPECT_EQ(answer.decode(bytes("B1 77 88 01")), (json{{"on", 1}}));
    EXPECT_EQ(answer.decode(bytes("B1 88 77 01")), (json{{"on", 1}}));
    EXPECT_TRUE(body("EE {any}").decode(bytes("EE 01 02 03")));
    EXPECT_THAT(mistake("{any x}"), HasSubstr("lacks its number of bytes; write {any 2}"));
}

TEST(BinaryBody, KnowsItsBeginnings) {
    const auto answer = body("B1 {on:5A|00} 0F");
    EXPECT_TRUE(answer.may_begin(""));
    EXPECT_TRUE(answer.may_begin(bytes("B1")));
    EXPECT_TRUE(answer.may_begin(bytes("B1 00 0F")));
    EXPECT_FALSE(answer.may_begin(bytes("B1 01")));
    EXPECT_FALSE(answer.may_begin(bytes("B2")));
}

TEST(BinaryBody, FillsAnExampleAndLeavesWhatDoesNotFit) {
    const auto answer = body("B1 {supply:u16} {on:5A|00} {name:ascii 4}");
    const auto filled = answer.fill(bytes("B1 00 01 00 41 42 43 44"), [](const std::string& name) {
        return name == "supply" ? std::optional<std::string>("5000")
               : name == "on"   ? std::optional<std::string>("true")
                                : std::optional<std::string>("too long");
    });
    EXPECT_EQ(to_hex(filled), "B1 13 88 5A 41 42 43 44");
    const auto unfilled = answer.fill(bytes("B1 00 01 00 41 42 43 44"),
                                      [](const std::string&) { return std::optional<std::string>(); });
    EXPECT_EQ(to_hex(unfilled), "B1 00 01 00 41 42 43 44");
}

} // namespace
} // namespace jigd::drivers
