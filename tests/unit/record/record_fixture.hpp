#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/record.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::record {

/// The kernel kills this process so much later.
inline void die_in(std::chrono::nanoseconds delay) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    timer_t timer{};
    itimerspec when{};
    when.it_value.tv_nsec = static_cast<decltype(when.it_value.tv_nsec)>(delay.count());
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
        ::timer_settime(timer, 0, &when, nullptr) != 0) {
        ::_exit(1);
    }
}

/// Of all that this process writes from now on.
inline void limit_file_size(rlim_t bytes) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = std::min(bytes, limit.rlim_max);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        throw std::runtime_error("setrlimit");
    }
}

/// A record in a folder of its own.
class RecordTest : public testing::Test {
  protected:
    [[nodiscard]] Options options() const {
        Options options;
        options.path = path();
        options.boot_id = "this run";
        return options;
    }
    [[nodiscard]] std::string path() const { return (folder_.path() / "record.db").string(); }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

    /// A pulse with a message id.
    [[nodiscard]] static Job pulse(std::string message_id, nlohmann::json params = {{"channel", 1}}) {
        Job job;
        job.request = "PulseReset";
        job.kind = Kind::pulse;
        job.params = std::move(params);
        job.message_id = std::move(message_id);
        return job;
    }
    /// One that the broker delivers again, without a message id.
    [[nodiscard]] static Job redelivered(std::optional<std::string> reply_to,
                                         std::optional<std::string> correlation_id) {
        auto job = pulse("");
        job.message_id.reset();
        job.redelivered = true;
        job.reply_to = std::move(reply_to);
        job.correlation_id = std::move(correlation_id);
        return job;
    }
    /// Written down, sent and ended with {"id": message id}.
    static void carry_out(Record& record, const Job& job) {
        const auto id = record.begin(job, now);
        record.mark_sent(id, "RST\n");
        record.end(id, nlohmann::json{{"id", job.message_id.value_or("")}}, "RST\n", now.wall);
    }
    /// What `call` throws; fails the test when it throws nothing.
    template<typename Call>
    [[nodiscard]] static Error error_of(Call call) {
        try {
            call();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no Error was thrown";
        return Error(Code::internal, "none");
    }
    [[nodiscard]] static std::string contents(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void overwrite(const std::string& path, const std::string& bytes) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    }
    /// Runs `work` in a process of its own and returns its answer.
    template<typename Work>
    [[nodiscard]] static std::string in_child(Work work) {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) {
            throw std::runtime_error("no pipe");
        }
        const pid_t child = ::fork();
        if (child == 0) {
            std::string answer;
            try {
                answer = work();
            } catch (const std::exception& error) {
                answer = error.what();
            }
            const auto written = ::write(ends[1], answer.data(), answer.size());
            ::_exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
        }
        ::close(ends[1]);
        std::string answer;
        std::array<char, 4096> bytes{};
        for (ssize_t got = 0; (got = ::read(ends[0], bytes.data(), bytes.size())) > 0;) {
            answer.append(bytes.data(), static_cast<std::size_t>(got));
        }
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
        return answer;
    }

    /// So much later than `now`, on both clocks.
    [[nodiscard]] static Moment after(std::chrono::milliseconds time) {
        return {now.wall + time, now.since_boot + time};
    }

    static constexpr Moment now{Record::WallTime(std::chrono::hours(500000)), std::chrono::hours(1)};

  private:
    test::TemporaryFolder folder_;
};

} // namespace jigd::record
