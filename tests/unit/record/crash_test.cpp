#include "record_fixture.hpp"

#include <random>

namespace jigd::record {
namespace {

using State = RecordedAction::State;

/// What a process says it has done, in one write.
struct Step {
    int number = 0; ///< of the actuation
    char done = 0;  ///< 'b'egun, 's'ent, 'e'nded
};

std::string name_of(int round, int number) {
    return std::to_string(round) + "." + std::to_string(number);
}

/// Where a process is when its time is set: so that it dies there or a little later, however slow the disk
/// is.
struct Death {
    int number = 0;  ///< of the actuation
    char before = 0; ///< the step
    std::chrono::nanoseconds delay{1};
};

[[noreturn]] void actuate_until(const Death& death, int round, const Options& options, int said) {
    const auto die_before = [&](int number, char step) {
        if (number == death.number && step == death.before) {
            die_in(death.delay);
        }
    };
    const auto say = [&](int number, char done) {
        const Step step{.number = number, .done = done};
        if (::write(said, &step, sizeof step) != sizeof step) {
            ::_exit(1);
        }
    };
    die_before(0, 'o');
    Record record(options);
    record.open();
    for (int number = 0;; ++number) {
        const auto time = Moment{.wall = Record::WallTime(std::chrono::hours(500000))};
        Job job;
        job.request = "PulseReset";
        job.message_id = name_of(round, number);
        die_before(number, 'b');
        const auto id = record.begin(job, time);
        say(number, 'b');
        die_before(number, 's');
        record.mark_sent(id, "RST\n");
        say(number, 's');
        die_before(number, 'e');
        record.end(id, nlohmann::json(number), "RST\n", time.wall);
        say(number, 'e');
    }
}

TEST_F(RecordTest, ForgetsNothingWhenKilledAtAnyMoment) {
    std::mt19937 random(20240607);
    const auto draw = [&random](int least, int most) {
        return std::uniform_int_distribution(least, most)(random);
    };
    for (int round = 0; round < 50; ++round) {
        const char before = "obse"[draw(0, 3)];
        // Opening and beginning wait for the disk, the other two steps don't.
        const int longest = before == 'o' || before == 'b' ? 8'000'000 : 80'000;
        const Death death{.number = before == 'o' ? 0 : draw(0, 4),
                          .before = before,
                          .delay = std::chrono::nanoseconds(draw(1, longest))};
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            actuate_until(death, round, options(), ends[1]);
        }
        ::close(ends[1]);
        Step last{.number = -1, .done = 'e'};
        while (::read(ends[0], &last, sizeof last) == sizeof last) {
        }
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
        ASSERT_GE(last.number, death.number - 1);

        Record record(options());
        ASSERT_NO_THROW(record.open()) << "round " << round;
        const auto find = [&](int number) {
            return record.find(pulse(name_of(round, number), nlohmann::json::object()));
        };
        const int ended = last.done == 'e' ? last.number + 1 : last.number;
        for (int number = 0; number < ended; ++number) {
            const auto action = find(number);
            ASSERT_TRUE(action) << name_of(round, number);
            ASSERT_EQ(action->state, State::ended);
            ASSERT_EQ(std::get<nlohmann::json>(action->outcome), number);
        }
        // One step more may have been done and not said.
        const auto action = find(ended);
        if (last.done == 'e') {
            ASSERT_TRUE(!action || action->state == State::not_started);
        } else {
            ASSERT_TRUE(action) << name_of(round, ended);
            const auto sure = last.done == 'b' ? State::not_started : State::started;
            const auto possible = last.done == 'b' ? State::started : State::ended;
            ASSERT_TRUE(action->state == sure || action->state == possible);
        }
        ASSERT_FALSE(find(ended + 1));
    }
}

TEST_F(RecordTest, OpensWithAHalfWrittenLog) {
    std::string file;
    std::string log;
    std::vector<std::size_t> log_size_after;
    {
        Record record(options());
        record.open();
        for (int number = 0; number < 5; ++number) {
            carry_out(record, pulse(std::to_string(number)));
            log_size_after.push_back(std::filesystem::file_size(path() + "-wal"));
        }
        file = contents(path());
        log = contents(path() + "-wal");
    }
    ASSERT_EQ(log.size(), log_size_after.back());
    auto crashed = options();
    crashed.path = (folder() / "crashed.db").string();
    for (std::size_t size = log_size_after.front(); size <= log.size(); size += 1000) {
        for (const auto* rest : {"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}) {
            overwrite(crashed.path, file);
            overwrite(crashed.path + "-wal", log.substr(0, size) + rest);
            Record record(crashed);
            ASSERT_NO_THROW(record.open()) << size;
            for (std::size_t number = 0; number < log_size_after.size(); ++number) {
                const auto action = record.find(pulse(std::to_string(number)));
                if (size >= log_size_after[number]) {
                    ASSERT_TRUE(action) << number << " with " << size;
                    EXPECT_EQ(action->state, State::ended);
                }
            }
            carry_out(record, pulse("next"));
        }
    }
}

} // namespace
} // namespace jigd::record
