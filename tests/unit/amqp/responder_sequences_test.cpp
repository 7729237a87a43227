#include "amqp/responder.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

const TimePoint start = TimePoint(std::chrono::hours(1));
constexpr std::size_t prefetch = 8;

/// What is true of one request, as a broker that watches the connection sees it.
struct Request {
    bool redelivered = false;
    std::string reply_to;
    bool given_an_answer = false;
    int publishes = 0;
    int nacks = 0;
    bool confirmed = false;
    bool acked = false;
    [[nodiscard]] bool settles_first() const {
        return redelivered && reply_to.starts_with("amq.rabbitmq.reply-to");
    }
    [[nodiscard]] bool replies() const { return !reply_to.empty(); }
};

/// A broker at the other end: judges each publish and acknowledgement by the rules.
class JudgingLink : public ReplyLink {
  public:
    std::uint64_t publish(const std::string& routing_key, const Properties& properties,
                          std::string_view /*body*/, bool /*mandatory*/) override {
        EXPECT_FALSE(blocked) << "published while blocked";
        auto& request = requests.at(std::stoull(properties.correlation_id.value()));
        EXPECT_EQ(routing_key, request.reply_to);
        EXPECT_TRUE(request.given_an_answer);
        EXPECT_FALSE(request.confirmed) << "answered again";
        EXPECT_EQ(request.publishes, request.nacks) << "published twice without a nack";
        EXPECT_LE(request.nacks, 1);
        EXPECT_TRUE(!request.settles_first() || request.acked) << "a forged address could come back for ever";
        ++request.publishes;
        outstanding[++sequence] = &request;
        return sequence;
    }
    void ack(const Ticket& ticket) override {
        auto& request = requests.at(ticket.delivery_tag);
        EXPECT_FALSE(request.acked) << "acknowledged twice";
        const bool given_up = request.nacks == 2 || late.contains(ticket.delivery_tag);
        const bool right_behind_its_reply = lets_us_answer && request.publishes > request.nacks;
        EXPECT_TRUE(request.confirmed || right_behind_its_reply || request.settles_first() ||
                    !request.replies() || given_up)
            << "acknowledged before its reply was safe";
        request.acked = true;
        open.erase(ticket.delivery_tag);
    }

    std::map<std::uint64_t, Request> requests; ///< by tag
    std::map<std::uint64_t, Request*> outstanding;
    std::set<std::uint64_t> open; ///< delivered and not acknowledged
    std::set<std::uint64_t> late; ///< whose time was over when the broker took messages again
    std::uint64_t sequence = 0;
    bool blocked = false;
    bool lets_us_answer = false; ///< has accepted a reply
};

/// One connection's life in random steps.
class Life {
  public:
    explicit Life(std::uint32_t seed) : random_(seed) {}

    void run(int steps) {
        for (int step = 0; step < steps; ++step) {
            switch (below(8)) {
            case 0:
            case 1:
                deliver();
                break;
            case 2:
            case 3:
                answer();
                break;
            case 4:
            case 5:
                confirm();
                break;
            case 6:
                come_back();
                break;
            default:
                below(2) == 0 ? block() : unblock();
            }
        }
        check_what_is_left();
    }

  private:
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

    void deliver() {
        if (link_.open.size() >= prefetch) {
            return;
        }
        const std::vector<std::string> addresses{"caller", "amq.rabbitmq.reply-to.x", ""};
        const auto tag = link_.requests.size() + 1;
        auto& request = link_.requests[tag];
        request.redelivered = below(3) == 0;
        request.reply_to = addresses[below(3)];
        link_.open.insert(tag);
        Delivery delivery;
        delivery.ticket = {.generation = 1, .delivery_tag = tag};
        delivery.redelivered = request.redelivered;
        delivery.body = std::to_string(tag);
        responder_.on_delivery(std::move(delivery));
    }

    /// Any delivery there ever was, so that most second answers are tried too; or one that never was.
    void answer() {
        const auto tag = below(static_cast<std::uint32_t>(link_.requests.size() + 2));
        const auto known = link_.requests.find(tag);
        Answer answer;
        answer.ticket = {.generation = 1, .delivery_tag = tag};
        answer.request = "JigStatus";
        answer.correlation_id = std::to_string(tag);
        answer.received = start;
        answer.deadline = {start + std::chrono::seconds(60)};
        answer.outcome = nlohmann::json::object();
        if (known != link_.requests.end()) {
            answer.reply_to = known->second.reply_to;
            const bool first = !std::exchange(known->second.given_an_answer, true);
            if (first && link_.blocked && below(4) == 0) {
                answer.deadline = {start};
                late_when_unblocked_.insert(tag);
            }
        }
        responder_.answer(std::move(answer), start);
    }

    void confirm() {
        if (link_.outstanding.empty()) {
            return;
        }
        auto last =
            std::next(link_.outstanding.begin(), below(static_cast<std::uint32_t>(link_.outstanding.size())));
        const Confirmed confirmed{
            .sequence = last->first, .multiple = below(2) == 0, .accepted = below(4) != 0};
        const auto first = confirmed.multiple ? link_.outstanding.begin() : last;
        ++last;
        std::for_each(first, last, [&](auto& entry) {
            entry.second->confirmed = confirmed.accepted;
            entry.second->nacks += confirmed.accepted ? 0 : 1;
        });
        link_.outstanding.erase(first, last);
        link_.lets_us_answer = link_.lets_us_answer || confirmed.accepted;
        responder_.on_confirmed(confirmed, start);
        // The broker may say so twice.
        responder_.on_confirmed(confirmed, start);
    }

    void come_back() {
        if (link_.outstanding.empty()) {
            return;
        }
        Returned returned;
        returned.routing_key = link_.outstanding.begin()->second->reply_to;
        returned.properties.correlation_id = std::to_string(below(20));
        responder_.on_returned(returned);
    }

    void block() {
        link_.blocked = true;
        responder_.on_blocked();
    }

    void unblock() {
        link_.blocked = false;
        link_.late.merge(late_when_unblocked_);
        responder_.on_unblocked(start);
    }

    /// Each delivery that was not acknowledged is left, and of the others only what was answered.
    void check_what_is_left() {
        std::set<std::uint64_t> unsettled;
        std::size_t answered = 0;
        for (const auto& each : responder_.leave(start)) {
            const auto tag = each.request.ticket.delivery_tag;
            EXPECT_EQ(each.request.body, std::to_string(tag));
            const auto& request = link_.requests.at(tag);
            if (each.answered) {
                EXPECT_TRUE(request.acked);
                EXPECT_TRUE(request.confirmed || request.nacks == 2);
                ++answered;
                continue;
            }
            EXPECT_TRUE(unsettled.insert(tag).second) << "left twice";
            EXPECT_EQ(each.answer.has_value(), request.given_an_answer);
            EXPECT_TRUE(!request.acked || request.settles_first() || link_.lets_us_answer);
            EXPECT_FALSE(request.confirmed);
        }
        EXPECT_LE(answered, prefetch);
        EXPECT_TRUE(std::includes(unsettled.begin(), unsettled.end(), link_.open.begin(), link_.open.end()))
            << "forgot a request";
    }

    std::mt19937 random_;
    std::set<std::uint64_t> late_when_unblocked_;
    JudgingLink link_;
    test::RecordedLog log_;
    Responder responder_{{.serial = "JIG-0001", .prefetch = prefetch}, link_, log_.log()};
};

TEST(ResponderSequences, EachDeliveryIsAcknowledgedOnceAndAfterItsReplyAndAnsweredOnce) {
    for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Life(seed).run(80);
        if (testing::Test::HasFailure()) {
            return;
        }
    }
}

} // namespace
} // namespace jigd::amqp
