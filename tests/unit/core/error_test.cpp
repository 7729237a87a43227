#include "core/error.hpp"

#include <gtest/gtest.h>

namespace jigd {
namespace {

TEST(Error, IsRetryableOnlyWhenNothingWasDone) {
    EXPECT_TRUE(Error(Code::jig_timeout, "").retryable());
    EXPECT_FALSE(Error(Code::jig_timeout, "", Executed::unknown).retryable());
    EXPECT_TRUE(Error(Code::busy, "").retryable());
    EXPECT_FALSE(Error(Code::bad_request, "").retryable());
    EXPECT_FALSE(Error(Code::outcome_unknown, "", Executed::unknown).retryable());
    EXPECT_FALSE(Error(Code::superseded, "").retryable()) << "a retry would undo the safe state";
}

TEST(Error, WithKeepsCodeMessageAndDetails) {
    const auto error =
        Error(Code::jig_refused, "no", Executed::no, {{"board_code", 1}}).with(Executed::unknown);
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_STREQ(error.what(), "no");
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(error.details()["board_code"], 1);
}

TEST(Error, CodesAreReadAsTheyAreSpelled) {
    for (const auto code : {Code::bad_request, Code::jig_refused, Code::outcome_unknown, Code::internal}) {
        EXPECT_EQ(code_from(to_string(code)), code);
    }
    for (const auto executed : {Executed::no, Executed::yes, Executed::unknown}) {
        EXPECT_EQ(executed_from(to_string(executed)), executed);
    }
    EXPECT_FALSE(code_from("Internal"));
    EXPECT_FALSE(executed_from(""));
}

} // namespace
} // namespace jigd
