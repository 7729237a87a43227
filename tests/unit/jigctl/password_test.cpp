#include "jigctl/password.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace jigd::jigctl {
namespace {

using testing::HasSubstr;
using testing::Not;

class PasswordFile : public testing::Test {
  protected:
    ~PasswordFile() override { std::filesystem::remove(path_); }
    PasswordFile() = default;
    PasswordFile(const PasswordFile&) = delete;
    PasswordFile& operator=(const PasswordFile&) = delete;
    PasswordFile(PasswordFile&&) = delete;
    PasswordFile& operator=(PasswordFile&&) = delete;

    [[nodiscard]] CallArguments with(const std::string& content) const {
        std::ofstream(path_, std::ios::binary) << content;
        CallArguments call;
        call.password_file = path_.string();
        return call;
    }
    static std::string refusal(const CallArguments& call) {
        try {
            (void)password_of(call);
        } catch (const UsageError& error) {
            return error.what();
        }
        return "";
    }

  private:
    const std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("jigctl-password-" + std::to_string(getpid()));
};

TEST_F(PasswordFile, HoldsThePasswordWithOrWithoutALineEnd) {
    EXPECT_EQ(password_of(with("pa ss")), "pa ss");
    EXPECT_EQ(password_of(with("pa ss\n")), "pa ss");
    EXPECT_EQ(password_of(with("pa ss\r\n")), "pa ss");
}

TEST_F(PasswordFile, IsNotReadWhereItIsOfNoUse) {
    auto call = with("pass\nmore\n");
    call.authentication = Authentication::external;
    EXPECT_EQ(password_of(call), std::nullopt);
    EXPECT_EQ(password_of(CallArguments{}), std::nullopt);
}

TEST_F(PasswordFile, WithoutAPasswordIsRefused) {
    for (const auto* const content : {"", "\n", "\r\n", "top-secret\nmore", "top-secret\n\n"}) {
        const auto words = refusal(with(content));
        EXPECT_THAT(words, HasSubstr("must hold the password on its only line")) << content;
        EXPECT_THAT(words, HasSubstr("--password-file or JIGCTL_PASSWORD_FILE"));
        EXPECT_THAT(words, Not(HasSubstr("top-secret")));
    }
}

TEST_F(PasswordFile, ThatCanNotBeReadIsRefused) {
    CallArguments call;
    call.password_file = "/nonexistent/password";
    EXPECT_THAT(refusal(call), HasSubstr("can't be read: No such file or directory"));
    call.password_file = "/";
    EXPECT_THAT(refusal(call), HasSubstr("can't be read: Is a directory"));
}

} // namespace
} // namespace jigd::jigctl
