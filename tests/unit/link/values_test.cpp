#include "link/values.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jigd::link {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using profile::Effect;
using profile::Field;

constexpr TimePoint start{1h};

Field field(const std::string& name, const std::string& state) {
    return {.name = name,
            .group = name,
            .schema = profile::Schema(json::object()),
            .form = Field::Form::plain,
            .words = {},
            .state = profile::StateName::parse(state).value()};
}

Effect becomes(const std::string& state, json value) {
    return {.state = profile::StateName::parse(state).value(), .value = std::move(value), .param = ""};
}

Effect becomes_param(const std::string& state, const std::string& param) {
    return {.state = profile::StateName::parse(state).value(), .value = nullptr, .param = param};
}

class ValuesTest : public testing::Test {
  protected:
    ValuesTest() {
        profile_.requests["JigStatus"].result = {field("door", "door"), field("relays", "relays"),
                                                 field("mv", "mv")};
        profile_.requests["GetRelay"].result = {field("on", "relays[channel]"), field("extra", "extra")};
        profile_.requests["SetUsb"].sets = {becomes_param("usb", "route")};
    }

    void observe(const std::string& state, json value, TimePoint now = start,
                 const json& params = json::object()) {
        values().observe({field("it", state)}, {{"it", std::move(value)}}, params, now);
    }
    Values& values() {
        if (!values_) {
            values_.emplace(profile_);
        }
        return *values_;
    }
    /// "5 observed", "unknown".
    std::string known(const std::string& state) {
        const auto value = values().find(profile::StateName::parse(state).value());
        return value ? value->value.dump() + " " + std::string(to_string(value->source)) : "unknown";
    }
    /// How far `change` raises the version.
    template<typename Change>
    std::uint64_t rise(Change change) {
        const auto before = values().version();
        change();
        return values().version() - before;
    }

    profile::Profile profile_;

  private:
    std::optional<Values> values_;
};

TEST_F(ValuesTest, NothingIsKnownBeforeTheBoardSaidAnything) {
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(known("relays"), "unknown");
    EXPECT_EQ(known("relays[1]"), "unknown");
    EXPECT_EQ(known("nosuchstate"), "unknown");
    EXPECT_EQ(values().version(), 1U);
    EXPECT_EQ(values().values(),
              (json{{"door", nullptr}, {"mv", nullptr}, {"relays", nullptr}, {"usb", nullptr}}));
    for (const auto& quality : values().quality(start)) {
        EXPECT_EQ(quality, (json{{"source", "unknown"}, {"age_ms", nullptr}}));
    }
}

TEST_F(ValuesTest, WhatTheBoardSaidIsObservedAlsoThatThereIsNoValue) {
    values().observe({field("door", "door"), field("mv", "mv")}, {{"door", "open"}, {"mv", 5012}},
                     json::object(), start);
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(values().find(profile::StateName("mv"))->at, start);
    observe("mv", nullptr, start + 1s);
    EXPECT_EQ(known("mv"), "null observed");
    EXPECT_EQ(values().quality(start + 1s)["mv"], (json{{"source", "observed"}, {"age_ms", 0}}));
    EXPECT_EQ(known("door"), "\"open\" observed");
}

TEST_F(ValuesTest, AListIsKnownItemByItemAndAsAWhole) {
    observe("relays", {true, false, true});
    EXPECT_EQ(known("relays[1]"), "true observed");
    EXPECT_EQ(known("relays[2]"), "false observed");
    EXPECT_EQ(known("relays[4]"), "unknown");
    EXPECT_EQ(known("relays"), "[true,false,true] observed");
    EXPECT_EQ(values().values()["relays"], json({true, false, true}));
}

TEST_F(ValuesTest, WhatAShorterListNoLongerHasIsUnknown) {
    observe("relays", {true, false, true});
    EXPECT_EQ(rise([&] { observe("relays", {true, false}); }), 1U);
    EXPECT_EQ(known("relays"), "[true,false] observed");
    EXPECT_EQ(known("relays[3]"), "unknown");
    observe("relays", {true, false, false});
    EXPECT_EQ(known("relays"), "[true,false,false] observed");
}

TEST_F(ValuesTest, AListThatTheBoardSaysIsNullIsObservedAndItsItemsAreUnknown) {
    observe("relays", {true, false});
    observe("relays", nullptr, start + 1s);
    EXPECT_EQ(known("relays"), "null observed");
    EXPECT_EQ(known("relays[1]"), "unknown");
    EXPECT_EQ(known("relays[2]"), "unknown");
    EXPECT_EQ(values().values()["relays"], nullptr);
    EXPECT_EQ(values().quality(start + 2s)["relays"], (json{{"source", "observed"}, {"age_ms", 1000}}));
    observe("relays", {false, false});
    EXPECT_EQ(known("relays"), "[false,false] observed");
}

TEST_F(ValuesTest, AListThatWasNullIsNotWhenAnItemIsReadLater) {
    observe("relays", nullptr);
    EXPECT_EQ(known("relays"), "null observed");
    observe("relays[channel]", true, start, {{"channel", 1}});
    EXPECT_EQ(known("relays"), "[true] observed");
}

TEST_F(ValuesTest, AnItemThatAParameterNamesIsThatItem) {
    observe("relays[channel]", true, start, {{"channel", 3}});
    EXPECT_EQ(known("relays[3]"), "true observed");
    EXPECT_EQ(known("relays[2]"), "unknown");
    EXPECT_EQ(values().values()["relays"], json({nullptr, nullptr, true}));
}

TEST_F(ValuesTest, AnItemThatAnotherValueOfAnEventNamesIsThatItem) {
    values().observe_event({field("channel", "channel"), field("on", "relays[channel]")},
                           {{"channel", 2}, {"on", true}}, start);
    EXPECT_EQ(known("relays[2]"), "true observed");
}

TEST_F(ValuesTest, ItemsThatAreNamedByWordsAreKnownByTheirNames) {
    observe("rails[name]", 5012, start, {{"name", "vbus"}});
    const profile::StateName rail("rails", profile::StateName::Index::param, 0, "name");
    EXPECT_EQ(values().find(rail.resolve({{"name", "vbus"}}))->value, 5012);
    EXPECT_FALSE(values().find(rail.resolve({{"name", "vio"}})));
}

TEST_F(ValuesTest, WhatTheBoardWasToldIsCommandedUntilItIsRead) {
    values().command({becomes_param("usb", "route"), becomes("mv", 0)}, {{"route", "host"}}, json::object(),
                     start);
    EXPECT_EQ(known("usb"), "\"host\" commanded");
    EXPECT_EQ(known("mv"), "0 commanded");
    observe("usb", "host");
    EXPECT_EQ(known("usb"), "\"host\" observed");
    values().command({becomes_param("usb", "route")}, {{"route", "host"}}, json::object(), start);
    EXPECT_EQ(known("usb"), "\"host\" commanded") << "that it was so before proves nothing of this command";
}

TEST_F(ValuesTest, WhatACommandMakesUnknownIsUnknownAndWhatItsAnswerSaysIsObserved) {
    observe("relays", {false, true});
    auto toggled = becomes("relays[channel]", nullptr);
    toggled.is_unknown = true;
    auto said = becomes("mv", nullptr);
    said.field = "level";
    values().command({toggled, said}, {{"channel", 2}}, {{"level", 7}}, start);
    EXPECT_EQ(known("relays[1]"), "false observed");
    EXPECT_EQ(known("relays[2]"), "unknown");
    EXPECT_EQ(known("mv"), "7 observed");
}

TEST_F(ValuesTest, ACommandForOneItemLeavesTheOthers) {
    observe("relays", {false, false, false});
    values().command({becomes_param("relays[channel]", "on")}, {{"channel", 2}, {"on", true}}, json::object(),
                     start);
    EXPECT_EQ(known("relays[1]"), "false observed");
    EXPECT_EQ(known("relays[2]"), "true commanded");
    EXPECT_EQ(known("relays"), "[false,true,false] commanded");
}

TEST_F(ValuesTest, ACommandForAllItemsIsOneForEachThatIsKnown) {
    values().command({becomes("relays[*]", false)}, json::object(), json::object(), start);
    EXPECT_EQ(known("relays"), "unknown") << "how many there are is not known yet";
    observe("relays", {true, true});
    values().command({becomes("relays[*]", false)}, json::object(), json::object(), start);
    EXPECT_EQ(known("relays"), "[false,false] commanded");
    values().happened({becomes("relays[*]", true)}, start);
    EXPECT_EQ(known("relays"), "[true,true] observed");
    values().lose({becomes("relays[*]", false)}, json::object());
    EXPECT_EQ(known("relays"), "unknown");
    EXPECT_EQ(known("relays[1]"), "unknown");
}

TEST_F(ValuesTest, ACommandOfUnknownOutcomeMakesItsValuesUnknownAndNoOthers) {
    observe("usb", "host");
    observe("door", "closed");
    observe("relays", {false, false});
    values().lose({becomes_param("usb", "route"), becomes_param("relays[channel]", "on")},
                  {{"route", "dut"}, {"channel", 1}, {"on", true}});
    EXPECT_EQ(known("usb"), "unknown");
    EXPECT_EQ(known("relays[1]"), "unknown");
    EXPECT_EQ(known("relays[2]"), "false observed");
    EXPECT_EQ(known("door"), "\"closed\" observed");
    EXPECT_EQ(values().values()["relays"], json({nullptr, false}));
    EXPECT_EQ(values().quality(start)["relays"], (json{{"source", "unknown"}, {"age_ms", nullptr}}));
}

TEST_F(ValuesTest, WhatTheBoardDidToItselfIsObserved) {
    values().happened({becomes("usb", "off")}, start);
    EXPECT_EQ(known("usb"), "\"off\" observed");
}

TEST_F(ValuesTest, OfAnotherBoardNothingIsKnown) {
    observe("door", "open");
    observe("relays", {true, false});
    values().command({becomes_param("usb", "route")}, {{"route", "host"}}, json::object(), start);
    EXPECT_EQ(rise([&] { values().forget(); }), 4U);
    for (const auto* state : {"door", "relays", "relays[1]", "usb"}) {
        EXPECT_EQ(known(state), "unknown") << state;
    }
    EXPECT_EQ(rise([&] { values().forget(); }), 0U);
}

TEST_F(ValuesTest, TheVersionRisesWithEachChangeAndOnlyThen) {
    EXPECT_EQ(rise([&] { observe("mv", 5); }), 1U);
    EXPECT_EQ(rise([&] { observe("mv", 5, start + 1s); }), 0U) << "read again, and the same";
    EXPECT_EQ(rise([&] { observe("mv", 6); }), 1U);
    EXPECT_EQ(rise([&] { values().command({becomes("mv", 6)}, json::object(), json::object(), start); }), 1U)
        << "the source";
    EXPECT_EQ(rise([&] { observe("mv", 6); }), 1U) << "the source";
    EXPECT_EQ(rise([&] { values().lose({becomes("mv", 6)}, json::object()); }), 1U);
    EXPECT_EQ(rise([&] { observe("mv", nullptr); }), 1U) << "that it is null is known now";
    EXPECT_EQ(rise([&] { observe("mv", nullptr); }), 0U);
    EXPECT_EQ(rise([&] { observe("relays", {true, false}); }), 2U);
    EXPECT_EQ(rise([&] { observe("relays", {true, true}); }), 1U);
}

TEST_F(ValuesTest, ReadingTheSameAgainMakesItYounger) {
    observe("mv", 5, start);
    EXPECT_EQ(values().quality(start + 1500ms)["mv"], (json{{"source", "observed"}, {"age_ms", 1500}}));
    observe("mv", 5, start + 1s);
    EXPECT_EQ(values().quality(start + 1500ms)["mv"], (json{{"source", "observed"}, {"age_ms", 500}}));
}

TEST_F(ValuesTest, AListIsAsSureAndAsOldAsItsWorstItem) {
    observe("relays", {false, false}, start);
    observe("relays[channel]", true, start + 2s, {{"channel", 2}});
    EXPECT_EQ(values().quality(start + 3s)["relays"], (json{{"source", "observed"}, {"age_ms", 3000}}));
    values().command({becomes("relays[2]", false)}, json::object(), json::object(), start + 3s);
    EXPECT_EQ(values().quality(start + 3s)["relays"], (json{{"source", "commanded"}, {"age_ms", 3000}}));
    values().lose({becomes("relays[2]", false)}, json::object());
    EXPECT_EQ(values().quality(start + 3s)["relays"], (json{{"source", "unknown"}, {"age_ms", nullptr}}));
    EXPECT_EQ(values().values()["relays"], json({false, nullptr}));
}

TEST_F(ValuesTest, AStringParameterIsNeverAWildcard) {
    observe("relays", {false, false});
    values().command({becomes_param("relays[channel]", "on")}, {{"channel", "*"}, {"on", true}},
                     json::object(), start);
    EXPECT_EQ(known("relays"), "[false,false] observed");
    values().lose({becomes_param("relays[channel]", "on")}, {{"channel", "*"}, {"on", true}});
    EXPECT_EQ(known("relays"), "[false,false] observed");
}

TEST_F(ValuesTest, AfterADoubtWhatOnlyEventsAndCommandsSaidIsUnknown) {
    observe("mv", 5012);
    values().observe_event({field("door", "door")}, {{"door", "closed"}}, start);
    values().command({becomes_param("usb", "route")}, {{"route", "host"}}, json::object(), start);
    values().happened({becomes("extra", 1)}, start);
    EXPECT_EQ(rise([&] { values().distrust_unasked(start + 1s); }), 3U);
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(known("usb"), "unknown");
    EXPECT_EQ(known("extra"), "unknown");
    EXPECT_EQ(rise([&] { values().distrust_unasked(start + 2s); }), 0U);
}

TEST_F(ValuesTest, AfterADoubtWhatWasAskedForKeepsValueAndAgeAndIsDistrustedUntilItIsReadAgain) {
    observe("mv", 5012);
    EXPECT_FALSE(values().is_distrusted(*values().find(profile::StateName("mv"))));
    values().distrust_unasked(start + 1s);
    EXPECT_EQ(known("mv"), "5012 observed");
    EXPECT_EQ(values().quality(start + 2s)["mv"], (json{{"source", "observed"}, {"age_ms", 2000}}));
    EXPECT_TRUE(values().is_distrusted(*values().find(profile::StateName("mv"))));
    observe("mv", 5012, start + 1500ms);
    EXPECT_FALSE(values().is_distrusted(*values().find(profile::StateName("mv"))));
}

TEST_F(ValuesTest, AListIsDistrustedForItsOldestItem) {
    observe("relays", {false, false});
    values().distrust_unasked(start + 1s);
    observe("relays[channel]", true, start + 2s, {{"channel", 1}});
    EXPECT_TRUE(values().is_distrusted(*values().find(profile::StateName("relays"))));
    EXPECT_FALSE(values().is_distrusted(*values().find(profile::StateName::parse("relays[1]").value())));
}

TEST_F(ValuesTest, AReadMakesWhatAnEventSaidAnAnswer) {
    values().observe_event({field("door", "door")}, {{"door", "closed"}}, start);
    observe("door", "closed", start + 1s);
    values().distrust_unasked(start + 2s);
    EXPECT_EQ(known("door"), "\"closed\" observed");
}

TEST_F(ValuesTest, ShowsWhatJigStatusReadsAndWhatRequestsSet) {
    observe("extra", 7);
    observe("door", "open");
    EXPECT_EQ(values().values(),
              (json{{"door", "open"}, {"mv", nullptr}, {"relays", nullptr}, {"usb", nullptr}}))
        << "no extra, which JigStatus does not read";
    EXPECT_EQ(values().quality(start).size(), 4U);
}

TEST_F(ValuesTest, ShowsEverythingWhereTheProfileHasNoJigStatus) {
    profile_.requests.erase("JigStatus");
    observe("extra", 7);
    EXPECT_EQ(values().values(), (json{{"extra", 7}, {"relays", nullptr}, {"usb", nullptr}}));
}

TEST_F(ValuesTest, SourcesAreSpeltAsTheContractSpellsThem) {
    EXPECT_EQ(to_string(Source::unknown), "unknown");
    EXPECT_EQ(to_string(Source::commanded), "commanded");
    EXPECT_EQ(to_string(Source::observed), "observed");
}

} // namespace
} // namespace jigd::link
