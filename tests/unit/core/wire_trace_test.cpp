#include "core/wire_trace.hpp"

#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// 2026-01-31T10:32:00.123456Z
constexpr std::chrono::system_clock::time_point at{1'769'855'520s + 123'456us};

void expect_same(const WireEntry& one, const WireEntry& other) {
    EXPECT_EQ(one.at, other.at);
    EXPECT_EQ(one.sent, other.sent);
    EXPECT_EQ(one.bytes, other.bytes);
    EXPECT_EQ(one.left_off, other.left_off);
    EXPECT_EQ(one.request, other.request);
    EXPECT_EQ(one.correlation_id, other.correlation_id);
    EXPECT_EQ(one.requester, other.requester);
}

std::string refusal(std::string_view line) {
    try {
        return "taken: " + to_trace_line(parse_trace_line(line));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

TEST(WireTrace, ALineSaysWhatWhenAndWhose) {
    WireEntry entry{.at = at, .sent = true, .bytes = "RELAY 1 ON\n"};
    EXPECT_EQ(to_trace_line(entry), R"({"at":"2026-01-31T10:32:00.123456Z","sent":"RELAY 1 ON\n"})");
    entry.sent = false;
    entry.bytes = "OK\r\n";
    entry.request = "SetRelay";
    entry.correlation_id = "c-1";
    entry.requester = "Jürgen";
    EXPECT_EQ(to_json(entry), (nlohmann::json{{"at", "2026-01-31T10:32:00.123456Z"},
                                              {"received", "OK\r\n"},
                                              {"request", "SetRelay"},
                                              {"correlation_id", "c-1"},
                                              {"requester", "Jürgen"}}));
    expect_same(parse_trace_line(to_trace_line(entry)), entry);
}

TEST(WireTrace, BytesThatAreNoTextAreHex) {
    WireEntry entry{.at = at, .sent = false, .bytes = std::string("\x00\xffK", 3)};
    EXPECT_EQ(to_json(entry).at("received_hex"), "00ff4b");
    entry.sent = true;
    entry.bytes = "\x7f";
    EXPECT_EQ(to_json(entry).at("sent_hex"), "7f");
    EXPECT_EQ(parse_trace_line(R"({"at":"2026-01-31T10:32:00Z","sent_hex":"0AfF"})").bytes, "\x0a\xff");
}

TEST(WireTrace, WhatWasLeftOffIsSaid) {
    WireEntry entry{.at = at, .sent = false, .bytes = "abc", .left_off = 1000};
    EXPECT_EQ(to_json(entry).at("left_off"), 1000);
    expect_same(parse_trace_line(to_trace_line(entry)), entry);
}

TEST(WireTrace, AnyBytesAreOneLineAndComeBackAsTheyWere) {
    std::mt19937 random(1);
    const auto bytes = [&random] {
        std::string made(random() % 12, '\0');
        for (auto& byte : made) {
            byte = static_cast<char>(random() % 256);
        }
        return made;
    };
    for (int i = 0; i < 2000; ++i) {
        WireEntry entry{.at = at + std::chrono::microseconds(random()), .sent = i % 2 == 0, .bytes = bytes()};
        entry.request = bytes();
        if (i % 3 != 0) {
            entry.correlation_id = bytes();
            entry.requester = bytes();
        }
        const auto line = to_trace_line(entry);
        EXPECT_EQ(line.find_first_of(std::string("\n\r\0", 3)), std::string::npos);
        expect_same(parse_trace_line(line), entry);
    }
}

TEST(WireTrace, TimesOfOtherPrecisionAreRead) {
    const auto read = [](const std::string& time) {
        return parse_trace_line(R"({"sent":"","at":")" + time + R"("})").at;
    };
    EXPECT_EQ(read("2026-01-31T10:32:00Z"), at - 123'456us);
    EXPECT_EQ(read("2026-01-31T10:32:00.1Z"), at - 23'456us);
    EXPECT_EQ(read("2026-01-31T10:32:00.123456789Z"), at);
    EXPECT_EQ(read("1969-12-31T23:59:59.999999Z"), std::chrono::system_clock::time_point(-1us));
    EXPECT_EQ(to_json({.at = std::chrono::system_clock::time_point(-1us)}).at("at"),
              "1969-12-31T23:59:59.999999Z");
}

TEST(WireTrace, ABadLineSaysWhatIsWrong) {
    EXPECT_THAT(refusal("RELAY 1 ON"), HasSubstr("not JSON"));
    EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
    EXPECT_THAT(refusal("[1]"), HasSubstr("array, not an object"));
    EXPECT_THAT(refusal(R"({"sent":"A"})"), HasSubstr("no 'at'"));
    EXPECT_THAT(refusal(R"({"at":1,"sent":"A"})"), HasSubstr("at is a number, not text"));
    EXPECT_THAT(refusal(R"({"at":"2026-01-31T10:32:00Z"})"), HasSubstr("one of sent"));
    EXPECT_THAT(refusal(R"({"at":"2026-01-31T10:32:00Z","sent":"A","received_hex":"00"})"),
                HasSubstr("one of sent"));
    for (const auto* hex : {"0", "000", "0g", "+1", "-1", " 1"}) {
        EXPECT_THAT(refusal(R"({"at":"2026-01-31T10:32:00Z","sent_hex":")" + std::string(hex) + R"("})"),
                    HasSubstr("sent_hex: "))
            << hex;
    }
    EXPECT_THAT(refusal(R"({"at":"2026-01-31T10:32:00Z","sent":"A","left_off":-1})"), HasSubstr("left_off"));
    for (const auto* time :
         {"", "2026", "2026-01-31 10:32:00Z", "2026-02-30T10:32:00Z", "2026-01-31T24:00:00Z",
          "2026-01-31T10:32:00", "2026-01-31T10:32:00.Z", "2026-01-31T10:32:00.1xZ", "0001-01-31T10:32:00Z",
          "2026-01-31T10:32:00+01:00", "-026-01-31T10:32:00Z"}) {
        EXPECT_THAT(refusal(R"({"sent":"A","at":")" + std::string(time) + R"("})"),
                    HasSubstr("is not a time in UTC"))
            << time;
    }
}

} // namespace
} // namespace jigd
