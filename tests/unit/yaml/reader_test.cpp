#include "yaml/reader.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace jigd::yaml {
namespace {

using namespace std::chrono_literals;

Node value(const std::string& text) {
    return *parse("v: " + text + "\n", "f").find("v");
}

TEST(Problems, AreInTheOrderOfTheFile) {
    Problems problems;
    problems.add({"f", 10, 1}, "d");
    problems.add({"f", 2, 5}, "b");
    problems.add({"f", 2, 5}, "c");
    problems.add({"f", 2, 1}, "a");
    problems.add({"f", 0, 0}, "whole");
    EXPECT_EQ(problems.text(), "f: whole\nf:2:1: a\nf:2:5: b\nf:2:5: c\nf:10:1: d\n");
}

TEST(Reader, ReadsText) {
    Problems problems;
    EXPECT_EQ(read_string(value("abc"), problems), "abc");
    EXPECT_EQ(read_string(value("0001"), problems), "0001");
    EXPECT_EQ(read_string(value("''"), problems), "");
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(read_string(value(""), problems), std::nullopt);
    EXPECT_EQ(read_string(value("[a]"), problems), std::nullopt);
    EXPECT_EQ(problems.text(), "f:1:1: nothing, expected text\nf:1:4: a list, expected text\n");
}

TEST(Reader, ReadsBooleans) {
    Problems problems;
    EXPECT_EQ(read_bool(value("true"), problems), true);
    EXPECT_EQ(read_bool(value("false"), problems), false);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(read_bool(value("on"), problems), std::nullopt);
    EXPECT_EQ(read_bool(value("No"), problems), std::nullopt);
    EXPECT_EQ(read_bool(value("'true'"), problems), std::nullopt);
    EXPECT_EQ(read_bool(value("{}"), problems), std::nullopt);
    EXPECT_EQ(problems.text(), "f:1:4: 'on', expected true or false; did you mean 'true'?\n"
                               "f:1:4: 'No', expected true or false; did you mean 'false'?\n"
                               "f:1:4: the text 'true', expected true or false; did you mean 'true'?\n"
                               "f:1:4: a map, expected true or false\n");
}

TEST(Reader, ReadsIntegers) {
    Problems problems;
    EXPECT_EQ(read_integer(value("12"), {}, problems), 12);
    EXPECT_EQ(read_integer(value("-12"), {}, problems), -12);
    EXPECT_EQ(read_integer(value("+12"), {}, problems), 12);
    EXPECT_EQ(read_integer(value("0x1f"), {}, problems), 31);
    EXPECT_EQ(read_integer(value("0o17"), {}, problems), 15);
    EXPECT_EQ(read_integer(value("-9223372036854775808"), {}, problems), INT64_MIN);
    EXPECT_EQ(read_integer(value("9223372036854775807"), {}, problems), INT64_MAX);
    EXPECT_EQ(read_integer(value("1000"), {1, 1000}, problems), 1000);
    EXPECT_TRUE(problems.empty());
}

TEST(Reader, SaysWhichIntegersItWants) {
    Problems problems;
    for (const auto* text :
         {"1001", "0", "abc", "1.5", "'5'", "9223372036854775808", "--1", "+-1", "0x-1", "0x"}) {
        EXPECT_EQ(read_integer(value(text), {1, 1000}, problems), std::nullopt) << text;
    }
    EXPECT_EQ(problems.lines()[0], "f:1:4: '1001', expected an integer from 1 to 1000");
    EXPECT_EQ(problems.lines()[4], "f:1:4: the text '5', expected an integer from 1 to 1000");

    Problems open;
    EXPECT_FALSE(read_integer(value("-1"), {.lowest = 0}, open));
    EXPECT_FALSE(read_integer(value("1"), {.highest = 0}, open));
    EXPECT_FALSE(read_integer(value("x"), {}, open));
    EXPECT_EQ(open.text(), "f:1:4: '-1', expected an integer of at least 0\n"
                           "f:1:4: '1', expected an integer of at most 0\n"
                           "f:1:4: 'x', expected an integer\n");
}

TEST(Reader, ReadsDurations) {
    Problems problems;
    EXPECT_EQ(read_duration(value("250us"), {}, problems), 250us);
    EXPECT_EQ(read_duration(value("500ms"), {}, problems), 500ms);
    EXPECT_EQ(read_duration(value("10s"), {}, problems), 10s);
    EXPECT_EQ(read_duration(value("5m"), {}, problems), 5min);
    EXPECT_EQ(read_duration(value("2h"), {}, problems), 2h);
    EXPECT_EQ(read_duration(value("0s"), {}, problems), 0s);
    EXPECT_EQ(read_duration(value("'10s'"), {}, problems), 10s);
    EXPECT_TRUE(problems.empty());
}

TEST(Reader, SaysWhichDurationsItWants) {
    Problems problems;
    for (const auto* text : {"10", "1.5s", "2d", "0s", "99999999999999h", "-1s", "s", "''", "[1s]"}) {
        EXPECT_EQ(read_duration(value(text), {1s, 10min}, problems), std::nullopt) << text;
    }
    ASSERT_EQ(problems.lines().size(), 9U);
    EXPECT_EQ(problems.lines()[0],
              "f:1:4: '10' has no unit, expected a duration from 1s to 10m; write it with us, "
              "ms, s, m or h, as in 10s");
    EXPECT_EQ(problems.lines()[1],
              "f:1:4: '1.5s', expected a duration from 1s to 10m; write a whole number and "
              "us, ms, s, m or h, as in 500ms");
    EXPECT_EQ(problems.lines()[3], "f:1:4: '0s', expected a duration from 1s to 10m");
}

TEST(Reader, ProposesTheUnitThatComesNearestToWhatIsUsual) {
    const auto proposed = [](const std::string& text, Range<Duration> range, Duration usual) {
        Problems problems;
        EXPECT_FALSE(read_duration(value(text), range, problems, usual));
        const auto line = problems.text();
        return line.substr(line.rfind(' ') + 1);
    };
    EXPECT_EQ(proposed("500", {1ms, 10min}, 500ms), "500ms\n");
    EXPECT_EQ(proposed("2", {1ms, 10min}, 500ms), "2s\n");
    EXPECT_EQ(proposed("5", {1s, 24h}, 5min), "5m\n");
    EXPECT_EQ(proposed("5", {0s, 100ms}, 1s), "5ms\n") << "seconds are out of range";
    EXPECT_EQ(proposed("0", {0s, 1min}, 1s), "0s\n");
    EXPECT_EQ(proposed("-1", {0s, 1min}, 1s), "-1s\n");
}

TEST(Reader, LeadsFromBracesWithoutQuotesToQuotes) {
    Problems problems;
    EXPECT_FALSE(read_string(value("{version}"), problems));
    EXPECT_FALSE(read_string(value("{a: b}"), problems));
    EXPECT_EQ(problems.text(), "f:1:4: a map, expected text; text in braces needs quotes, as in '{version}'\n"
                               "f:1:4: a map, expected text\n");
}

TEST(Reader, WritesDurationsAsItReadsThem) {
    for (const auto* text : {"0s", "250us", "1500ms", "90s", "10m", "36h"}) {
        Problems problems;
        EXPECT_EQ(to_text(*read_duration(value(text), {}, problems)), text);
    }
    EXPECT_EQ(to_text(60s), "1m");
    EXPECT_EQ(to_text(1500ns), "1us");
}

TEST(Reader, ReadsWords) {
    Problems problems;
    EXPECT_EQ(read_word(value("off"), {"on", "off"}, problems), "off");
    EXPECT_FALSE(read_word(value("warm"), {"error", "warn", "info"}, problems));
    EXPECT_FALSE(read_word(value("[]"), {"error", "warn"}, problems));
    EXPECT_EQ(problems.text(), "f:1:4: 'warm', expected one of error, warn, info; did you mean 'warn'?\n"
                               "f:1:4: a list, expected one of error, warn\n");
}

TEST(Reader, ShowsNoPasswordControlCharacterOrEndlessText) {
    EXPECT_EQ(shown("amqp://me:se@cret@host"), "'amqp://***@host'");
    EXPECT_EQ(shown("a\x1b[31m\n"), "'a?[31m?'");
    EXPECT_EQ(shown(std::string(59, 'x') + "ää"), "'" + std::string(59, 'x') + "...'");
}

TEST(MapReader, ReadsEachKeyAndTakesDefaults) {
    Problems problems;
    MapReader map(value("{a: x, b: true, c: 5, d: 10s, e: on}"), "thing", problems);
    EXPECT_EQ(map.required_string("a"), "x");
    EXPECT_TRUE(map.bool_or("b", false));
    EXPECT_EQ(map.integer_or("c", 1), 5);
    EXPECT_EQ(map.duration_or("d", 1s), 10s);
    EXPECT_EQ(map.word_or("e", "off", {"on", "off"}), "on");
    EXPECT_EQ(map.string("f"), std::nullopt);
    EXPECT_EQ(map.string_or("g", "default"), "default");
    EXPECT_EQ(map.integer_or("h", 7), 7);
    map.finish();
    EXPECT_EQ(problems.text(), "");
}

TEST(MapReader, ReportsUnknownAndMissingKeys) {
    Problems problems;
    MapReader map(value("{heartbet: 1, zzzzzzzzzz: 2}"), "broker", problems);
    EXPECT_EQ(map.required_string("urls"), "");
    EXPECT_FALSE(map.node("heartbeat"));
    map.finish();
    EXPECT_EQ(
        problems.text(),
        "f:1:4: broker has no key 'urls', which is required\n"
        "f:1:5: broker has no key 'heartbet', expected one of urls, heartbeat; did you mean 'heartbeat'?\n"
        "f:1:18: broker has no key 'zzzzzzzzzz', expected one of urls, heartbeat\n");
}

TEST(MapReader, DoesNotCallAMisspeltKeyMissing) {
    Problems problems;
    MapReader map(value("{url: 1}"), "broker", problems);
    EXPECT_FALSE(map.required_node("urls"));
    EXPECT_FALSE(map.required_node("user"));
    map.finish();
    EXPECT_EQ(problems.text(),
              "f:1:4: broker has no key 'user', which is required\n"
              "f:1:5: broker has no key 'url', expected one of urls, user; did you mean 'urls'?\n");
}

TEST(MapReader, ReportsWhatIsNoMapOnce) {
    for (const auto& [text, kind] : {std::pair{"[a]", "a list"}, std::pair{"a", "text"}}) {
        Problems problems;
        MapReader map(value(text), "log", problems);
        EXPECT_EQ(map.required_string("level"), "");
        map.finish();
        EXPECT_EQ(problems.text(),
                  std::string("f:1:4: log is ") + kind + ", expected a map of 'key: value'\n");
    }
}

TEST(MapReader, TakesNullForAnEmptyMap) {
    Problems problems;
    MapReader map(value(""), "log", problems);
    EXPECT_EQ(map.string_or("level", "info"), "info");
    map.finish();
    EXPECT_TRUE(problems.empty());
    EXPECT_FALSE(map.required_node("more"));
    map.finish();
    EXPECT_EQ(problems.lines().size(), 1U);
}

} // namespace
} // namespace jigd::yaml
