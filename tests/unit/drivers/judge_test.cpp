#include "drivers/judge.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

constexpr const char* chatty_board = R"(
spec: 1
name: chatty
driver: line
identify: none
errors: [{match: '^ERR .*$'}]
noise: [{match: 'boot', restart: true}]
events:
  - {name: Said, match: '^!(?P<what>\w+)$', values: {what: {type: string}}}
requests:
  Ask: {kind: read, steps: [{send: "ASK", match: '^OK$'}]}
)";

TEST(Judge, ABannerThatLooksLikeARefusalOrAnEventIsARestart) {
    const auto profile = test::parse_profile(chatty_board, "chatty");
    const Judge judge(profile);
    const auto& ask = profile.find("Ask")->steps.front();
    for (const std::string banner : {"ERR boot", "!boot"}) {
        EXPECT_FALSE(judge.answer(ask, nlohmann::json::object(), banner)) << banner;
        EXPECT_FALSE(judge.event(banner)) << banner;
        EXPECT_EQ(judge.sense(banner), Judge::Sense::restart) << banner;
    }
    EXPECT_THROW((void)judge.answer(ask, nlohmann::json::object(), "ERR 1"), Error);
    EXPECT_TRUE(judge.event("!door"));
}

} // namespace
} // namespace jigd::drivers
