#include "jigctl/profile/new_command.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/registry.hpp"
#include "jigctl/profile/check_command.hpp"
#include "jigctl/profile/trial.hpp"
#include "jigctl/usage_error.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::HasSubstr;

template<typename Act>
std::string refusal_of(Act act) {
    try {
        act();
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

/// Each protocol of the registry must have a skeleton that works.
class Skeleton : public testing::TestWithParam<std::string> {};

TEST_P(Skeleton, LoadsChecksCleanAndWorks) {
    const test::TemporaryFolder folder;
    const auto path = (folder.path() / "my-board.yaml").string();
    write_new_file(path, skeleton("my-board", GetParam()));
    const auto findings = check_profile(path);
    EXPECT_THAT(findings.mistakes, testing::IsEmpty()) << render_findings(findings, {});
    EXPECT_THAT(findings.hints, testing::IsEmpty()) << render_findings(findings, {});
    const auto profile = profile::load(path, drivers::registry());
    EXPECT_EQ(profile.driver, GetParam());
    for (const auto& [name, request] : profile.requests) {
        EXPECT_FALSE(request.examples.empty()) << name;
    }
    for (const auto& trial : try_on_simulator(profile)) {
        EXPECT_EQ(trial.problem, "") << trial.what;
    }
}

std::vector<std::string> drivers_of_the_registry() {
    std::vector<std::string> drivers;
    for (const auto& protocol : drivers::registry()) {
        drivers.emplace_back(protocol.driver);
    }
    return drivers;
}

INSTANTIATE_TEST_SUITE_P(OfEachDriver, Skeleton, testing::ValuesIn(drivers_of_the_registry()),
                         [](const auto& each) { return each.param; });

TEST(NewProfile, RefusesADriverThatThereIsNot) {
    EXPECT_THAT(refusal_of([] { (void)skeleton("b", "lines"); }),
                HasSubstr("there is no driver 'lines'; did you mean 'line'?; known are: line, "));
}

TEST(NewProfile, NeverReplacesAFile) {
    const test::TemporaryFolder folder;
    const auto path = (folder.path() / "b.yaml").string();
    write_new_file(path, "mine");
    EXPECT_THAT(refusal_of([&] { write_new_file(path, "yours"); }), HasSubstr("File exists"));
    std::stringstream kept;
    kept << std::ifstream(path).rdbuf();
    EXPECT_EQ(kept.str(), "mine");
}

TEST(NewProfile, RefusesANameThatIsAPath) {
    EXPECT_THAT(refusal_of([] { require_profile_name("../b"); }), HasSubstr("is not a profile's name"));
    EXPECT_EQ(refusal_of([] { require_profile_name("my-board_2"); }), "");
}

} // namespace
} // namespace jigd::jigctl
