#include "os/log.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>

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
