#include "drivers/line/line_judge.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"

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

TEST(LineJudge, ABannerThatLooksLikeARefusalOrAnEventIsARestart) {
    const auto profile = profile::parse(chatty_board, "chatty");
    const LineJudge judge(profile);
    const auto& ask = std::get<profile::LineStep>(profile.find("Ask")->steps.front());
    for (const std::string banner : {"ERR boot", "!boot"}) {
        EXPECT_FALSE(judge.answer(ask, nlohmann::json::object(), banner)) << banner;
        EXPECT_FALSE(judge.event(banner)) << banner;
        EXPECT_EQ(judge.sense(banner), LineJudge::Sense::restart) << banner;
    }
    EXPECT_THROW((void)judge.answer(ask, nlohmann::json::object(), "ERR 1"), Error);
    EXPECT_TRUE(judge.event("!door"));
}

} // namespace
} // namespace jigd::drivers
