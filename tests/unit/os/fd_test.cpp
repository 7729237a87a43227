#include "os/fd.hpp"

#include <array>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace jigd::os {
namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesWhatItOwnsOnce) {
    int raw = -1;
    {
        Fd owner(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        raw = owner.get();
        Fd other(std::move(owner));
        EXPECT_FALSE(owner.valid()); // NOLINT(bugprone-use-after-move): that a moved-from Fd owns nothing is
                                     // the promise
        EXPECT_TRUE(is_open(raw));
        EXPECT_EQ(other.get(), raw);
    }
    EXPECT_FALSE(is_open(raw));
}

TEST(EventFd, WakesAWaiterOfAnotherThread) {
    const EventFd event;
    const std::jthread signaller([&event] { event.signal(); });
    Watch watch{.fd = event.fd(), .events = POLLIN};
    EXPECT_TRUE(wait(&watch, 1, Deadline::in(std::chrono::seconds(10), Clock::now())));
    EXPECT_NE(watch.revents & POLLIN, 0);
}

TEST(EventFd, IsQuietAfterClear) {
    const EventFd event;
    event.signal();
    event.clear();
    Watch watch{.fd = event.fd(), .events = POLLIN};
    EXPECT_FALSE(wait(&watch, 1, Deadline{Clock::now()}));
}

} // namespace
} // namespace jigd::os
