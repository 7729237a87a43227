#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.hpp"

namespace jigd::test {

/// A fork of the test that does one thing, then waits to be killed.
class OtherProcess {
  public:
    /// Returns when `act` has returned in the other process.
    explicit OtherProcess(const std::function<void()>& act) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        const os::Fd done(ends[0]);
        os::Fd report(ends[1]);
        pid_ = ::fork();
        if (pid_ == 0) {
            act();
            while (::write(report.get(), "y", 1) == 1) {
                ::pause();
            }
            ::_exit(1);
        }
        report.reset();
        char word = 0;
        [[maybe_unused]] const auto got = ::read(done.get(), &word, 1);
    }
    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;
    ~OtherProcess() { end(); }

    [[nodiscard]] int pid() const { return pid_; }
    /// As messages name it.
    [[nodiscard]] std::string name() const { return "(pid " + std::to_string(pid_) + ")"; }

    void end() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
    }

  private:
    pid_t pid_ = -1;
};

} // namespace jigd::test
