#include "drivers/port_access.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/other_process.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::drivers {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A file in a device's place, of our own group or of another (which takes root).
class PortAccess : public testing::Test {
  protected:
    PortAccess() {
        const std::ofstream file(device_);
        std::filesystem::permissions(device_, std::filesystem::perms(0660));
    }
    void TearDown() override { EXPECT_EQ(::setegid(::getgid()), 0); }

    /// False where a test without rights can't be in the group.
    [[nodiscard]] bool give_to(gid_t group) const {
        return ::chown(device_.c_str(), static_cast<uid_t>(-1), group) == 0;
    }
    [[nodiscard]] std::string lock_file() const { return folder_.path() / "LCK..ttyUSB0"; }
    [[nodiscard]] std::vector<PortUser> lock_users(const std::string& text) const {
        std::ofstream(lock_file()) << text;
        return port_users("/dev/ttyUSB0", folder_.path());
    }

    static constexpr gid_t nogroup = 65534;
    test::TemporaryFolder folder_;
    std::string device_ = folder_.path() / "ttyUSB0";
};

TEST_F(PortAccess, ARefusalByTheSandboxIsNotAMissingGroup) {
    const std::string device = "/dev/null"; // whose major number is 1 on every Linux
    EXPECT_THAT(why_not_allowed(device, EPERM),
                AllOf(HasSubstr(device), HasSubstr("sandbox"), HasSubstr("`DeviceAllow=char-1 rw`"),
                      HasSubstr("systemctl edit"), Not(HasSubstr("usermod"))));
}

TEST_F(PortAccess, AMissingGroupIsNamedWithTheCommandThatJoinsIt) {
    if (::geteuid() != 0 || !give_to(nogroup)) {
        GTEST_SKIP() << "takes root";
    }
    EXPECT_THAT(why_not_allowed(device_, EACCES), HasSubstr("try `sudo usermod -aG nogroup "));
}

TEST_F(PortAccess, AGroupThatTheProcessHasIsNotAskedForAgain) {
    if (give_to(nogroup)) {
        ASSERT_EQ(::setegid(nogroup), 0);
    } else if (::getegid() == 0) {
        GTEST_SKIP() << "root's group is not for others to join";
    }
    EXPECT_THAT(why_not_allowed(device_, EACCES),
                AllOf(HasSubstr("is in group"), HasSubstr("getfacl"), Not(HasSubstr("usermod"))));
}

TEST_F(PortAccess, WhereTheGroupMayNotEitherAUdevRuleIsTheRemedy) {
    std::filesystem::permissions(device_, std::filesystem::perms(0600));
    EXPECT_THAT(why_not_allowed(device_, EACCES), AllOf(HasSubstr("udev rule"), Not(HasSubstr("usermod"))));
}

TEST_F(PortAccess, BusyNamesEachUserAndTheRemedyForKnownOnes) {
    const auto busy = [](const std::string& command) {
        return why_busy("/dev/ttyUSB0", {{.pid = 1, .command = "cat"}, {.pid = 23, .command = command}});
    };
    EXPECT_THAT(busy("ModemManager"),
                AllOf(HasSubstr("cat (pid 1), ModemManager (pid 23)"), HasSubstr("70-jigd.rules")));
    EXPECT_THAT(busy("brltty"), HasSubstr("systemctl mask --now brltty"));
    EXPECT_THAT(busy("agetty"), HasSubstr("serial-getty@ttyUSB0.service"));
    EXPECT_THAT(busy("minicom"), HasSubstr("stop it"));
    EXPECT_THAT(why_busy("/dev/ttyUSB0", {}), HasSubstr("sudo fuser -v /dev/ttyUSB0"));
}

TEST_F(PortAccess, TheLivingOwnerOfALockFileIsAUser) {
    test::OtherProcess owner([] {});
    const auto text = "      " + std::to_string(owner.pid()) + " minicom root\n";
    const auto users = lock_users(text);
    ASSERT_THAT(users, SizeIs(1));
    EXPECT_EQ(users[0].pid, owner.pid());
    EXPECT_THAT(describe(users[0]),
                AllOf(HasSubstr(owner.name().substr(0, owner.name().size() - 1)), HasSubstr(lock_file())));
    owner.end();
    EXPECT_THAT(lock_users(text), IsEmpty()) << "a lock file that its owner left behind";
}

TEST_F(PortAccess, ALockFileOfOursOrWithoutAProcessNamesNobody) {
    EXPECT_THAT(lock_users(std::to_string(::getpid())), IsEmpty());
    EXPECT_THAT(lock_users(""), IsEmpty());
    EXPECT_THAT(lock_users("-1\n"), IsEmpty());
    EXPECT_THAT(lock_users("12x\n"), IsEmpty());
}

} // namespace
} // namespace jigd::drivers
