#include "jig/job_queue.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace jigd::jig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class JobQueueTest : public testing::Test {
  protected:
    /// A request whose number is its delivery tag.
    static Job job(std::uint64_t number, const std::string& request) {
        Job made;
        made.ticket.delivery_tag = number;
        made.request = request;
        made.kind = request == "Ring"                                ? Kind::pulse
                    : request == "SetLamp" || request == "SafeState" ? Kind::set
                                                                     : Kind::read;
        return made;
    }
    void push(std::uint64_t number, const std::string& request) { queue.push(job(number, request)); }
    static std::vector<std::uint64_t> numbers(const std::vector<Job>& jobs) {
        std::vector<std::uint64_t> all;
        for (const auto& each : jobs) {
            all.push_back(each.ticket.delivery_tag);
        }
        return all;
    }
    /// The numbers of all that is left, in their order.
    std::vector<std::uint64_t> rest() {
        std::vector<std::uint64_t> all;
        while (const auto next = queue.take_next()) {
            all.push_back(next->ticket.delivery_tag);
        }
        return all;
    }
    /// What is the same read as `leader`.
    static auto like(const Job& leader) {
        return
            [leader](const Job& job) { return job.request == leader.request && job.params == leader.params; };
    }
    std::uint64_t take() { return queue.take_next().value().ticket.delivery_tag; }

    JobQueue queue;
};

TEST_F(JobQueueTest, ServesInTheOrderOfArrivalAndSafeStateFirst) {
    push(1, "GetLamp");
    push(2, "Ring");
    EXPECT_FALSE(queue.safe_state_waits());
    push(3, "SafeState");
    push(4, "GetLamp");
    push(5, "SafeState");
    EXPECT_TRUE(queue.safe_state_waits());
    EXPECT_THAT(rest(), ElementsAre(3, 5, 1, 2, 4));
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.safe_state_waits());
}

TEST_F(JobQueueTest, OvertakenIsWhatActsAndArrivedBeforeTheSafeState) {
    push(1, "Ring");
    push(2, "GetLamp");
    push(3, "SetLamp");
    push(4, "SafeState");
    push(5, "Ring");
    EXPECT_EQ(take(), 4U);
    EXPECT_THAT(numbers(queue.take_overtaken()), ElementsAre(1, 3));
    EXPECT_THAT(numbers(queue.take_overtaken()), IsEmpty());
    EXPECT_THAT(rest(), ElementsAre(2, 5)) << "reads are still answered, and what came after it runs";
}

TEST_F(JobQueueTest, WhatIsRefusedUndecodedIsNotOvertaken) {
    auto undecoded = job(1, "Ring");
    undecoded.refusal = Error(Code::internal, "it was under way at two ends", Executed::unknown);
    queue.push(std::move(undecoded));
    push(2, "SafeState");
    EXPECT_EQ(take(), 2U);
    EXPECT_THAT(numbers(queue.take_overtaken()), IsEmpty());
    EXPECT_THAT(rest(), ElementsAre(1));
}

TEST_F(JobQueueTest, WhatArrivesWhileTheSafeStateIsCarriedOutIsNotOvertaken) {
    push(1, "SafeState");
    EXPECT_EQ(take(), 1U);
    push(2, "Ring");
    EXPECT_THAT(numbers(queue.take_overtaken()), IsEmpty());
    EXPECT_THAT(rest(), ElementsAre(2));
}

TEST_F(JobQueueTest, OfTwoSafeStatesEachOvertakesWhatCameBeforeItAndNotTheOther) {
    push(1, "Ring");
    push(2, "SafeState");
    push(3, "Ring");
    push(4, "SafeState");
    push(5, "Ring");
    EXPECT_EQ(take(), 2U);
    EXPECT_THAT(numbers(queue.take_overtaken()), ElementsAre(1));
    EXPECT_EQ(take(), 4U);
    EXPECT_THAT(numbers(queue.take_overtaken()), ElementsAre(3));
    EXPECT_THAT(rest(), ElementsAre(5));
}

TEST_F(JobQueueTest, WhatWasWithdrawnIsNeitherServedNorOvertakenNorShared) {
    for (const auto* request : {"Ring", "GetLamp", "GetLamp", "Ring", "SafeState"}) {
        auto withdrawn = job(1, request);
        EXPECT_TRUE(withdrawn.claim.take());
        queue.push(std::move(withdrawn));
    }
    push(2, "SafeState");
    push(3, "GetLamp");
    EXPECT_EQ(take(), 2U);
    EXPECT_THAT(numbers(queue.take_overtaken()), IsEmpty());
    EXPECT_EQ(take(), 3U);
    EXPECT_THAT(numbers(queue.take_alike(like(job(3, "GetLamp")))), IsEmpty());
    EXPECT_THAT(rest(), IsEmpty());
}

TEST_F(JobQueueTest, WhoTakesAJobOwnsIt) {
    const auto mine = job(1, "Ring");
    queue.push(mine);
    EXPECT_EQ(take(), 1U);
    EXPECT_FALSE(mine.claim.take());
}

TEST_F(JobQueueTest, IdenticalReadsAreSharedUpToTheFirstActuation) {
    push(1, "GetLamp");
    push(2, "JigStatus");
    push(3, "GetLamp");
    auto other = job(4, "GetLamp");
    other.params["channel"] = 1;
    queue.push(std::move(other));
    push(5, "SetLamp");
    push(6, "GetLamp");
    const auto leader = queue.take_next().value();
    EXPECT_THAT(numbers(queue.take_alike(like(leader))), ElementsAre(3));
    EXPECT_THAT(rest(), ElementsAre(2, 4, 5, 6));
}

TEST_F(JobQueueTest, OnlyReadsThatWaitedAlreadyWhenItWasStartedAreShared) {
    push(1, "GetLamp");
    push(2, "GetLamp");
    const auto leader = queue.take_next().value();
    push(3, "GetLamp");
    EXPECT_THAT(numbers(queue.take_alike(like(leader))), ElementsAre(2));
    EXPECT_THAT(rest(), ElementsAre(3));
}

TEST_F(JobQueueTest, ASafeStateThatWaitsKeepsReadsFromBeingShared) {
    push(1, "GetLamp");
    push(2, "GetLamp");
    const auto leader = queue.take_next().value();
    push(3, "SafeState");
    EXPECT_THAT(numbers(queue.take_alike(like(leader))), IsEmpty());
    EXPECT_THAT(rest(), ElementsAre(3, 2));
}

TEST_F(JobQueueTest, WhatIsClearedIsLeftToTheBroker) {
    push(1, "Ring");
    queue.clear();
    EXPECT_TRUE(queue.empty());
    EXPECT_THAT(rest(), IsEmpty());
}

} // namespace
} // namespace jigd::jig
