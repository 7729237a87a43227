#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/line/line_form.hpp"
#include "profile/profile.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

Field field(const std::string& schema, Field::Form form = Field::Form::plain) {
    return {"x", "x", Schema(json::parse(schema)), form, std::nullopt, StateName("x")};
}

Field field_of_bits(const std::string& schema, Bits bits) {
    auto field = profile::field(schema, Field::Form::bits);
    field.bits = bits;
    return field;
}

Field field_of_words(const std::string& schema, const std::string& words) {
    return {"x", "x", Schema(json::parse(schema)), Field::Form::words, Words(words), StateName("x")};
}

std::string protocol_error(const Field& field, const json& captured) {
    try {
        return "read " + from_wire(field, captured).dump();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_protocol);
        return error.what();
    }
}

const std::string unfit = "; the profile doesn't fit this board or its firmware, or the line is disturbed";

TEST(FromWire, ReadsByTheSchemasType) {
    EXPECT_EQ(from_wire(field(R"({"type": "integer"})"), "5012"), json(5012));
    EXPECT_EQ(from_wire(field(R"({"type": "integer"})"), "-7"), json(-7));
    EXPECT_EQ(from_wire(field(R"({"type": "integer"})"), "0007"), json(7));
    EXPECT_EQ(from_wire(field(R"({"type": "number"})"), "31.5"), json(31.5));
    EXPECT_EQ(from_wire(field(R"({"type": "number"})"), "-1e3"), json(-1000.0));
    EXPECT_EQ(from_wire(field(R"({"type": "string"})"), "21 °C"), json("21 °C"));
    EXPECT_EQ(from_wire(field(R"({"enum": ["open", "closed"]})"), "open"), json("open"));
    EXPECT_EQ(from_wire(field(R"({"enum": [1, 2]})"), "2"), json(2));
    EXPECT_EQ(from_wire(field_of_words(R"({"type": "boolean"})", "ON|OFF"), "OFF"), json(false));
    EXPECT_EQ(from_wire(field_of_words(R"({"type": ["integer", "null"]})", "1=ONE|null=NONE"), "NONE"),
              json());
}

TEST(FromWire, TakesNumbersThatABinaryProtocolCaptured) {
    EXPECT_EQ(from_wire(field(R"({"type": "integer", "maximum": 9})"), 7), json(7));
    EXPECT_EQ(protocol_error(field(R"({"type": "integer", "maximum": 9})"), 10),
              "the board's 'x' must be an integer of at most 9, was 10" + unfit);
}

TEST(FromWire, RefusesEverythingElse) {
    const auto integer = field(R"({"type": "integer", "minimum": 0, "maximum": 30000})");
    for (const auto* text : {"", " 1", "1 ", "+1", "0x10", "1.0", "1e3", "12mV", "99999999999999999999", "-1",
                             "30001", "\x01", "nan"}) {
        EXPECT_EQ(
            protocol_error(integer, text).find("the board's 'x' must be an integer from 0 to 30000, was \""),
            0U)
            << text;
    }
    for (const auto* text : {"", "inf", "-inf", "nan", "1,5", "1.5V", "1e999", "0x1p3", "+1.5"}) {
        EXPECT_EQ(protocol_error(field(R"({"type": "number"})"), text)
                      .find("the board's 'x' must be a number, was"),
                  0U)
            << text;
    }
    EXPECT_EQ(protocol_error(field_of_words(R"({"type": "boolean"})", "ON|OFF"), "on"),
              "the board's 'x' must be one of ON, OFF, was \"on\"" + unfit);
    EXPECT_EQ(protocol_error(field(R"({"enum": ["open", "closed"]})"), "ajar"),
              "the board's 'x' must be one of open, closed, was \"ajar\"" + unfit);
    EXPECT_EQ(
        protocol_error(field(R"({"type": "string"})"), "\xc3\x28"),
        "the board's 'x' is not UTF-8 text, was \"\\xc3(\"; leave those bytes outside of the group, or check "
        "the line's speed and mode");
}

TEST(FromWire, ReadsBitsInEitherOrder) {
    const std::string bits =
        R"({"type": "array", "items": {"type": "boolean"}, "minItems": 3, "maxItems": 3})";
    EXPECT_EQ(from_wire(field_of_bits(bits, {}), "001"), (json{true, false, false}));
    EXPECT_EQ(from_wire(field_of_bits(bits, {.is_leftmost_first = true}), "001"), (json{false, false, true}));
    for (const auto* text : {"", "00", "0000", "002", "0 1"}) {
        EXPECT_EQ(
            protocol_error(field_of_bits(bits, {}), text)
                .find(
                    "the board's 'x' must be a list of 3 items, each true or false, written as 0 and 1, was"),
            0U)
            << text;
    }
}

TEST(ToWire, IsTheInverse) {
    const std::string bits = R"({"type": "array", "items": {"type": "boolean"}})";
    const std::vector<std::tuple<Field, json, std::string>> rows = {
        {field(R"({"type": "integer"})"), 5012, "5012"},
        {field(R"({"type": "number"})"), 31.5, "31.5"},
        {field(R"({"type": "string"})"), "text", "text"},
        {field_of_words(R"({"type": "boolean"})", "ON|OFF"), true, "ON"},
        {field_of_bits(bits, {}), {true, false, false}, "001"},
        {field_of_bits(bits, {.is_leftmost_first = true}), {true, false, false}, "100"},
    };
    for (const auto& [each, value, text] : rows) {
        EXPECT_EQ(to_wire(each, value), text);
        EXPECT_EQ(from_wire(each, text), value);
    }
    EXPECT_THROW((void)to_wire(field(R"({"type": "integer", "maximum": 9})"), 10), Error);
    EXPECT_THROW((void)to_wire(field_of_words(R"({"enum": ["a", "b", "c"]})", "a=A|b=B"), "c"), Error);
}

TEST(ToResult, AnAbsentGroupIsNullWhereTheSchemaAllowsIt) {
    EXPECT_EQ(to_result({field(R"({"type": ["integer", "null"]})")}, {}), (json{{"x", nullptr}}));
    try {
        (void)to_result({field(R"({"type": "integer"})")}, {{"y", "1"}});
        ADD_FAILURE() << "an absent value was made up";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_protocol);
        EXPECT_STREQ(error.what(), "the board's answer lacks 'x', which must be an integer");
    }
}

TEST(Complete, FillsInDefaultsAndKeepsWhatWasGiven) {
    Request request;
    request.name = "Press";
    request.params = {{"button", Schema(json{{"type", "integer"}}), std::nullopt},
                      {"duration_ms", Schema(json{{"type", "integer"}}), json(100)}};
    EXPECT_EQ(complete(request, {{"button", 1}}), (json{{"button", 1}, {"duration_ms", 100}}));
    EXPECT_EQ(complete(request, {{"button", 1}, {"duration_ms", 5}}),
              (json{{"button", 1}, {"duration_ms", 5}}));
    EXPECT_THROW((void)complete(request, json::array()), Error);
}

TEST(Complete, SpellsAValueAsTheProfileDoes) {
    Request request;
    request.name = "Select";
    request.params = {{"mode", Schema(json{{"enum", {1, 2, 3}}}), std::nullopt}};
    EXPECT_EQ(complete(request, {{"mode", 1.0}})["mode"].dump(), "1");
}

TEST(Complete, RefusesAValueThatWouldEndTheCommandEarly) {
    Request request;
    request.name = "Say";
    request.params = {{"text", Schema(json{{"type", "string"}}), std::nullopt}};
    request.steps = {Step{.form = std::make_shared<drivers::LineForm>(
                              drivers::LineForm::Parts{.send = Template("SAY {text}", "//"), .end = "//"})}};
    EXPECT_EQ(complete(request, {{"text", "hello"}}), (json{{"text", "hello"}}));
    for (const auto* text : {"a\nRELAY 1 ON", "a\r", "\x7f", "\x1b[A", "a//b"}) {
        try {
            (void)complete(request, {{"text", text}});
            ADD_FAILURE() << text << " was taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::bad_request);
        }
    }
}

TEST(Complete, AHostileNameOrValueIsCutInTheMessage) {
    Request request;
    request.name = "Reset";
    try {
        (void)complete(request, {{std::string(1 << 20, 'x') + "\n", 1}});
        ADD_FAILURE() << "was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.what(),
                  "parameter '" + std::string(60, 'x') + "...' is unknown to Reset, which takes none");
    }
}

TEST(ToParams, TypesWhatTheCommandCarries) {
    Request request;
    request.params = {{"channel", Schema(json{{"type", "integer"}}), std::nullopt},
                      {"label", Schema(json{{"type", "string"}}), std::nullopt},
                      {"on", Schema(json{{"type", "boolean"}}), std::nullopt}};
    const drivers::LineForm send({.send = Template("SET {channel} {label} {on:ON|OFF}"), .end = "\n"});
    EXPECT_EQ(to_params(request, send, "SET 3 7 ON"), (json{{"channel", 3}, {"label", "7"}, {"on", true}}));
    // The schema refuses it then, as the board would.
    EXPECT_EQ(to_params(request, send, "SET x 7 ON"), (json{{"channel", "x"}, {"label", "7"}, {"on", true}}));
    EXPECT_FALSE(to_params(request, send, "SET 3"));
}

} // namespace
} // namespace jigd::profile
