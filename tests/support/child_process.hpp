#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/deadline.hpp"
#include "os/fd.hpp"

namespace jigd::test {

/// A program of the build under test, with its standard input and outputs (both in one) on pipes. Killed at
/// the end if it still runs.
class ChildProcess {
  public:
    ChildProcess(const std::string& program, std::vector<std::string> arguments) {
        const char* folder = std::getenv("JIGD_BIN");
        auto path = std::string(folder == nullptr ? "build/release/bin" : folder) + "/" + program;
        std::array<int, 2> input{};
        std::array<int, 2> output{};
        if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        input_ = os::Fd(input[1]);
        output_ = os::Fd(output[0]);
        const os::Fd child_input(input[0]);
        const os::Fd child_output(output[1]);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, child_input.get(), STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, child_output.get(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, child_output.get(), STDERR_FILENO);
        std::vector<char*> words{path.data()};
        for (auto& argument : arguments) {
            words.push_back(argument.data());
        }
        words.push_back(nullptr);
        const int error = ::posix_spawn(&pid_, path.c_str(), &actions, nullptr, words.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (error != 0) {
            pid_ = -1;
            throw std::system_error(error, std::generic_category(), path);
        }
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    void type(const std::string& line) const {
        const auto text = line + "\n";
        [[maybe_unused]] const auto written = ::write(input_.get(), text.data(), text.size());
    }
    void close_input() { input_.reset(); }
    void signal(int number) const {
        // kill(-1, …) would signal every process there is.
        if (pid_ > 0) {
            ::kill(pid_, number);
        }
    }

    /// The next line of its output, or "" after 10 s or at the end.
    [[nodiscard]] std::string line() {
        const auto deadline = Deadline::in(std::chrono::seconds(10), Clock::now());
        os::Watch watch{.fd = output_.get(), .events = POLLIN, .revents = 0};
        std::array<char, 4096> bytes{};
        for (;;) {
            if (const auto end = unread_.find('\n'); end != std::string::npos) {
                auto text = unread_.substr(0, end);
                unread_.erase(0, end + 1);
                return text;
            }
            if (!os::wait(&watch, 1, deadline)) {
                return {};
            }
            const auto got = ::read(output_.get(), bytes.data(), bytes.size());
            if (got <= 0) {
                return {};
            }
            unread_.append(bytes.data(), static_cast<std::size_t>(got));
        }
    }

    /// Waits for its end; the exit status, or 128 + the signal that ended it.
    int wait() {
        int status = 0;
        if (pid_ <= 0) {
            return -1;
        }
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    pid_t pid_ = -1;
    os::Fd input_;
    os::Fd output_;
    std::string unread_;
};

} // namespace jigd::test
