#include "profile/extends.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "small_board.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::profile {
namespace {

const std::string family = R"(spec: 1
name: family
description: The common part.
driver: line
serial: {baud: 19200, mode: 7E1}
identify: none
define: {channels: 4}
errors: [{match: 'ERR.*'}]
requests:
  SetRelay:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: "{channels}"}}
    steps: [{send: "R{channel}", match: OK}]
)";

class ExtendsTest : public testing::Test {
  protected:
    std::string write(const std::string& name, const std::string& text) {
        const auto path = folder_.path() / name;
        std::ofstream(path) << text;
        return path.string();
    }
    [[nodiscard]] std::string in_folder(const std::string& name) const {
        return (folder_.path() / name).string();
    }
    [[nodiscard]] std::string problems_of(const std::string& path, const FindProfile& find = {}) const {
        try {
            (void)load(path, drivers::registry(), std::nullopt, find);
            return "";
        } catch (const yaml::Invalid& invalid) {
            std::string text = invalid.what();
            for (auto at = text.find(in_folder("")); at != std::string::npos; at = text.find(in_folder(""))) {
                text.erase(at, in_folder("").size());
            }
            return text;
        }
    }

  private:
    test::TemporaryFolder folder_;
};

TEST_F(ExtendsTest, MapsAreJoinedAndAllElseIsReplaced) {
    write("family.yaml", family);
    const auto profile = load(write("eight.yaml", R"(name: eight
extends: family.yaml
define: {channels: 8}
serial: {baud: 9600}
errors: [{match: 'NO.*'}, {match: 'BAD.*'}]
requests:
  SetRelay: {description: Switches., steps: [{send: "RELAY {channel}", match: OK}]}
  Ring: {kind: pulse, steps: [{send: RING, match: OK}]}
)"),
                              drivers::registry());
    EXPECT_EQ(profile.name, "eight");
    EXPECT_EQ(profile.description, "") << "it is the family's own";
    EXPECT_EQ(profile.serial.baud, 9600);
    EXPECT_EQ(profile.serial.data_bits, 7);
    EXPECT_EQ(profile.errors.size(), 2U);
    const auto& set = *profile.find("SetRelay");
    EXPECT_EQ(set.kind, Kind::set);
    EXPECT_EQ(set.params.front().schema.json().at("maximum"), 8);
    EXPECT_EQ(set.steps.front().form->text(), "RELAY {channel}");
    EXPECT_TRUE(profile.find("Ring") != nullptr);
}

TEST_F(ExtendsTest, AProfileByItsNameIsBesideOrWhereProfilesAre) {
    write("family.yaml", family);
    const auto path = write("eight.yaml", "name: eight\nextends: family\nrequests:\n");
    EXPECT_EQ(load(path, drivers::registry()).requests.size(), 1U) << "an empty section takes nothing away";
    const auto far = write("far.yaml", "name: far\nextends: shipped\n");
    EXPECT_EQ(problems_of(far,
                          [&](const std::string& name) {
                              EXPECT_EQ(name, "shipped");
                              return in_folder("family.yaml");
                          }),
              "");
    EXPECT_EQ(problems_of(far, [](const std::string&) -> std::string { throw std::runtime_error("none"); }),
              "far.yaml:2:10: extends: none\n");
}

TEST_F(ExtendsTest, WhatIsWrongIsSaidOfTheFileThatItStandsIn) {
    write("family.yaml", replaced(family, "baud: 19200", "baud: 1"));
    const auto path = write("eight.yaml", "name: eight\nextends: family.yaml\ndefine: {channels: many}\n");
    EXPECT_EQ(problems_of(path), "family.yaml:5:16: '1', expected an integer from 50 to 4000000\n"
                                 "family.yaml:12:60: parameter 'channel': 'maximum' must be a number, was "
                                 "\"many\"\n");
    EXPECT_EQ(problems_of(write("nameless.yaml", "extends: family.yaml\nserial: {baud: 9600}\n")),
              "nameless.yaml:1:1: profile has no key 'name', which is required\n");
}

TEST_F(ExtendsTest, RefusesWhatIsMissingOrStandsOnItself) {
    EXPECT_EQ(problems_of(write("a.yaml", "name: a\nextends: familie.yaml\n")),
              "a.yaml:2:10: extends: there is no file familie.yaml\n");
    EXPECT_EQ(problems_of(write("b.yaml", "name: b\nextends: {a: b}\n")),
              "b.yaml:2:10: extends: expected a file beside this one, such as family.yaml, or the name of a "
              "profile\n");
    EXPECT_EQ(
        problems_of(write("c.yaml", "name: c\nextends: c.yaml\n")),
        "c.yaml:2:10: extends: 'c.yaml' is c.yaml, which extends this profile or is this one; a profile "
        "can't stand on itself\n");
    write("d.yaml", "name: d\nextends: e.yaml\n");
    EXPECT_EQ(
        problems_of(write("e.yaml", "name: e\nextends: ./d.yaml\n")),
        "d.yaml:2:10: extends: 'e.yaml' is e.yaml, which extends this profile or is this one; a profile "
        "can't stand on itself\n");
    write("list.yaml", "[a]\n");
    EXPECT_EQ(problems_of(write("f.yaml", "name: f\nextends: list.yaml\n")),
              "f.yaml:2:10: extends: list.yaml is not a profile\n");
}

} // namespace
} // namespace jigd::profile
