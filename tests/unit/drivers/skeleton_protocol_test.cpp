#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/conversation.hpp"
#include "jigsim/board.hpp"
#include "profile/profile.hpp"
#include "skeleton/skeleton_codec.hpp"
#include "support/fake_port.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* board = R"(
spec: 1
name: bare-board
driver: skeleton
skeleton: {longest: 16}
identify: none
errors: [{match: "?code"}]
events: [{name: HeatChanged, match: "!heat", example: "!5", values: {heat: {type: integer}}}]
requests:
  JigStatus:
    kind: read
    steps: [{ask: T}]
    result: {heat: {group: number, type: integer}}
    examples: [{wire: [{tx: T, rx: T21}], result: {heat: 21}}]
  GetSpeed:
    kind: read
    params: {fan: {type: integer, minimum: 1, maximum: 4}}
    steps: [{ask: F, of: fan}]
    result: {speed: {group: number, type: integer}}
    examples: [{params: {fan: 2}, wire: [{tx: F2, rx: F900}], result: {speed: 900}}]
)";

const std::array protocols{skeleton_protocol()};

/// Everything below is what other rooms do with any protocol.
class SkeletonProtocol : public testing::Test {
  protected:
    [[nodiscard]] const profile::Step& step() const { return profile_.find("JigStatus")->steps.front(); }

    Error failure() {
        try {
            (void)conversation_.exchange(step(), nlohmann::json::object(), Deadline::in(5s, port_.now()));
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "it did not fail";
        return Error(Code::internal, "");
    }

    profile::Profile profile_ = profile::parse(board, "bare.yaml", protocols);
    test::FakePort port_;
    Conversation conversation_{port_, profile_, nullptr};
};

TEST_F(SkeletonProtocol, IsDriven) {
    port_.expect("<T>").answer("<!7><T").answer("22>", 10ms);
    const auto captures =
        conversation_.exchange(step(), nlohmann::json::object(), Deadline::in(1s, port_.now()));
    EXPECT_EQ(profile::to_result(profile_.find("JigStatus")->result, captures),
              (nlohmann::json{{"heat", 22}}));
    const auto events = conversation_.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().values, (nlohmann::json{{"heat", 7}}));
}

TEST_F(SkeletonProtocol, CarriesParameters) {
    port_.expect("<F2>").answer("<F1200>");
    const auto& get_speed = *profile_.find("GetSpeed");
    const auto captures =
        conversation_.exchange(get_speed.steps.front(), {{"fan", 2}}, Deadline::in(1s, port_.now()));
    EXPECT_EQ(profile::to_result(get_speed.result, captures), (nlohmann::json{{"speed", 1200}}));
}

TEST_F(SkeletonProtocol, IsRefusedBrokenOffAndDamaged) {
    port_.expect("<T>").answer("<?3>");
    EXPECT_EQ(failure().code(), Code::jig_refused);
    port_.expect("<T>").answer("<T2");
    EXPECT_THAT(failure().what(), HasSubstr("before its >"));
    conversation_.resynchronise(100ms, Deadline::in(5s, port_.now()));
    port_.expect("<T>").answer("T22>");
    const auto damaged = failure();
    EXPECT_EQ(damaged.code(), Code::jig_protocol);
    EXPECT_THAT(damaged.what(), HasSubstr("T22 (it does not start with <)"));
}

TEST_F(SkeletonProtocol, EndsThoughTheBoardNeverEndsAFrame) {
    port_.expect("<T>").answer("<T" + std::string(1000, '1'));
    EXPECT_THAT(failure().what(), HasSubstr("longer than skeleton.longest, 16 bytes"));
}

TEST_F(SkeletonProtocol, IsSimulated) {
    jigsim::SimulatedBoard simulated(profile_);
    const auto now = port_.now();
    simulated.receive("<T>", now);
    EXPECT_EQ(simulated.transmit(now), "<T21>");
    simulated.set_state("heat", 30, now);
    EXPECT_EQ(simulated.transmit(now), "<!30>");
    simulated.receive("<T>", now);
    EXPECT_EQ(simulated.transmit(now), "<T30>");
}

TEST_F(SkeletonProtocol, HasItsMistakesShown) {
    const auto problems = [](std::string text, const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
        try {
            (void)profile::parse(text, "bare.yaml", protocols);
        } catch (const yaml::Invalid& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_THAT(problems(board, "ask: T", "ask: TT"), HasSubstr("bare.yaml:12:19: ask: expected one letter"));
    EXPECT_THAT(problems(board, "rx: T21", "rx: U21"), HasSubstr("'U21' does not match T and a number"));
    EXPECT_THAT(
        problems(board, "driver: skeleton", "driver: skelton"),
        HasSubstr(
            "bare.yaml:4:9: there is no driver 'skelton'; did you mean 'skeleton'?; known are: skeleton"));
}

} // namespace
} // namespace jigd::drivers
