#include "link/debts.hpp"

#include <gtest/gtest.h>

namespace jigd::link {
namespace {

using namespace std::chrono_literals;

TEST(Debts, ABoardThatWasNeverLateOwesNothing) {
    const Debts debts(1s);
    EXPECT_FALSE(debts.any());
    EXPECT_FALSE(debts.owes_questions());
    EXPECT_EQ(debts.silence(), 1s);
}

TEST(Debts, EachUnansweredCommandIsPaidByOneLine) {
    Debts debts(1s);
    debts.command_unanswered();
    debts.command_unanswered();
    debts.paid(1);
    EXPECT_TRUE(debts.any());
    debts.paid(1);
    EXPECT_FALSE(debts.any());
}

TEST(Debts, CommandsArePaidBeforeQuestions) {
    Debts debts(1s);
    debts.command_unanswered();
    debts.question_unanswered();
    debts.paid(1);
    EXPECT_TRUE(debts.owes_questions());
    debts.paid(1);
    EXPECT_FALSE(debts.any());
}

TEST(Debts, OneRunOfLinesPaysCommandsAndQuestionsTogether) {
    Debts debts(1s);
    debts.command_unanswered();
    debts.question_unanswered();
    debts.question_unanswered();
    debts.paid(2);
    EXPECT_TRUE(debts.owes_questions());
    debts.paid(1);
    EXPECT_FALSE(debts.any());
}

TEST(Debts, LinesTooManyAreNoCreditForLater) {
    Debts debts(1s);
    debts.command_unanswered();
    debts.paid(5);
    EXPECT_FALSE(debts.any());
    debts.command_unanswered();
    EXPECT_TRUE(debts.any());
    debts.paid(0);
    EXPECT_TRUE(debts.any());
}

TEST(Debts, AnUnansweredCommandIsNoQuestion) {
    Debts debts(1s);
    debts.command_unanswered();
    EXPECT_TRUE(debts.any());
    EXPECT_FALSE(debts.owes_questions());
    EXPECT_EQ(debts.silence(), 1s);
}

TEST(Debts, EachUnansweredQuestionDoublesTheSilenceUpToItsLongest) {
    Debts debts(1s);
    for (const auto silence : {2s, 4s, 4s, 4s}) {
        debts.question_unanswered();
        EXPECT_EQ(debts.silence(), silence);
    }
    EXPECT_EQ(Debts::longest_silence, 4s);
}

TEST(Debts, OnceSettledNothingIsOwedAndTheSilenceIsAsAtFirst) {
    Debts debts(1s);
    debts.command_unanswered();
    debts.question_unanswered();
    debts.settle();
    EXPECT_FALSE(debts.any());
    EXPECT_EQ(debts.silence(), 1s);
}

} // namespace
} // namespace jigd::link
