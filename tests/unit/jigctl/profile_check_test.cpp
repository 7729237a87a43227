#include "jigctl/profile/check_command.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class ProfileCheck : public testing::Test {
  protected:
    std::string file(const std::string& text) const {
        const auto path = (folder_.path() / "board.yaml").string();
        std::ofstream(path) << text;
        return path;
    }

  private:
    test::TemporaryFolder folder_;
};

const std::string with_mistakes = R"(spec: 1
name: board
driver: line
identify: none
requests:
  Ring: {kind: puls, steps: [{send: RING}]}
  Stop: {kind: pulse, step: [{send: STOP}]}
)";

const std::string with_hints = R"(spec: 1
name: board
driver: line
identify: none
requests:
  Ring: {kind: pulse, steps: [{send: RING}]}
)";

TEST_F(ProfileCheck, ShowsEachMistakeWithItsPlace) {
    const auto path = file(with_mistakes);
    const auto text = render_findings(check_profile(path), {});
    EXPECT_THAT(text, HasSubstr(path + ":6:16: "));
    EXPECT_THAT(text, HasSubstr("did you mean 'pulse'?"));
    EXPECT_THAT(text, HasSubstr(path + ":7:"));
    EXPECT_THAT(text, EndsWith(path + ": 2 mistakes\n"));
}

TEST_F(ProfileCheck, ShowsHintsOfAProfileThatLoads) {
    const auto path = file(with_hints);
    const auto text = render_findings(check_profile(path), {});
    EXPECT_THAT(text, HasSubstr(path + ":1:1: hint: the profile acts on the jig and has no safe_state"));
    EXPECT_THAT(text, EndsWith(path + ": good, with 2 hints\n"));
}

TEST_F(ProfileCheck, SaysTheSameToPrograms) {
    const auto path = file(with_mistakes);
    const auto mistakes = nlohmann::json::parse(findings_as_json(check_profile(path)));
    EXPECT_EQ(mistakes["file"], path);
    EXPECT_EQ(mistakes["ok"], false);
    EXPECT_EQ(mistakes["mistakes"].size(), 2U);
    EXPECT_EQ(mistakes["mistakes"][0]["line"], 6);
    EXPECT_EQ(mistakes["mistakes"][0]["column"], 16);
    const auto hints = nlohmann::json::parse(findings_as_json(check_profile(file(with_hints))));
    EXPECT_EQ(hints["ok"], true);
    EXPECT_EQ(hints["hints"].size(), 2U);
}

TEST_F(ProfileCheck, AFileThatIsNotYamlIsAMistakeInIt) {
    EXPECT_EQ(check_profile(file("spec: [1")).mistakes.size(), 1U);
    EXPECT_NO_THROW((void)findings_as_json(check_profile(file("spec: \xff"))));
}

} // namespace
} // namespace jigd::jigctl
