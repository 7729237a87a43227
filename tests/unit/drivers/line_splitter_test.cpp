#include "drivers/line/line_splitter.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::drivers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> fed(LineSplitter& splitter, std::string_view text, std::size_t portion) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += portion) {
        splitter.feed(text.substr(at, portion));
        while (auto line = splitter.next()) {
            lines.push_back(std::move(*line));
        }
    }
    return lines;
}

TEST(LineSplitter, SplitsWhateverThePortions) {
    const std::string_view text = "one\r\ntwo\r\n\r\nthree\r\nfo";
    for (std::size_t portion = 1; portion <= text.size(); ++portion) {
        LineSplitter splitter("\r\n", 80);
        EXPECT_THAT(fed(splitter, text, portion), ElementsAre("one", "two", "", "three")) << portion;
        EXPECT_EQ(splitter.partial(), "fo") << portion;
        EXPECT_EQ(splitter.overlong(), 0U);
    }
}

TEST(LineSplitter, HalfAnEndIsNoEnd) {
    LineSplitter splitter("\r\n", 80);
    EXPECT_THAT(fed(splitter, "a\rb\nc\r", 6), IsEmpty());
    EXPECT_THAT(fed(splitter, "\n", 1), ElementsAre("a\rb\nc"));
}

TEST(LineSplitter, AnOverlongLineIsCountedAndTheNextIsFine) {
    const auto text = std::string(500, 'x') + "\r\nfine\r\n" + std::string(11, 'y') + "\r\n" +
                      std::string(10, 'z') + "\r\n";
    for (const std::size_t portion : {1U, 3U, 1000U}) {
        LineSplitter splitter("\r\n", 10);
        EXPECT_THAT(fed(splitter, text, portion), ElementsAre("fine", std::string(10, 'z'))) << portion;
        EXPECT_EQ(splitter.overlong(), 2U) << portion;
    }
}

TEST(LineSplitter, OfBytesWithoutAnEndNothingIsKept) {
    LineSplitter splitter("\n", 4096);
    EXPECT_THAT(fed(splitter, std::string(1024 * 1024, 'x'), 4096), IsEmpty());
    EXPECT_EQ(splitter.partial(), "");
    EXPECT_EQ(splitter.overlong(), 1U);
    EXPECT_THAT(fed(splitter, "\nID\n", 4), ElementsAre("ID"));
}

TEST(LineSplitter, ADroppedPartialLineIsForgotten) {
    LineSplitter splitter("\n", 80);
    EXPECT_THAT(fed(splitter, "half", 4), IsEmpty());
    splitter.drop_partial();
    EXPECT_THAT(fed(splitter, "whole\n", 6), ElementsAre("whole"));
}

} // namespace
} // namespace jigd::drivers
