#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "core/error.hpp"
#include "core/status_snapshot.hpp"
#include "drivers/serial_port.hpp"
#include "jig/executor.hpp"
#include "link/link.hpp"
#include "link/values.hpp"
#include "link/wire_recorder.hpp"
#include "profile/profile.hpp"
#include "support/chaotic_board.hpp"
#include "support/profiles.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Boards at a time: nearly all of their time is waiting.
constexpr int boards = 48;
constexpr int default_cases = 10'000;
constexpr std::uint64_t default_seed = 20'240'229;
constexpr int floods = 8;
constexpr Milliseconds reply{20};
constexpr Milliseconds gap{5};

/// From the environment, for other seeds and for builds that are slow.
std::uint64_t setting(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr ? fallback : std::stoull(text);
}

/// The flight recorder, and how much has come.
class Wire final : public drivers::WireObserver {
  public:
    void on_wire(const drivers::WireRecord& record) override {
        received_ += record.sent ? 0 : record.bytes.size();
        recorder.on_wire(record);
    }
    [[nodiscard]] std::uint64_t received() const { return received_; }

    link::WireRecorder recorder{{.entries = 40, .bytes_an_entry = 200}, {}};

  private:
    std::uint64_t received_ = 0;
};

/// One board, the link to it, and a caller who knows what each answer must be.
class Bench : public link::LinkObserver {
  public:
    Bench(const test::Dialect& dialect, std::uint64_t seed, std::atomic<int>& floods_left)
        : Bench(dialect, seed, dialect.can_echo() && seed % 2 == 1, floods_left) {}

    /// Until so many requests are through, or one got what is not its own.
    void run(int cases) {
        link_.maintain(Clock::now());
        for (int number = 0; number < cases && wrong_.empty(); ++number) {
            be_idle();
            run_one(number);
        }
        if (wrong_.empty()) {
            recover();
        }
        if (const auto number = board_.set_twice()) {
            report(*number, "the board has carried it out more than once");
        }
        for (const auto number : denied_) {
            if (board_.has_set(number)) {
                report(number, "an error said executed: no of what the board has carried out");
            }
        }
    }

    [[nodiscard]] const std::string& wrong() const { return wrong_; }
    [[nodiscard]] const std::map<std::string, int>& outcomes() const { return outcomes_; }
    [[nodiscard]] bool recovered() const { return recovered_; }
    [[nodiscard]] const std::string& last_failure() const { return last_failure_; }

    void on_link_state(const LinkReport&) override {}
    void on_link_reminder(const LinkReport&, const std::string&) override {}
    void on_board_event(const Event&) override {}
    void on_unexpected(std::uint64_t, const std::string&) override {}

  private:
    Bench(const test::Dialect& dialect, std::uint64_t seed, bool echo, std::atomic<int>& floods_left)
        : seed_(seed), profile_(test::parse_profile(dialect.profile(echo, reply, gap), "chaos.yaml")),
          board_({.dialect = dialect,
                  .seed = seed,
                  .echo = echo,
                  .prompt = seed % 3 == 0,
                  .reply = reply,
                  .gap = gap,
                  .floods = &floods_left}),
          dice_(~seed) {}

    /// What the worker does while no request waits.
    void be_idle() {
        if (!dice_.one_in(4)) {
            return;
        }
        link_.maintain(Clock::now());
        os::Watch watch{.fd = link_.handle(), .events = POLLIN, .revents = 0};
        if (os::wait(&watch, 1, Deadline::in(Milliseconds(dice_.between(0, 20)), Clock::now()))) {
            link_.listen();
        }
    }

    void run_one(int number) {
        wire_.recorder.begin({.request = std::to_string(number)});
        try {
            ask(number);
            count("ok");
            await_what_has_started();
        } catch (const Error& error) {
            count(std::string(to_string(error.code())));
            last_failure_ = error.what();
            if (error.executed() == Executed::no) {
                denied_.push_back(number);
            }
        }
    }

    void ask(int number) {
        const auto deadline = Deadline::in(Milliseconds(dice_.between(50, 800)), Clock::now());
        switch (dice_.between(0, 2)) {
        case 0: {
            const int parameter = dice_.between(0, 9999);
            const auto result = executor_.run("Get", {{"number", parameter}}, deadline);
            require(number, result, {{"value", board_.value(parameter)}});
            return;
        }
        case 1: {
            // What it did not get was thrown away when it timed out; what it got before, it has answered.
            (void)link_.begin(profile_.find("Now")->steps.front(), no_params_, deadline);
            const auto before = board_.readings();
            const auto said = link_.send();
            link_.process_rest();
            require(number, said.at("reading"), board_.reading(before + 1));
            return;
        }
        default: {
            const json params = {{"number", number}};
            (void)link_.begin(profile_.find("Set")->steps.front(), params, deadline);
            (void)link_.send();
            link_.process_rest();
            if (!board_.has_set(number)) {
                report(number, "an OK, but the board has not carried it out");
            }
        }
        }
    }

    void require(int number, const json& result, const json& wanted) {
        if (result != wanted) {
            report(number, fmt::format("{} where {} was the answer", result.dump(), wanted.dump()));
        }
    }

    /// What a board says after its answer, and has started with it, is here before the next request.
    void await_what_has_started() {
        const auto deadline = Deadline::in(10s, Clock::now());
        int waiting = 0;
        while (link_.handle() >= 0 && ::ioctl(link_.handle(), FIONREAD, &waiting) == 0 &&
               wire_.received() + static_cast<std::uint64_t>(waiting) < board_.said() &&
               !deadline.passed(Clock::now())) {
            std::this_thread::yield();
        }
    }

    /// A board that has come to its senses is served again. How soon is not this test's business.
    void recover() {
        board_.behave();
        const auto deadline = Deadline::in(60s, Clock::now());
        for (int in_a_row = 0; in_a_row < 5 && wrong_.empty() && !deadline.passed(Clock::now());) {
            const auto succeeded = outcomes_["ok"];
            run_one(recovery_++);
            in_a_row = outcomes_["ok"] > succeeded ? in_a_row + 1 : 0;
            recovered_ = in_a_row == 5;
        }
    }

    void count(const std::string& outcome) { ++outcomes_[outcome]; }

    void report(int number, const std::string& what) {
        wrong_ += fmt::format("seed {}, request {}: {}\n", seed_, number, what);
        const auto trace = wire_.recorder.to_json();
        for (const auto& entry : trace.at("entries")) {
            wrong_ += "  " + entry.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
        }
    }

    const std::uint64_t seed_;
    const profile::Profile profile_;
    test::ChaoticBoard board_;
    test::Dice dice_;
    Wire wire_;
    StatusSnapshot status_;
    link::Values values_{profile_};
    link::Link link_{
        profile_,
        {.demand = {.serial = board_.serial()},
         .machine = {.retry_initial = 5ms, .retry_cap = 50ms, .restart_timeout = 200ms, .seed = seed_}},
        {[this] { return drivers::open_serial_port(board_.path(), profile_.serial, -1); }, status_, values_,
         *this, &wire_}};
    Executor executor_{profile_, {link_, values_, status_}};
    const json no_params_ = json::object();
    std::map<std::string, int> outcomes_;
    std::vector<int> denied_; ///< numbers of requests of which an error said that they were not carried out
    int recovery_ = 60'000;
    bool recovered_ = false;
    std::string last_failure_;
    std::string wrong_;
};

void require_truth(const test::Dialect& dialect) {
    const auto seed = setting("JIGD_SEED", default_seed);
    const int cases = static_cast<int>(setting("JIGD_CASES", default_cases)) / boards + 1;
    std::atomic<int> floods_left = floods;
    std::vector<std::unique_ptr<Bench>> benches;
    for (std::uint64_t board = 0; board < boards; ++board) {
        benches.push_back(std::make_unique<Bench>(dialect, seed + board, floods_left));
    }
    {
        std::vector<std::jthread> callers;
        callers.reserve(boards);
        for (const auto& bench : benches) {
            callers.emplace_back([&bench, cases] { bench->run(cases); });
        }
    }
    std::map<std::string, int> outcomes;
    int all = 0;
    for (const auto& bench : benches) {
        EXPECT_EQ(bench->wrong(), "");
        EXPECT_TRUE(bench->recovered()) << "a board that behaves is not served: " << bench->last_failure();
        for (const auto& [outcome, count] : bench->outcomes()) {
            outcomes[outcome] += count;
            all += count;
        }
    }
    for (const auto& [outcome, count] : outcomes) {
        std::cout << fmt::format("{:>14} {}\n", outcome, count);
        testing::Test::RecordProperty(outcome, count);
    }
    EXPECT_GT(outcomes["ok"], all / 10) << "always failing is not a way to be never wrong";
    EXPECT_GT(all - outcomes["ok"], all / 20) << "the boards misbehave";
}

TEST(WireChaos, NoReplyEverHoldsAnotherRequestsData) {
    require_truth(test::LineDialect{});
}
TEST(WireChaos, NoReplyOfModbusEverHoldsAnotherRequestsData) {
    require_truth(test::ModbusDialect{});
}
TEST(WireChaos, NoFrameEverHoldsAnotherRequestsData) {
    require_truth(test::BinaryDialect(false));
}
TEST(WireChaos, NoNumberedFrameEverHoldsAnotherRequestsData) {
    require_truth(test::BinaryDialect(true));
}
TEST(WireChaos, NoEscapedFrameEverHoldsAnotherRequestsData) {
    require_truth(test::BinaryDialect(false, true));
}

} // namespace
} // namespace jigd::jig
