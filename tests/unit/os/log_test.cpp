#include "os/log.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>

#include "core/utf8.hpp"
#include "os/log_format.hpp"

namespace jigd::os {
namespace {

/// Keeps the payloads as the real sinks get them.
class KeepingSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    std::vector<std::string> payloads;

  private:
    void sink_it_(const spdlog::details::log_msg& line) override {
        payloads.emplace_back(line.payload.data(), line.payload.size());
    }
    void flush_() override {}
};

TEST(Log, CarriesFieldsBesideTheMessage) {
    auto sink = std::make_shared<KeepingSink>();
    Log log(sink, "info", "JIG-0001");
    log.info("JigStatus answered", {{"REQUEST", "JigStatus"}, {"DURATION_MS", "3.1"}});
    ASSERT_EQ(sink->payloads.size(), 1U);
    const auto line = unpack(sink->payloads[0]);
    EXPECT_EQ(line.message, "JigStatus answered");
    const std::vector<std::pair<std::string_view, std::string_view>> expected{
        {"JIG", "JIG-0001"}, {"REQUEST", "JigStatus"}, {"DURATION_MS", "3.1"}};
    EXPECT_EQ(line.fields, expected);
}

TEST(Log, ACallersBytesCanNotForgeFieldsOrLines) {
    auto sink = std::make_shared<KeepingSink>();
    Log log(sink, "info", "");
    log.info("evil\x1ePRIORITY\x1f"
             "0\nsecond line",
             {{"REPLY_TO", "a\x1eJIG\x1fother\r\n"}});
    const auto line = unpack(sink->payloads[0]);
    ASSERT_EQ(line.fields.size(), 1U);
    EXPECT_EQ(line.fields[0].first, "REPLY_TO");
    EXPECT_EQ(line.message.find('\n'), std::string_view::npos);
    EXPECT_EQ(line.fields[0].second.find('\n'), std::string_view::npos);
}

TEST(Log, EveryLineAndFieldIsPrintableUtf8) {
    auto sink = std::make_shared<KeepingSink>();
    Log log(sink, "info", "");
    // The last is U+009B, which a terminal takes for ESC [.
    const std::string all = std::string("\xff\0\xa5\xc3\xe1\xc2\x9b", 7);
    log.info("noise " + all, {{"USER_ID", all}, {"APP_ID", all}, {"REPLY_TO", all}, {"WIRE", all}});
    const auto line = unpack(sink->payloads[0]);
    EXPECT_EQ(line.message, R"(noise \xff\x00\xa5\xc3\xe1\xc2\x9b)");
    ASSERT_EQ(line.fields.size(), 4U);
    for (const auto& [name, value] : line.fields) {
        EXPECT_EQ(value, R"(\xff\x00\xa5\xc3\xe1\xc2\x9b)") << name;
    }
}

TEST(Log, ACutFallsBetweenCharacters) {
    auto sink = std::make_shared<KeepingSink>();
    Log log(sink, "info", "");
    const auto degrees = [](std::size_t before) {
        std::string text(before, 'x');
        for (int i = 0; i < 3000; ++i) {
            text += "°";
        }
        return text;
    };
    for (const std::size_t before : {0U, 1U}) {
        log.info(degrees(before), {{"WIRE", degrees(before)}});
        const auto line = unpack(sink->payloads.back());
        EXPECT_TRUE(is_utf8(line.message));
        EXPECT_TRUE(line.message.ends_with("°…"));
        ASSERT_EQ(line.fields.size(), 1U);
        EXPECT_TRUE(is_utf8(line.fields[0].second));
        EXPECT_TRUE(line.fields[0].second.ends_with("°…"));
    }
}

TEST(Log, LevelsBelowTheConfiguredOneAreSilent) {
    auto sink = std::make_shared<KeepingSink>();
    Log log(sink, "warn", "");
    log.info("quiet");
    log.warn("loud");
    EXPECT_EQ(sink->payloads.size(), 1U);
    log.set_level("debug");
    log.debug("loud too");
    EXPECT_EQ(sink->payloads.size(), 2U);
}

} // namespace
} // namespace jigd::os
