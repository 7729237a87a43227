#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_board.hpp"
#include "support/profiles.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

TEST(Load, TakesTheWholeLanguage) {
    const auto profile = test::parse_profile(board, "board.yaml");
    EXPECT_EQ(profile.name, "small");
    EXPECT_EQ(profile.path, "board.yaml");
    EXPECT_EQ(profile.serial.data_bits, 7);
    EXPECT_EQ(profile.serial.parity, Parity::even);
    EXPECT_EQ(profile.serial.stop_bits, 2);
    EXPECT_EQ(profile.serial.flow, Flow::rts_cts);
    EXPECT_EQ(profile.serial.dtr, Level::off);
    EXPECT_EQ(profile.serial.rts, Level::on);
    EXPECT_EQ(profile.serial.settle, Milliseconds(2000));
    EXPECT_EQ(test::line_of(profile).send_end, "\r");
    EXPECT_TRUE(test::line_of(profile).echo);
    EXPECT_EQ(test::line_of(profile).longest, 100U);
    EXPECT_EQ(profile.timeouts.reply, Milliseconds(1000));
    EXPECT_EQ(profile.timeouts.gap, Milliseconds(20));
    EXPECT_EQ(profile.timeouts.pace, Milliseconds(2)) << "a rest is never cut short";
    EXPECT_EQ(profile.identify->step.timeout, Milliseconds(2000));
    EXPECT_EQ(profile.identify->example.tx, "ID?");
    EXPECT_EQ(profile.identify->example.rx, "ID 7");
    EXPECT_EQ(profile.events.at(0).values.at(0).name, "door") << "an undescribed group is text";

    const auto& set = *profile.find("SetRelay");
    EXPECT_EQ(set.steps.at(0).timeout, Milliseconds(3000));
    EXPECT_EQ(set.params.at(2).otherwise, json(10));
    EXPECT_EQ(set.examples.at(0).params, (json{{"channel", 2}, {"on", true}, {"hold_ms", 10}}));
    EXPECT_EQ(profile.safe_state.at(0).params, (json{{"channel", 1}, {"on", false}, {"hold_ms", 10}}));
    EXPECT_EQ(profile.find("Missing"), nullptr);
}

TEST(Load, TakesWhatBringsABoardBackIntoStep) {
    const auto with = [](const std::string& resync) {
        return replaced(board, "identify: {", resync + "\nidentify: {");
    };
    EXPECT_FALSE(test::parse_profile(board, "board.yaml").resync);
    const auto profile = test::parse_profile(with("resync: {send: \"\"}"), "board.yaml");
    ASSERT_TRUE(profile.resync);
    EXPECT_EQ(profile.resync->form->encode(json::object()), "\r");
    EXPECT_THAT(problems_of(with("resync: {send: \"SYNC\", match: '^OK$'}")),
                testing::HasSubstr("resync takes only a 'send'"));
    EXPECT_THAT(problems_of(with("resync: {}")), testing::HasSubstr("resync has no key 'send'"));
}

TEST(Load, TakesWhatOnlySomeAdaptersCanDo) {
    const auto with = [](const std::string& keys) {
        return test::parse_profile(replaced(board, "flow: rts_cts, dtr: off, rts: on", keys), "board.yaml")
            .serial;
    };
    EXPECT_FALSE(with("low_latency: false").low_latency);
    EXPECT_TRUE(with("dtr: off").low_latency);
    EXPECT_FALSE(with("dtr: off").rs485);
    EXPECT_FALSE(with("rs485: off").rs485);
    EXPECT_EQ(with("rs485: {}").rs485->delay_after, Milliseconds(0));
    const auto rs485 = with("rs485: {delay_before: 1ms, delay_after: 2500us}").rs485;
    ASSERT_TRUE(rs485);
    EXPECT_EQ(rs485->delay_before, Milliseconds(1));
    EXPECT_EQ(rs485->delay_after, Milliseconds(3)) << "never shorter than said";
}

TEST(Load, EverythingButIdentityHasADefault) {
    const auto profile = test::parse_profile("spec: 1\nname: bare\ndriver: line\nidentify: none\n"
                                             "requests: {Go: {kind: pulse, steps: [{send: G}]}}\n",
                                             "bare.yaml");
    EXPECT_FALSE(profile.identify);
    EXPECT_EQ(profile.serial.baud, 9600);
    EXPECT_EQ(profile.timeouts.reply, Milliseconds(500));
    EXPECT_FALSE(profile.find("Go")->steps.at(0).form->is_answered());
}

TEST(Load, NoPrefixOfAProfileDoesHarm) {
    for (std::size_t length = 0; length < board.size(); length += 7) {
        (void)problems_of(board.substr(0, length));
    }
}

/// A folder of its own, gone with the test.
class LoadFile : public ::testing::Test {
  public:
    LoadFile() {
        std::string name = (std::filesystem::temp_directory_path() / "jigd-profile-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        folder_ = name;
    }
    ~LoadFile() override { std::filesystem::remove_all(folder_); }
    LoadFile(const LoadFile&) = delete;
    LoadFile& operator=(const LoadFile&) = delete;
    LoadFile(LoadFile&&) = delete;
    LoadFile& operator=(LoadFile&&) = delete;

  protected:
    std::string write(const std::string& name, const std::string& text) {
        auto path = (folder_ / name).string();
        std::ofstream(path) << text;
        return path;
    }

    std::filesystem::path folder_;
};

TEST_F(LoadFile, ItsNameIsTheProfiles) {
    const auto good = write("small.yaml", board);
    EXPECT_EQ(test::load_profile(good).path, good);
    const auto renamed = write("big.yaml", board);
    try {
        (void)test::load_profile(renamed);
        ADD_FAILURE() << "a profile that nobody would find was taken";
    } catch (const yaml::Invalid& invalid) {
        EXPECT_EQ(invalid.what(), renamed +
                                      ":2:7: name: 'small' must be that of the file, 'big', by which the "
                                      "configuration finds it\n");
    }
}

TEST_F(LoadFile, AMissingFileIsAProblemToo) {
    EXPECT_THROW((void)test::load_profile((folder_ / "missing.yaml").string()), yaml::Invalid);
}

} // namespace
} // namespace jigd::profile
