#include "link/link_machine.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jigd::link {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
constexpr std::array all_states{LinkState::absent,   LinkState::busy_elsewhere, LinkState::opening,
                                LinkState::settling, LinkState::identifying,    LinkState::online,
                                LinkState::suspect,  LinkState::mismatch};

/// A machine that came into `state` by the way that a link comes into it.
LinkMachine machine_in(LinkState state, const LinkMachine::Options& options = {}) {
    LinkMachine machine(options);
    if (state == LinkState::absent || state == LinkState::busy_elsewhere || state == LinkState::opening) {
        machine.open_failed(state, "no port", start);
        return machine;
    }
    machine.opened("/dev/fake", start);
    if (state == LinkState::settling) {
        return machine;
    }
    machine.settled();
    if (state == LinkState::mismatch) {
        machine.on_wrong_board("JIG-9");
    } else if (state != LinkState::identifying) {
        machine.proven("board");
    }
    if (state == LinkState::suspect) {
        machine.on_out_of_step("silence", start);
    }
    return machine;
}

struct Row {
    const char* event;
    std::function<void(LinkMachine&)> happen;
    /// By the order of all_states.
    std::array<LinkState, all_states.size()> results;
};

std::array<LinkState, all_states.size()> always(LinkState state) {
    std::array<LinkState, all_states.size()> results{};
    results.fill(state);
    return results;
}

TEST(LinkMachine, EveryEventLeadsFromEveryStateToItsOwn) {
    const std::array rows{
        Row{"open_failed(absent)", [](auto& machine) { machine.open_failed(LinkState::absent, "", start); },
            always(LinkState::absent)},
        Row{"open_failed(busy_elsewhere)",
            [](auto& machine) { machine.open_failed(LinkState::busy_elsewhere, "", start); },
            always(LinkState::busy_elsewhere)},
        Row{"open_failed(opening)", [](auto& machine) { machine.open_failed(LinkState::opening, "", start); },
            always(LinkState::opening)},
        Row{"opened", [](auto& machine) { machine.opened("/dev/fake", start); }, always(LinkState::settling)},
        Row{"settled", [](auto& machine) { machine.settled(); }, always(LinkState::identifying)},
        Row{"proven", [](auto& machine) { machine.proven("board"); }, always(LinkState::online)},
        Row{"on_wrong_board", [](auto& machine) { machine.on_wrong_board("JIG-9"); },
            always(LinkState::mismatch)},
        Row{"lost", [](auto& machine) { machine.lost("unplugged", start); }, always(LinkState::absent)},
        Row{"attempt_failed", [](auto& machine) { machine.attempt_failed(start); }, all_states},
        Row{"on_out_of_step",
            [](auto& machine) { machine.on_out_of_step("silence", start); },
            {LinkState::absent, LinkState::busy_elsewhere, LinkState::opening, LinkState::suspect,
             LinkState::suspect, LinkState::suspect, LinkState::suspect, LinkState::mismatch}},
    };
    for (const auto& row : rows) {
        for (std::size_t index = 0; index < all_states.size(); ++index) {
            auto machine = machine_in(all_states.at(index));
            ASSERT_EQ(machine.state(), all_states.at(index));
            row.happen(machine);
            EXPECT_EQ(to_string(machine.state()), to_string(row.results.at(index)))
                << row.event << " in " << to_string(all_states.at(index));
        }
    }
}

TEST(LinkMachine, StartsAbsentAndIsTriedAtOnce) {
    const LinkMachine machine({});
    EXPECT_EQ(machine.state(), LinkState::absent);
    EXPECT_EQ(machine.reason(), "not opened yet");
    EXPECT_LE(machine.next_attempt(), TimePoint{});
}

TEST(LinkMachine, TellsWhyItIsNotOnlineAndWhoIsThereWhileItIs) {
    EXPECT_EQ(machine_in(LinkState::busy_elsewhere).reason(), "no port");
    EXPECT_EQ(machine_in(LinkState::mismatch).reason(), "JIG-9");
    auto machine = machine_in(LinkState::suspect);
    EXPECT_EQ(machine.reason(), "silence");
    machine.on_out_of_step("a wrong answer", start);
    EXPECT_EQ(machine.reason(), "a wrong answer") << "the latest reason for a doubt counts";
    machine.proven("board");
    EXPECT_EQ(machine.reason(), "board");
}

TEST(LinkMachine, ADoubtDoesNotHideWhyThePortIsNotOpenNorWhoIsThere) {
    for (const auto state : {LinkState::absent, LinkState::busy_elsewhere, LinkState::mismatch}) {
        auto machine = machine_in(state);
        const auto reason = machine.reason();
        const auto next = machine.next_attempt();
        const auto restart_ends = machine.restart_ends();
        machine.on_out_of_step("silence", start + 1h);
        EXPECT_EQ(machine.reason(), reason);
        EXPECT_EQ(machine.next_attempt(), next);
        EXPECT_EQ(machine.restart_ends(), restart_ends);
    }
}

TEST(LinkMachine, TheFirstRetryIsAtOnceTheOthersAreApartByAtMostTheCap) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        LinkMachine machine({.retry_initial = 100ms, .retry_cap = 800ms, .seed = seed});
        auto now = start;
        machine.open_failed(LinkState::absent, "", now);
        EXPECT_EQ(machine.next_attempt(), now);
        for (int attempt = 0; attempt < 50; ++attempt) {
            machine.open_failed(LinkState::absent, "", now);
            EXPECT_GE(machine.next_attempt(), now);
            EXPECT_LE(machine.next_attempt() - now, 800ms);
            now = machine.next_attempt();
        }
        EXPECT_GT(now - start, 10s) << "a single pause may be short, together they do not spin";
    }
}

TEST(LinkMachine, ThePauseGrowsToTheCap) {
    LinkMachine machine({.retry_initial = 100ms, .retry_cap = 800ms});
    Duration longest{};
    for (int attempt = 0; attempt < 50; ++attempt) {
        machine.open_failed(LinkState::absent, "", start);
        const auto pause = machine.next_attempt() - start;
        longest = std::max(longest, pause);
        EXPECT_LE(pause, attempt < 2 ? 100ms : 800ms);
    }
    EXPECT_GT(longest, 400ms);
}

TEST(LinkMachine, APauseIsNeverZeroTwiceInARowWhateverFails) {
    auto machine = machine_in(LinkState::online);
    auto now = start;
    machine.on_out_of_step("silence", now);
    bool was_zero = false;
    for (int attempt = 0; attempt < 100; ++attempt) {
        now += 500ms;
        machine.on_out_of_step("silence", now);
        machine.attempt_failed(now);
        const bool is_zero = machine.next_attempt() == now;
        EXPECT_FALSE(was_zero && is_zero) << attempt;
        was_zero = is_zero;
    }
}

TEST(LinkMachine, APortThatComesAndGoesIsNotTriedInASpin) {
    LinkMachine machine({});
    bool was_zero = false;
    for (int attempt = 0; attempt < 100; ++attempt) {
        machine.opened("/dev/fake", start);
        machine.settled();
        machine.lost("unplugged", start);
        const bool is_zero = machine.next_attempt() == start;
        EXPECT_FALSE(was_zero && is_zero) << attempt;
        was_zero = is_zero;
    }
}

TEST(LinkMachine, OnceProvenTheNextTroubleIsTriedAtOnceAgain) {
    LinkMachine machine({});
    for (int attempt = 0; attempt < 10; ++attempt) {
        machine.open_failed(LinkState::absent, "", start);
    }
    ASSERT_GT(machine.next_attempt(), start);
    machine.opened("/dev/fake", start);
    machine.settled();
    machine.proven("board");
    machine.lost("unplugged", start + 1h);
    EXPECT_EQ(machine.next_attempt(), start + 1h);
}

TEST(LinkMachine, ADoubtfulBoardIsAskedAtOnce) {
    auto machine = machine_in(LinkState::online);
    EXPECT_EQ(machine.next_attempt(), TimePoint::max());
    machine.on_out_of_step("silence", start + 2s);
    EXPECT_EQ(machine.next_attempt(), start + 2s);
}

TEST(LinkMachine, CallersWaitForAsLongAsARestartTakesAfterTheFirstDoubt) {
    LinkMachine machine = machine_in(LinkState::online, {.restart_timeout = 3s});
    EXPECT_EQ(machine.restart_ends(), start + 3s) << "a board may restart because its port was opened";
    machine.on_out_of_step("silence", start + 60s);
    EXPECT_EQ(machine.restart_ends(), start + 63s);
    machine.on_out_of_step("silence", start + 62s);
    EXPECT_EQ(machine.restart_ends(), start + 63s) << "a board that stays silent gains no time by it";
    machine.proven("board");
    machine.on_out_of_step("silence", start + 70s);
    EXPECT_EQ(machine.restart_ends(), start + 73s);
}

/// All reminders of a trouble with an attempt each second, as "seconds since: text".
std::vector<std::pair<Duration, std::string>> reminders_until(LinkMachine& machine, Duration end) {
    std::vector<std::pair<Duration, std::string>> reminders;
    for (Duration since{}; since <= end; since += 1s) {
        machine.open_failed(LinkState::absent, "", start + since);
        if (auto reminder = machine.reminder(start + since)) {
            reminders.emplace_back(since, std::move(*reminder));
        }
    }
    return reminders;
}

TEST(LinkMachine, ATroubleIsSaidAgainAfterAMinuteTenMinutesAndEachHourOnceEach) {
    LinkMachine machine({});
    EXPECT_EQ(reminders_until(machine, 3h + 30min),
              (std::vector<std::pair<Duration, std::string>>{{1min, "for 1 min, attempts: 61"},
                                                             {10min, "for 10 min, attempts: 601"},
                                                             {1h, "for 1 h, attempts: 3601"},
                                                             {2h, "for 2 h, attempts: 7201"},
                                                             {3h, "for 3 h, attempts: 10801"}}));
}

TEST(LinkMachine, RemindersThatWereMissedAreNotMadeUpFor) {
    LinkMachine machine({});
    machine.open_failed(LinkState::absent, "", start);
    machine.open_failed(LinkState::absent, "", start + 150min);
    EXPECT_EQ(machine.reminder(start + 150min), "for 2 h, attempts: 2");
    EXPECT_EQ(machine.reminder(start + 150min), std::nullopt);
    EXPECT_EQ(machine.reminder(start + 3h - 1s), std::nullopt);
    EXPECT_EQ(machine.reminder(start + 3h), "for 3 h, attempts: 2");
}

TEST(LinkMachine, NothingIsSaidWhileOnlineAndANewTroubleCountsFromItsOwnBegin) {
    LinkMachine machine({});
    (void)reminders_until(machine, 2min);
    machine.opened("/dev/fake", start + 2min);
    machine.settled();
    machine.proven("board");
    EXPECT_EQ(machine.reminder(start + 5h), std::nullopt);
    machine.lost("unplugged", start + 5h);
    EXPECT_EQ(machine.reminder(start + 5h + 59s), std::nullopt);
    EXPECT_EQ(machine.reminder(start + 5h + 60s), "for 1 min, attempts: 1");
}

} // namespace
} // namespace jigd::link
