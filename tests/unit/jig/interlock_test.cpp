#include "jig/interlock.hpp"

#include <array>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Comparison = profile::Requirement::Comparison;

constexpr TimePoint start{1h};

profile::Requirement requires_that(Comparison comparison, json value) {
    return {.text = "the condition",
            .state = profile::StateName("it"),
            .comparison = comparison,
            .value = std::move(value),
            .max_age = 0ms,
            .read = "JigStatus"};
}

/// Whether each operator holds, in the order == != < <= > >=.
std::string which_hold(const json& value, const json& bound) {
    std::string held;
    for (const auto comparison : {Comparison::equal, Comparison::not_equal, Comparison::less,
                                  Comparison::at_most, Comparison::greater, Comparison::at_least}) {
        held += holds(requires_that(comparison, bound), value) ? 'y' : 'n';
    }
    return held;
}

TEST(Interlock, NumbersAreComparedByTheirValue) {
    EXPECT_EQ(which_hold(4, 5), "nyyynn");
    EXPECT_EQ(which_hold(5, 5), "ynnyny");
    EXPECT_EQ(which_hold(6, 5), "nynnyy");
    EXPECT_EQ(which_hold(-1, 0), "nyyynn");
    EXPECT_EQ(which_hold(4.999, 5), "nyyynn") << "a measured fraction against a whole bound";
    EXPECT_EQ(which_hold(5.0, 5), "ynnyny");
    EXPECT_EQ(which_hold(31.5, 31.25), "nynnyy");
}

TEST(Interlock, TextsAndBooleansAreEqualOrNot) {
    EXPECT_EQ(which_hold("closed", "closed"), "ynnnnn");
    EXPECT_EQ(which_hold("open", "closed"), "nynnnn");
    EXPECT_EQ(which_hold(true, true), "ynnnnn");
    EXPECT_EQ(which_hold(false, true), "nynnnn");
}

TEST(Interlock, ValuesOfDifferentTypesAreOnlyEverUnequal) {
    EXPECT_EQ(which_hold("5", 5), "nynnnn");
    EXPECT_EQ(which_hold(5, "5"), "nynnnn");
    EXPECT_EQ(which_hold(true, 1), "nynnnn");
    EXPECT_EQ(which_hold(nullptr, 0), "nynnnn");
    EXPECT_EQ(which_hold(json::array({5}), 5), "nynnnn");
}

TEST(Interlock, WhatHoldsLetsTheRequestGo) {
    EXPECT_NO_THROW(require_holds("PressButton", requires_that(Comparison::equal, "closed"), "door",
                                  {"closed", link::Source::observed, start}, start));
}

Error refusal(const profile::Requirement& requirement, const link::Value& value, TimePoint now) {
    try {
        require_holds("PressButton", requirement, "door", value, now);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return Error(Code::internal, "");
}

TEST(Interlock, WhatDoesNotHoldIsRefusedWithTheValueAndItsAge) {
    const auto error = refusal(requires_that(Comparison::equal, "closed"),
                               {"open", link::Source::observed, start}, start + 1500ms);
    EXPECT_EQ(error.code(), Code::interlock);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_TRUE(error.retryable());
    EXPECT_STREQ(error.what(),
                 "PressButton needs the condition, but door is open (read 1500 ms ago); it was not sent");
    EXPECT_EQ(error.details(), (json{{"requires", "the condition"}, {"value", "open"}, {"age_ms", 1500}}));
}

TEST(Interlock, WhatWasNotReadHoldsForNothingNotEvenForUnequal) {
    for (const auto& value : {link::Value{}, link::Value{"closed", link::Source::commanded, start},
                              link::Value{nullptr, link::Source::unknown, start}}) {
        for (const auto comparison : {Comparison::equal, Comparison::not_equal}) {
            const auto error = refusal(requires_that(comparison, "closed"), value, start);
            EXPECT_EQ(error.code(), Code::interlock);
            EXPECT_EQ(error.executed(), Executed::no);
            EXPECT_EQ(error.details(), (json{{"requires", "the condition"}, {"value", nullptr}}));
            EXPECT_NE(std::string(error.what()).find("does not say what door is"), std::string::npos);
        }
    }
}

} // namespace
} // namespace jigd::jig
