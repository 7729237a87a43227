#include "jigsim/line_timing.hpp"

#include <gtest/gtest.h>

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;

/// Answers each line with "OK\n" at once, and knows when its last byte came.
class Parrot final : public LineEnd {
  public:
    void receive(std::string_view bytes, TimePoint now) override {
        for (const auto byte : bytes) {
            heard_at = now;
            said_ += byte == '\n' ? "OK\n" : "";
        }
    }
    std::string transmit(TimePoint /*now*/) override { return std::exchange(said_, {}); }
    [[nodiscard]] TimePoint next_due() const override {
        return said_.empty() ? TimePoint::max() : TimePoint::min();
    }

    TimePoint heard_at{};

  private:
    std::string said_;
};

class LineTimingTest : public testing::Test {
  protected:
    Parrot board_;
    LineTiming line_{board_, 1ms};
    const TimePoint start_{1h};
};

TEST_F(LineTimingTest, ACommandArrivesByteByByte) {
    line_.receive("ID?\n", start_);
    EXPECT_EQ(line_.next_due(), start_ + 1ms);
    EXPECT_EQ(line_.transmit(start_ + 3ms), "");
    EXPECT_EQ(board_.heard_at, start_ + 3ms) << "three of four";
    (void)line_.transmit(start_ + 4ms);
    EXPECT_EQ(board_.heard_at, start_ + 4ms);
}

TEST_F(LineTimingTest, AnAnswerLeavesByteByByte) {
    line_.receive("ID?\n", start_);
    EXPECT_EQ(line_.transmit(start_ + 5ms), "O");
    EXPECT_EQ(line_.next_due(), start_ + 6ms);
    EXPECT_EQ(line_.transmit(start_ + 6ms), "K");
    EXPECT_EQ(line_.transmit(start_ + 1s), "\n");
    EXPECT_EQ(line_.next_due(), TimePoint::max());
}

TEST_F(LineTimingTest, ALateLookDoesNotMoveWhatHappened) {
    line_.receive("a\nb\n", start_);
    EXPECT_EQ(line_.transmit(start_ + 7ms), "OK\nOK") << "the second answer follows the first without a gap";
    EXPECT_EQ(board_.heard_at, start_ + 4ms);
}

TEST_F(LineTimingTest, BytesQueueBehindThoseBefore) {
    line_.receive("aaaa", start_);
    line_.receive("b\n", start_ + 1ms);
    EXPECT_EQ(line_.transmit(start_ + 6ms), "");
    EXPECT_EQ(line_.transmit(start_ + 9ms), "OK\n");
}

TEST_F(LineTimingTest, WhoeverOpensTheLineFindsItEmpty) {
    line_.receive("a\nb", start_);
    EXPECT_EQ(line_.transmit(start_ + 3ms), "O");
    line_.opened(start_ + 3ms);
    EXPECT_EQ(line_.transmit(start_ + 1s), "");
}

} // namespace
} // namespace jigd::jigsim
