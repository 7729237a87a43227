#include "amqp/lifeline.hpp"

#include <array>

#include <gtest/gtest.h>

#include <sys/socket.h>

namespace jigd::amqp {
namespace {

using std::chrono::seconds;

/// Two ends of a stream; the lifeline holds the first.
class LifelineTest : public testing::Test {
  protected:
    LifelineTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours = os::Fd(ends[0]);
        theirs = os::Fd(ends[1]);
    }
    /// The peer reads the end of the stream.
    [[nodiscard]] bool is_over() const {
        char byte = 0;
        return ::recv(theirs.get(), &byte, 1, 0) == 0;
    }
    os::Fd ours;
    os::Fd theirs;
    Lifeline lifeline;
};

TEST_F(LifelineTest, ACallThatLastsTooLongIsCut) {
    lifeline.attach(ours.get());
    const Lifeline::Call call(&lifeline);
    const auto now = Clock::now();
    EXPECT_FALSE(lifeline.cut_if_stuck(seconds(5), now + seconds(4)));
    EXPECT_FALSE(is_over());
    EXPECT_TRUE(lifeline.cut_if_stuck(seconds(5), now + seconds(6)));
    EXPECT_TRUE(is_over());
    EXPECT_TRUE(lifeline.was_cut());
    EXPECT_FALSE(lifeline.cut_if_stuck(seconds(5), now + seconds(7))) << "it is said once";
}

TEST_F(LifelineTest, WhoeverWaitsOutsideTheLibraryIsNotCutHoweverLongItTakes) {
    lifeline.attach(ours.get());
    { const Lifeline::Call call(&lifeline); }
    EXPECT_FALSE(lifeline.cut_if_stuck(seconds(5), Clock::now() + std::chrono::hours(1)));
    EXPECT_FALSE(is_over());
}

TEST_F(LifelineTest, TheConnectionCanBeCutBeforeItHasASocket) {
    lifeline.cut();
    EXPECT_FALSE(is_over());
    lifeline.attach(ours.get());
    EXPECT_TRUE(is_over());
}

TEST_F(LifelineTest, TheSocketIsCutByItsOwnNumberNotByTheOwners) {
    lifeline.attach(ours.get());
    ours.reset();
    EXPECT_FALSE(is_over()) << "the lifeline holds it open";
    lifeline.cut();
    EXPECT_TRUE(is_over());
}

TEST_F(LifelineTest, NothingIsLeftToCutOnceTheConnectionIsOver) {
    lifeline.attach(ours.get());
    EXPECT_TRUE(lifeline.attached());
    lifeline.detach();
    EXPECT_FALSE(lifeline.attached());
    const Lifeline::Call call(&lifeline);
    EXPECT_FALSE(lifeline.cut_if_stuck(seconds(5), Clock::now() + seconds(6)));
    EXPECT_FALSE(is_over());
}

} // namespace
} // namespace jigd::amqp
