#include "link/outstanding_replies.hpp"

#include <gtest/gtest.h>

namespace jigd::link {
namespace {

using namespace std::chrono_literals;

OutstandingReplies replies(Duration reply = 500ms) {
    return {reply, true};
}

TEST(OutstandingReplies, NothingIsOutstandingAtFirst) {
    const auto outstanding = replies();
    EXPECT_FALSE(outstanding.any());
    EXPECT_FALSE(outstanding.any_question());
    EXPECT_EQ(outstanding.silence(), 1s);
}

TEST(OutstandingReplies, ABoardThatCanNotBeAskedIsGivenMoreTime) {
    EXPECT_EQ(OutstandingReplies(500ms, false).silence(), 2s);
}

TEST(OutstandingReplies, OneFrameAnswersOneCommand) {
    auto outstanding = replies();
    outstanding.command_unanswered();
    outstanding.command_unanswered();
    outstanding.arrived(1);
    EXPECT_TRUE(outstanding.any());
    outstanding.arrived(1);
    EXPECT_FALSE(outstanding.any());
}

TEST(OutstandingReplies, CommandsAreAnsweredBeforeQuestions) {
    auto outstanding = replies();
    outstanding.command_unanswered();
    outstanding.question_unanswered();
    outstanding.arrived(1);
    EXPECT_TRUE(outstanding.any_question());
    outstanding.arrived(1);
    EXPECT_FALSE(outstanding.any());
}

TEST(OutstandingReplies, FramesThatCameTogetherAnswerCommandsAndQuestions) {
    auto outstanding = replies();
    outstanding.command_unanswered();
    outstanding.question_unanswered();
    outstanding.question_unanswered();
    outstanding.arrived(2);
    EXPECT_TRUE(outstanding.any_question());
    outstanding.arrived(1);
    EXPECT_FALSE(outstanding.any());
}

TEST(OutstandingReplies, FramesTooManyDoNotAnswerLaterCommands) {
    auto outstanding = replies();
    outstanding.command_unanswered();
    outstanding.arrived(5);
    EXPECT_FALSE(outstanding.any());
    outstanding.command_unanswered();
    EXPECT_TRUE(outstanding.any());
    outstanding.arrived(0);
    EXPECT_TRUE(outstanding.any());
}

TEST(OutstandingReplies, AnUnansweredCommandIsNotAQuestion) {
    auto outstanding = replies();
    outstanding.command_unanswered();
    EXPECT_TRUE(outstanding.any());
    EXPECT_FALSE(outstanding.any_question());
    EXPECT_EQ(outstanding.silence(), 1s);
}

TEST(OutstandingReplies, EachUnansweredQuestionDoublesTheSilenceUpToFourSeconds) {
    auto outstanding = replies();
    for (const auto silence : {2s, 4s, 4s, 4s}) {
        outstanding.question_unanswered();
        EXPECT_EQ(outstanding.silence(), silence);
    }
}

TEST(OutstandingReplies, TheSilenceIsNeverShorterThanTheBoardsOwnReplyTime) {
    auto outstanding = replies(10s);
    EXPECT_EQ(outstanding.silence(), 20s);
    for (int question = 0; question < 3; ++question) {
        outstanding.question_unanswered();
        EXPECT_EQ(outstanding.silence(), 20s);
    }
}

TEST(OutstandingReplies, AnUnansweredProbeIsOutstandingAndLengthensNothing) {
    auto outstanding = replies();
    outstanding.question_unanswered(true);
    outstanding.question_unanswered(true);
    EXPECT_TRUE(outstanding.any_question());
    EXPECT_EQ(outstanding.silence(), 1s);
}

TEST(OutstandingReplies, OnceForgottenNothingIsOutstandingAndTheSilenceIsAsAtFirst) {
    auto outstanding = replies();
    outstanding.command_unanswered();
    outstanding.question_unanswered();
    outstanding.forget();
    EXPECT_FALSE(outstanding.any());
    EXPECT_EQ(outstanding.silence(), 1s);
}

} // namespace
} // namespace jigd::link
