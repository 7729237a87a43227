#include <array>
#include <charconv>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/conversation.hpp"
#include "jigsim/board.hpp"
#include "profile/codec.hpp"
#include "profile/profile.hpp"
#include "support/fake_port.hpp"

/// A protocol that jigd does not have: `<T>` asks for a number, `<T21>` answers; `<!5>` is an event, `<?3>` a
/// refusal. What is in this namespace is all that a protocol is.
namespace jigd::toy {

using profile::Captures;
using profile::Replacement;

std::optional<Captures> number_behind(char letter, const std::string& group, std::string_view body) {
    int number = 0;
    const auto* end = body.data() + body.size();
    if (body.size() < 2 || body.front() != letter ||
        std::from_chars(body.data() + 1, end, number) != std::from_chars_result{end, std::errc{}}) {
        return std::nullopt;
    }
    return Captures{{group, number}};
}

class Matcher final : public profile::Matcher {
  public:
    Matcher(char letter, std::string group) : letter_(letter), text_(1, letter), groups_{std::move(group)} {}

    [[nodiscard]] const std::string& text() const override { return text_; }
    [[nodiscard]] const std::vector<std::string>& groups() const override { return groups_; }
    [[nodiscard]] std::optional<Captures> match(std::string_view body) const override {
        return number_behind(letter_, groups_.front(), body);
    }
    [[nodiscard]] bool find(std::string_view body) const override { return body.find(letter_) != body.npos; }
    [[nodiscard]] std::string fill(const std::string& example, const Replacement& value) const override {
        const auto number = value(groups_.front());
        return number ? text_ + *number : example;
    }

  private:
    const char letter_;
    const std::string text_;
    const std::vector<std::string> groups_;
};

class Form final : public profile::StepForm {
  public:
    explicit Form(char letter) : letter_(letter), text_(1, letter) {}

    [[nodiscard]] const std::string& text() const override { return text_; }
    [[nodiscard]] std::vector<std::string> params() const override { return {}; }
    [[nodiscard]] const profile::Words* words(const std::string& /*param*/) const override { return nullptr; }
    [[nodiscard]] bool is_answered() const override { return true; }
    [[nodiscard]] std::vector<std::string> captures() const override { return {"number"}; }
    [[nodiscard]] std::string answer_text() const override { return text_ + " and a number"; }
    [[nodiscard]] bool may_answer(std::string_view body) const override {
        return number_behind(letter_, "number", body).has_value();
    }
    [[nodiscard]] std::string encode(const nlohmann::json& /*params*/) const override {
        return "<" + text_ + ">";
    }
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& /*secrets*/) const override {
        return encode(params);
    }
    [[nodiscard]] std::string spelt(const std::string& /*param*/,
                                    const nlohmann::json& value) const override {
        return value.dump();
    }
    [[nodiscard]] std::optional<Captures> decode(std::string_view body,
                                                 const nlohmann::json& /*params*/) const override {
        return number_behind(letter_, "number", body);
    }
    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view body) const override {
        return body == text_ ? std::optional(nlohmann::json::object()) : std::nullopt;
    }
    [[nodiscard]] bool resembles(std::string_view body) const override { return body.starts_with(letter_); }
    [[nodiscard]] std::string answer(const std::string& example, const Replacement& value) const override {
        const auto number = value("number");
        return number ? text_ + *number : example;
    }

  private:
    const char letter_;
    const std::string text_;
};

class Finder final : public profile::FrameFinder {
  public:
    void feed(std::string_view bytes) override { buffer_ += bytes; }
    [[nodiscard]] std::optional<profile::Frame> next() override {
        const auto end = buffer_.find('>');
        if (end == std::string::npos) {
            return std::nullopt;
        }
        profile::Frame frame{.body = buffer_.substr(0, end)};
        buffer_.erase(0, end + 1);
        if (frame.body.starts_with('<')) {
            frame.body.erase(0, 1);
        } else {
            frame.damage = "it does not start with <";
        }
        return frame;
    }
    [[nodiscard]] std::string_view partial() const override { return buffer_; }
    [[nodiscard]] bool is_within_frame() const override { return !buffer_.empty(); }
    void drop_partial() override { buffer_.clear(); }
    [[nodiscard]] std::uint64_t overlong() const override { return 0; }

  private:
    std::string buffer_;
};

class Codec final : public profile::Codec {
  public:
    [[nodiscard]] std::shared_ptr<const profile::StepForm>
    read_step(yaml::MapReader& step, yaml::Problems& problems) const override {
        const auto ask = step.required_node("ask");
        const auto letter = ask ? yaml::read_string(*ask, problems) : std::nullopt;
        if (letter && letter->size() != 1) {
            problems.add(ask->mark(), "ask: expected one letter");
            return nullptr;
        }
        return letter ? std::make_shared<Form>(letter->front()) : nullptr;
    }
    [[nodiscard]] std::shared_ptr<const profile::Matcher>
    read_match(const yaml::Node& match, yaml::Problems& problems) const override {
        const auto text = yaml::read_string(match, problems);
        return text && !text->empty() ? std::make_shared<Matcher>(text->front(), text->substr(1)) : nullptr;
    }
    [[nodiscard]] std::shared_ptr<const profile::Matcher>
    read_banner(const yaml::Node& match, yaml::Problems& problems) const override {
        return read_match(match, problems);
    }
    [[nodiscard]] std::optional<std::string> read_body(const yaml::Node& node,
                                                       yaml::Problems& problems) const override {
        return yaml::read_string(node, problems);
    }
    [[nodiscard]] std::unique_ptr<profile::FrameFinder> finder(profile::Side /*side*/) const override {
        return std::make_unique<Finder>();
    }
    [[nodiscard]] std::string framed(std::string_view body) const override {
        return std::string("<").append(body).append(">");
    }
    [[nodiscard]] std::string describe(std::string_view bytes) const override { return std::string(bytes); }
    [[nodiscard]] std::string about_overlong() const override { return "is too long"; }
    [[nodiscard]] std::string about_partial() const override { return "before its >"; }
};

std::shared_ptr<const profile::Codec> read(const std::optional<yaml::Node>& section,
                                           const profile::Serial& /*serial*/, yaml::Problems& problems) {
    if (section) {
        yaml::MapReader(*section, "toy", problems).finish();
    }
    return std::make_shared<Codec>();
}

constexpr std::array protocols{
    profile::Protocol{.driver = "toy", .section = "toy", .description = "for tests", .read = read}};

} // namespace jigd::toy

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* board = R"(
spec: 1
name: toy-board
driver: toy
toy: {}
identify: none
errors: [{match: "?code"}]
events: [{name: HeatChanged, match: "!heat", example: "!5", values: {heat: {type: integer}}}]
requests:
  JigStatus:
    kind: read
    steps: [{ask: T}]
    result: {heat: {group: number, type: integer}}
    examples: [{wire: [{tx: T, rx: T21}], result: {heat: 21}}]
)";

/// Everything below is what other rooms do with any protocol.
class ToyProtocol : public testing::Test {
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

    profile::Profile profile_ = profile::parse(board, "toy.yaml", toy::protocols);
    test::FakePort port_;
    Conversation conversation_{port_, profile_, nullptr};
};

TEST_F(ToyProtocol, IsDriven) {
    port_.expect("<T>").answer("<!7><T").answer("22>", 10ms);
    const auto captures =
        conversation_.exchange(step(), nlohmann::json::object(), Deadline::in(1s, port_.now()));
    EXPECT_EQ(profile::to_result(profile_.find("JigStatus")->result, captures),
              (nlohmann::json{{"heat", 22}}));
    const auto events = conversation_.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().values, (nlohmann::json{{"heat", 7}}));
}

TEST_F(ToyProtocol, IsRefusedBrokenOffAndDamaged) {
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

TEST_F(ToyProtocol, IsSimulated) {
    jigsim::SimulatedBoard simulated(profile_);
    const auto now = port_.now();
    simulated.receive("<T>", now);
    EXPECT_EQ(simulated.transmit(now), "<T21>");
    simulated.set_state("heat", 30, now);
    EXPECT_EQ(simulated.transmit(now), "<!30>");
    simulated.receive("<T>", now);
    EXPECT_EQ(simulated.transmit(now), "<T30>");
}

TEST_F(ToyProtocol, HasItsMistakesShown) {
    const auto problems = [](std::string text, const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
        try {
            (void)profile::parse(text, "toy.yaml", toy::protocols);
        } catch (const yaml::Invalid& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_THAT(problems(board, "ask: T", "ask: TT"), HasSubstr("toy.yaml:12:19: ask: expected one letter"));
    EXPECT_THAT(problems(board, "rx: T21", "rx: U21"), HasSubstr("'U21' does not match T and a number"));
    EXPECT_THAT(problems(board, "driver: toy", "driver: toi"),
                HasSubstr("toy.yaml:4:9: there is no driver 'toi'; did you mean 'toy'?; known are: toy"));
}

} // namespace
} // namespace jigd::drivers
