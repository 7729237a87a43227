#include "profile/schema.hpp"

#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jigd::profile {
namespace {

using nlohmann::json;

Schema schema(const std::string& text) {
    return Schema(json::parse(text));
}

TEST(Schema, DescribesItselfInWords) {
    const std::vector<std::pair<std::string, std::string>> words = {
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", "an integer from 1 to 8"},
        {R"({"type": "integer", "minimum": 10, "maximum": 5000, "unit": "ms"})",
         "an integer from 10 to 5000 ms"},
        {R"({"type": "integer"})", "an integer"},
        {R"({"type": "number", "minimum": 0})", "a number of at least 0"},
        {R"({"type": "number", "maximum": 1.5})", "a number of at most 1.5"},
        {R"({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})", "a number above 0 below 1"},
        {R"({"type": "integer", "multipleOf": 5})", "an integer that is a multiple of 5"},
        {R"({"enum": ["host", "dut", "off"]})", "one of host, dut, off"},
        {R"({"enum": [1, null]})", "one of 1, null"},
        {R"({"enum": ["only"]})", "only"},
        {R"({"const": 5})", "5"},
        {R"({"type": "boolean"})", "true or false"},
        {R"({"type": "string"})", "a string"},
        {R"({"type": "string", "minLength": 1, "maxLength": 8})", "a string of 1 to 8 characters"},
        {R"({"type": "string", "maxLength": 8})", "a string of at most 8 characters"},
        {R"({"type": "string", "pattern": "^[a-z]+$"})", "a string that matches ^[a-z]+$"},
        {R"({"type": ["integer", "null"], "minimum": 0})", "an integer of at least 0 or null"},
        {R"({"type": "array", "items": {"type": "boolean"}, "minItems": 8, "maxItems": 8})",
         "a list of 8 items, each true or false"},
        {R"({"type": "array"})", "a list"},
        {R"({})", "any value"},
    };
    for (const auto& [text, expected] : words) {
        EXPECT_EQ(schema(text).describe(), expected) << text;
    }
}

TEST(Schema, KnowsTheTypeThatTextIsReadAs) {
    EXPECT_EQ(schema(R"({"type": "integer"})").type(), "integer");
    EXPECT_EQ(schema(R"({"type": ["null", "number"]})").type(), "number");
    EXPECT_EQ(schema(R"({"enum": [null, 1, 2]})").type(), "integer");
    EXPECT_EQ(schema(R"({"enum": ["a"]})").type(), "string");
    EXPECT_EQ(schema(R"({"const": 1.5})").type(), "number");
    EXPECT_EQ(schema(R"({})").type(), "string");
}

TEST(Schema, AcceptsAndRefuses) {
    const std::vector<std::tuple<std::string, json, bool>> rows = {
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", 1, true},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", 8, true},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", 9, false},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", -1, false},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", 1.0, true},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", 1.5, false},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", "1", false},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", true, false},
        {R"({"type": "integer", "minimum": 1, "maximum": 8})", nullptr, false},
        {R"({"type": "integer", "minimum": -10, "maximum": 10})", std::numeric_limits<std::uint64_t>::max(),
         false},
        {R"({"type": "integer", "multipleOf": 5})", 10, true},
        {R"({"type": "integer", "multipleOf": 5})", 11, false},
        {R"({"type": "number"})", 1, true},
        {R"({"type": "number"})", 1e300, true},
        {R"({"type": "number", "exclusiveMaximum": 1})", 1, false},
        {R"({"type": "boolean"})", false, true},
        {R"({"type": "boolean"})", 0, false},
        {R"({"enum": ["a", "b"]})", "a", true},
        {R"({"enum": ["a", "b"]})", "A", false},
        {R"({"type": "string", "maxLength": 2})", "äö", true},
        {R"({"type": "string", "maxLength": 2})", "abc", false},
        {R"({"type": "string", "pattern": "^[a-z]+$"})", "abc", true},
        {R"({"type": "string", "pattern": "^[a-z]+$"})", "abc1", false},
        {R"({"type": "string", "pattern": "bc"})", "abcd", true},
        {R"({"type": "string", "pattern": "^.$"})", "°", true},
        {R"({"type": "integer"})", 1e300, false},
        {R"({"type": "integer"})", 9223372036854775808.0, false},
        {R"({"type": "integer"})", -9223372036854775808.0, true},
        {R"({"type": "integer"})", std::numeric_limits<std::int64_t>::min(), true},
        {R"({"type": "integer"})", std::numeric_limits<std::uint64_t>::max(), false},
        {R"({"type": "integer", "maximum": 9007199254740992})", 9007199254740993, false},
        {R"({"type": "number", "maximum": 9007199254740992.0})", 9007199254740993, false},
        {R"({"type": "number", "minimum": 0})", -0.0, true},
        {R"({"enum": [1, 2, 3]})", 1.0, true},
        {R"({"enum": [1.0, "1"]})", 1, true},
        {R"({"enum": [true]})", 1, false},
        {R"({"const": 1})", 1.0, true},
        {R"({"const": [1, 2]})", json::array({1.0, 2}), true},
        {R"({"const": null})", nullptr, true},
        {R"({"const": null})", 0, false},
        {R"({"type": ["integer", "string"], "minimum": 5, "maxLength": 1})", "a", true},
        {R"({"type": "array", "items": {"type": "string", "pattern": "^a"}})", json::array({"ab", "b"}),
         false},
        {R"({"type": "array", "minItems": 1, "maxItems": 2})", json::array(), false},
        {R"({"type": "array", "minItems": 1, "maxItems": 2})", json::array({1, 2}), true},
        {R"({"type": "array", "minItems": 1, "maxItems": 2})", json::array({1, 2, 3}), false},
        {R"({"type": "integer"})", json::object(), false},
        {R"({"type": ["integer", "null"]})", nullptr, true},
        {R"({"type": "array", "items": {"type": "boolean"}})", json::array({true, false}), true},
        {R"({"type": "array", "items": {"type": "boolean"}})", json::array({true, 1}), false},
    };
    for (const auto& [text, value, good] : rows) {
        EXPECT_EQ(!schema(text).violation(value), good) << text << " " << value;
    }
}

TEST(Schema, DecimalsAreExact) {
    const auto tenths = schema(R"({"type": "number", "minimum": 0, "maximum": 30, "multipleOf": 0.1})");
    for (int tenth = 0; tenth <= 300; ++tenth) {
        const auto text = std::to_string(tenth / 10) + "." + std::to_string(tenth % 10);
        EXPECT_FALSE(tenths.violation(json::parse(text))) << text;
    }
    for (const auto* text : {"0.15", "0.01", "29.99", "30.1", "1e-300"}) {
        EXPECT_TRUE(tenths.violation(json::parse(text))) << text;
    }
}

TEST(Schema, MultiplesAreExactHoweverGreat) {
    const auto holds = [](const std::string& unit, const std::string& value) {
        return !schema(R"({"multipleOf": )" + unit + "}").violation(json::parse(value));
    };
    EXPECT_TRUE(holds("0.1", "1e300"));
    EXPECT_TRUE(holds("1e-300", "1e300"));
    EXPECT_TRUE(holds("1e300", "1e300"));
    EXPECT_FALSE(holds("1e300", "1"));
    EXPECT_TRUE(holds("1e300", "0"));
    EXPECT_TRUE(holds("2", "-9223372036854775808"));
    EXPECT_FALSE(holds("3", "-9223372036854775808"));
    EXPECT_TRUE(holds("0.5", "18446744073709551615"));
    EXPECT_TRUE(holds("5", "18446744073709551615"));
    EXPECT_FALSE(holds("7", "18446744073709551615"));
    EXPECT_TRUE(holds("18446744073709551615", "18446744073709551615"));
    EXPECT_TRUE(holds("0.001", "12.3"));
    EXPECT_FALSE(holds("0.25", "12.3"));
}

TEST(Schema, SpellsAValueAsItIsWrittenThere) {
    const std::vector<std::tuple<std::string, std::string, std::string>> rows = {
        {R"({"enum": [1, 2, 3]})", "1.0", "1"},
        {R"({"enum": [0.5, "x"]})", "5e-1", "0.5"},
        {R"({"const": 2})", "2.0", "2"},
        {R"({"type": "integer"})", "1.0", "1"},
        {R"({"type": "integer"})", "2e0", "2"},
        {R"({"type": ["null", "integer"]})", "-0.0", "0"},
        {R"({"type": "number"})", "1.0", "1.0"},
        {R"({"type": "boolean"})", "true", "true"},
        {R"({"enum": [true, false]})", "true", "true"},
        {R"({})", "1.0", "1.0"},
        {R"({"enum": [1.0]})", "1", "1.0"},
    };
    for (const auto& [text, value, expected] : rows) {
        EXPECT_EQ(schema(text).canonical(json::parse(value)).dump(), expected) << text << " " << value;
    }
}

TEST(Schema, SaysWhatIsWrongInAFewPrintableWords) {
    const auto channel = schema(R"({"type": "integer", "minimum": 1, "maximum": 8})");
    EXPECT_EQ(channel.violation(9), "must be an integer from 1 to 8, was 9");
    EXPECT_EQ(channel.violation("9"), "must be an integer from 1 to 8, was \"9\"");
    EXPECT_EQ(channel.violation(json::object()), "must be an integer from 1 to 8, was an object");
    EXPECT_EQ(channel.violation(std::string(1 << 20, 'x')),
              "must be an integer from 1 to 8, was \"" + std::string(60, 'x') + "...\"");
    EXPECT_EQ(channel.violation("\x1b[2J\xff"), "must be an integer from 1 to 8, was \"\\x1b[2J\\xff\"");
}

TEST(Schema, APatternTakesALongValueWithoutRecursion) {
    const auto text = schema(R"({"type": "string", "pattern": "^(a|b)*$"})");
    EXPECT_FALSE(text.violation(std::string(1 << 20, 'a')));
    EXPECT_TRUE(text.violation(std::string(1 << 20, 'a') + "c"));
}

TEST(Schema, RefusesWhatIsNoSchema) {
    for (const auto* text : {R"("integer")",
                             R"([])",
                             R"({"type": "int"})",
                             R"({"minimum": "1"})",
                             R"({"minimum": 2, "maximum": 1})",
                             R"({"items": {"maximum": "1"}})",
                             R"({"enum": "a"})",
                             R"({"pattern": "("})",
                             R"({"pattern": 1})",
                             R"({"minLength": -1})",
                             R"({"minItems": 1.5})",
                             R"({"multipleOf": 0})",
                             R"({"multipleOf": 0.0})",
                             R"({"multipleOf": -1})",
                             R"({"multipleOf": "1"})",
                             R"({"exclusiveMinimum": 1, "maximum": 1})",
                             R"({"enum": []})",
                             R"({"type": []})",
                             R"({"minimun": 1})",
                             R"({"format": "date"})",
                             R"({"items": [{}]})"}) {
        EXPECT_THROW(schema(text), std::invalid_argument) << text;
    }
}

} // namespace
} // namespace jigd::profile
