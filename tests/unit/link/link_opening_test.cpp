#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "link/link.hpp"
#include "support/link_fixture.hpp"

namespace jigd::link {
namespace {

using namespace std::chrono_literals;

/// A board that hears nothing until it has started, and then takes its time for each answer.
class SlowBoard : public test::FakePort {
  public:
    enum class Lateness {
        one_by_one, ///< it works at one command after the other
        delayed,    ///< each answer comes as much later, however many are under way
    };

    explicit SlowBoard(Milliseconds deaf, Milliseconds takes = 1ms, Lateness lateness = Lateness::one_by_one)
        : starts_(now() + deaf), takes_(takes), lateness_(lateness) {}

    void write(std::string_view bytes, Deadline) override {
        if (now() < starts_) {
            return;
        }
        const auto begins = lateness_ == Lateness::one_by_one ? std::max(now(), free_at_) : now();
        free_at_ = begins + takes_;
        say(answer(std::string(bytes)), std::chrono::duration_cast<Milliseconds>(free_at_ - now()));
    }
    /// Restarts now, and says so when it hears again.
    void restart(Milliseconds deaf) {
        starts_ = now() + deaf;
        say("READY\r\n", deaf);
    }

    int questions = 0;
    int readings = 0;

  private:
    /// Each reading differs from the one before it.
    std::string answer(const std::string& command) {
        if (command == "ID?\n") {
            ++questions;
            return "ID LAMP JIG-1 1.0\r\n";
        }
        return ++readings % 2 == 1 ? "LAMP ON\r\n" : "LAMP OFF\r\n";
    }

    TimePoint starts_;
    TimePoint free_at_{};
    Milliseconds takes_;
    Lateness lateness_;
};

class LinkOpening : public LinkFixture {
  protected:
    SlowBoard& will_open_slow(Milliseconds reply, Milliseconds deaf, Milliseconds takes = 1ms,
                              SlowBoard::Lateness lateness = SlowBoard::Lateness::one_by_one) {
        profile.serial.baud = 115200;
        profile.timeouts.reply = reply;
        profile.timeouts.reopen = 0ms;
        auto slow = std::make_unique<SlowBoard>(deaf, takes, lateness);
        auto& port = *slow;
        (void)will_open(std::move(slow));
        make();
        return port;
    }
    /// From the open until it is online, or `end`.
    Duration time_until_online(SlowBoard& port, Duration end = 60s) {
        const auto opened = port.now();
        link->maintain(opened);
        while (link->state() != LinkState::online && port.now() - opened < end) {
            const auto pause = link->next_attempt() - port.now();
            if (pause > Duration::zero()) {
                port.advance(std::chrono::ceil<Milliseconds>(pause));
            }
            link->maintain(port.now());
        }
        return port.now() - opened;
    }
    void expect_own_answers(SlowBoard& port) {
        const auto& step = profile.find("GetLamp")->steps.front();
        for (int number = 1; number <= 5; ++number) {
            EXPECT_EQ(exchange(step, {}, in(port, 30s)).at("on"), number % 2 == 1 ? "ON" : "OFF") << number;
        }
        EXPECT_EQ(port.readings, 5);
    }
};

TEST_F(LinkOpening, ABoardThatAnswersAtOnceIsAskedOnce) {
    auto& port = will_open_slow(1s, 0ms);
    EXPECT_LT(time_until_online(port), 10ms);
    EXPECT_EQ(port.questions, 1);
}

TEST_F(LinkOpening, ABoardThatIsDeafAfterTheOpenIsServedWithinItsBootTimeAndOneReplyTimeout) {
    auto& port = will_open_slow(1s, 700ms);
    EXPECT_LE(time_until_online(port), 1700ms);
    expect_own_answers(port);
}

TEST_F(LinkOpening, ABoardThatIsDeafForLongerThanItsReplyTimeoutIs) {
    auto& port = will_open_slow(500ms, 1200ms);
    EXPECT_LE(time_until_online(port), 1700ms);
    expect_own_answers(port);
}

TEST_F(LinkOpening, ABoardThatIsDeafForManyReplyTimeoutsIs) {
    auto& port = will_open_slow(100ms, 2s);
    EXPECT_LE(time_until_online(port), 2100ms + 20ms);
    expect_own_answers(port);
}

TEST_F(LinkOpening, ABoardThatNeedsItsWholeReplyTimeComesOnlineAndIsNeverMisread) {
    for (const auto lateness : {SlowBoard::Lateness::one_by_one, SlowBoard::Lateness::delayed}) {
        for (const auto takes : {300ms, 450ms, 650ms, 700ms, 800ms, 900ms, 990ms}) {
            SCOPED_TRACE(takes.count());
            auto& port = will_open_slow(1s, 0ms, takes, lateness);
            EXPECT_LE(time_until_online(port), 10s);
            expect_own_answers(port);
            EXPECT_EQ(link->to_json()["counters"]["timeouts"], 0);
            link.reset();
        }
    }
}

TEST_F(LinkOpening, ABoardThatIsLateWithEverythingIsNeverBelieved) {
    for (const auto takes : {700ms, 1200ms, 1900ms}) {
        auto& port = will_open_slow(500ms, 0ms, takes, SlowBoard::Lateness::delayed);
        EXPECT_GE(time_until_online(port, 60s), 60s) << takes.count();
        EXPECT_NE(link->state(), LinkState::online) << takes.count();
        link.reset();
    }
}

TEST_F(LinkOpening, ARestartBannerShortensIt) {
    profile.noise.front().restart = true;
    auto& port = will_open_slow(1s, 0ms);
    port.restart(700ms);
    EXPECT_LE(time_until_online(port), 1100ms) << "what was asked before it never comes";
    expect_own_answers(port);
}

} // namespace
} // namespace jigd::link
