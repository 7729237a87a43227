#include <gtest/gtest.h>

#include "core/error.hpp"
#include "small_board.hpp"
#include "support/profiles.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

const std::string unlock = R"(spec: 1
name: vault
driver: line
identify: none
requests:
  Unlock:
    kind: pulse
    params:
      door: {type: integer, minimum: 1, maximum: 4}
      code: {type: string, pattern: '^\d+$', secret: true}
    steps: [{send: "UNLOCK {door} {code}", match: OK}]
)";

TEST(Secrets, AreMaskedInWhatPeopleSee) {
    const auto profile = test::parse_profile(unlock, "vault.yaml");
    const auto& request = *profile.find("Unlock");
    const auto& form = *request.steps.at(0).form;
    const json params = {{"door", 2}, {"code", "1234"}};
    EXPECT_TRUE(request.has_secrets());
    EXPECT_EQ(form.encode(params), "UNLOCK 2 1234\n");
    EXPECT_EQ(form.masked(params, secrets_of(request)), "UNLOCK 2 …\n");
}

TEST(Secrets, AreNotInTheMessageThatRefusesThem) {
    const auto profile = test::parse_profile(unlock, "vault.yaml");
    try {
        (void)complete(*profile.find("Unlock"), {{"door", 2}, {"code", "hush"}});
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()), "parameter 'code' must be a string that matches ^\\d+$");
    }
}

TEST(Secrets, AreWriteOnlyForTheCaller) {
    const auto profile = test::parse_profile(unlock, "vault.yaml");
    const auto schema = params_schema(*profile.find("Unlock"));
    EXPECT_EQ(schema["properties"]["code"]["writeOnly"], true);
    EXPECT_FALSE(schema["properties"]["door"].contains("writeOnly"));
}

TEST(Secrets, MustNotComeBackInAnAnswer) {
    const auto shows = [](const std::string& from, const std::string& to) {
        return problems_of(replaced(unlock, from, to));
    };
    EXPECT_EQ(shows("match: OK", "match: 'OK (?P<code>.*)'"),
              "board.yaml:10:7: parameter 'code' is secret: the group 'code' of the answer would show it\n");
    EXPECT_EQ(shows("secret: true}", "secret: true, default: '1'}"),
              "board.yaml:10:7: parameter 'code' is secret: a default would show it\n");
    EXPECT_EQ(shows("identify: none", "identify: none\nline: {echo: true}"),
              "board.yaml:8:5: request 'Unlock' has a secret, which a board with echo would repeat\n");
}

TEST(Secrets, ARequestWithoutThemHasNone) {
    const auto profile = test::parse_profile(replaced(unlock, ", secret: true", ""), "vault.yaml");
    const auto& request = *profile.find("Unlock");
    EXPECT_FALSE(request.has_secrets());
    const json params = {{"door", 2}, {"code", "1234"}};
    EXPECT_EQ(request.steps.at(0).form->masked(params, secrets_of(request)), "UNLOCK 2 1234\n");
}

} // namespace
} // namespace jigd::profile
