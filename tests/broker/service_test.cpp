#include "amqp/service.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_fixture.hpp"
#include "support/recorded_log.hpp"

namespace jigd::test {
namespace {

using amqp::Channel;
using amqp::Connection;
using ::testing::Contains;
using ::testing::HasSubstr;

/// What happened on the broker thread, for the test's thread to wait for.
class Diary {
  public:
    void note(const std::string& line) {
        {
            const std::lock_guard lock(mutex_);
            lines_.push_back(line);
        }
        changed_.notify_all();
    }
    /// True when a line that begins with `start` has been noted `count` times.
    bool wait_for(const std::string& start, int count = 1, std::chrono::milliseconds at_most = patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, at_most, [&] {
            return std::count_if(lines_.begin(), lines_.end(),
                                 [&](const auto& line) { return line.starts_with(start); }) >= count;
        });
    }
    bool has(const std::string& line) {
        const std::lock_guard lock(mutex_);
        return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

/// Answers "Echo" at once with its body, throws on "Throw", and leaves the rest to the outbox.
class ScriptedHandler : public RequestHandler {
  public:
    explicit ScriptedHandler(Diary& diary) : diary_(diary) {}

    std::optional<Answer> on_delivery(const Delivery& delivery) override {
        const auto request = delivery.routing_key.substr(delivery.routing_key.rfind('.') + 1);
        if (request == "Throw") {
            throw std::runtime_error("scripted");
        }
        Answer answer{.ticket = delivery.ticket,
                      .request = request,
                      .reply_to = delivery.properties.reply_to,
                      .correlation_id = delivery.properties.correlation_id,
                      .received = delivery.received,
                      .deadline = Deadline::in(patience, delivery.received),
                      .caller = {},
                      .outcome =
                          nlohmann::json{{"body", delivery.body}, {"redelivered", delivery.redelivered}}};
        if (request == "Echo") {
            return answer;
        }
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(answer));
        }
        diary_.note("delivered " + request);
        return std::nullopt;
    }

    std::vector<Answer> overdue(TimePoint) override { return {}; }
    [[nodiscard]] TimePoint next_overdue() const override { return TimePoint::max(); }
    void on_answered(const Ticket&) override { diary_.note("answered"); }
    std::vector<Ticket> on_connection_lost(std::uint64_t generation) override {
        diary_.note("lost " + std::to_string(generation));
        return {};
    }

    /// Any thread: the oldest answer not yet given.
    Answer take() {
        const std::lock_guard lock(mutex_);
        auto answer = std::move(waiting_.at(0));
        waiting_.erase(waiting_.begin());
        return answer;
    }

  private:
    Diary& diary_;
    std::mutex mutex_;
    std::vector<Answer> waiting_;
};

class RecordingObserver : public amqp::ServiceObserver {
  public:
    explicit RecordingObserver(Diary& diary) : diary_(diary) {}
    void on_broker_state(BrokerState state, const std::string& reason) override {
        diary_.note(std::string(to_string(state)) + ": " + reason);
    }
    void on_reply_returned() override { diary_.note("a reply was returned"); }
    void on_tick() override {}

  private:
    Diary& diary_;
};

/// A service on its own thread, with all its seams.
class RunningService {
  public:
    explicit RunningService(const std::string& serial, const Url& url = broker_url())
        : RunningService(serial, std::vector<Url>{url}) {}
    RunningService(const std::string& serial, std::vector<Url> urls)
        : handler(diary), observer_(diary), outbox(16, [this] { outbox_event_.signal(); }),
          announcements(16, [this] { outbox_event_.signal(); }),
          service_(options(serial, std::move(urls)), {handler, outbox, announcements, outbox_event_, stop_,
                                                      jig_done_, observer_, recorded.log()}),
          thread_([this] {
              service_.run();
              diary.note("ended");
          }) {}
    ~RunningService() {
        stop();
        jig_done();
        thread_.join();
    }
    RunningService(const RunningService&) = delete;
    RunningService& operator=(const RunningService&) = delete;

    void stop() { stop_.signal(); }
    void jig_done() { jig_done_.signal(); }
    void answer() { EXPECT_TRUE(outbox.push(handler.take())); }

    Diary diary;
    RecordedLog recorded;
    ScriptedHandler handler;

  private:
    static amqp::ServiceOptions options(const std::string& serial, std::vector<Url> urls) {
        amqp::ServiceOptions made;
        made.serial = serial;
        made.name = "jigd " + serial;
        made.urls = std::move(urls);
        made.reconnect_initial = Milliseconds(20);
        made.reconnect_cap = Milliseconds(100);
        made.refused_pause = Milliseconds(100);
        made.queue_expires = std::chrono::minutes(1);
        return made;
    }

    RecordingObserver observer_;
    os::Event outbox_event_;
    os::Event stop_;
    os::Event jig_done_;

  public:
    Mailbox<Answer> outbox;
    Mailbox<Announcement> announcements;

  private:
    amqp::Service service_;
    std::thread thread_;
};

/// Asks as callers do, with a reply queue of its own.
class Caller {
  public:
    Caller()
        : connection_(connect_options()),
          reply_queue_(connection_.declare_queue({.name = "", .exclusive = true}).name) {
        (void)connection_.consume({.queue = reply_queue_, .consumer_tag = "", .no_ack = true});
    }
    void ask(const std::string& key, const std::string& body, std::optional<std::string> id,
             std::optional<std::string> reply_to = {}) {
        Properties properties;
        properties.correlation_id = std::move(id);
        properties.reply_to = reply_to ? std::move(reply_to) : reply_queue_;
        (void)connection_.publish(Channel::publish, "amq.topic", key, properties, body, false);
    }
    std::optional<Delivery> reply() { return test::wait_for<Delivery>(connection_); }
    nlohmann::json reply_body() {
        const auto got = reply();
        return got ? nlohmann::json::parse(got->body) : nlohmann::json();
    }

  private:
    Connection connection_;
    std::string reply_queue_;
};

class ServiceTest : public ::testing::Test {
  protected:
    const std::string serial = unique_name("JIG");
    std::string key(const std::string& request) const { return serial + ".Req." + request; }
};

TEST_F(ServiceTest, AnswersAtOnceWhatNeedsNoJig) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected: RabbitMQ"));
    Caller caller;
    const std::string id("\0\xff\n", 3);
    caller.ask(key("Echo"), "hello", id);
    const auto reply = caller.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->properties.correlation_id, id);
    EXPECT_EQ(reply->properties.content_type, "application/json");
    EXPECT_EQ(reply->properties.type, "result");
    EXPECT_TRUE(reply->properties.expiration);
    const auto body = nlohmann::json::parse(reply->body);
    EXPECT_EQ(body["ok"], true);
    EXPECT_EQ(body["jig"], serial);
    EXPECT_EQ(body["result"]["body"], "hello");
}

TEST_F(ServiceTest, AnswersLaterWhatComesThroughTheOutbox) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    caller.ask(key("Slow"), "1", "first");
    ASSERT_TRUE(service.diary.wait_for("delivered Slow"));
    caller.ask(key("Echo"), "2", "second");
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "second");
    service.answer();
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "first");
    EXPECT_TRUE(service.diary.has("answered"));
}

TEST_F(ServiceTest, HandlerThatThrowsCostsOneReplyNotTheService) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    caller.ask(key("Throw"), "", "1");
    EXPECT_EQ(caller.reply_body()["error"]["code"], "internal");
    caller.ask(key("Echo"), "", "2");
    EXPECT_EQ(caller.reply_body()["ok"], true);
}

TEST_F(ServiceTest, RequestsAheadOfTheServiceWaitInItsQueue) {
    { // the first start declares the queue
        RunningService service(serial);
        ASSERT_TRUE(service.diary.wait_for("connected"));
    }
    Caller caller;
    caller.ask(key("Echo"), "early", "1");
    RunningService service(serial);
    EXPECT_EQ(caller.reply_body()["result"]["body"], "early");
}

TEST_F(ServiceTest, CutConnectionIsReplacedAndUnansweredRequestsComeAgain) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller before;
    before.ask(key("Slow"), "", "lost on the way");
    ASSERT_TRUE(service.diary.wait_for("delivered Slow"));

    rabbitmqctl("close_all_connections --global 'for a test' >/dev/null");
    ASSERT_TRUE(service.diary.wait_for("lost 1"));
    EXPECT_TRUE(service.diary.wait_for("down: broker 127.0.0.1"));
    ASSERT_TRUE(service.diary.wait_for("connected", 2));
    ASSERT_TRUE(service.diary.wait_for("delivered Slow", 2));

    service.answer(); // of the first delivery: its ticket is stale
    Caller after;
    after.ask(key("Echo"), "again", "2");
    EXPECT_EQ(after.reply_body()["result"]["body"], "again");
    service.answer();
    EXPECT_TRUE(service.diary.wait_for("answered", 2));
    EXPECT_THAT(service.recorded.lines(), Contains(HasSubstr("an answer to Slow is dropped")));
}

TEST_F(ServiceTest, DeletedQueueIsDeclaredAgain) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    rabbitmqctl("delete_queue jigd." + serial + " >/dev/null");
    // The queue is back when a passive declare finds it.
    const auto deadline = Deadline::in(patience, Clock::now());
    bool found = false;
    while (!found && !deadline.passed(Clock::now())) {
        try {
            Connection probe(connect_options());
            (void)probe.declare_queue({.name = "jigd." + serial, .passive = true});
            found = true;
        } catch (const amqp::ConnectionError&) {
            found = false;
        }
    }
    ASSERT_TRUE(found);
    rabbitmqctl("list_bindings >/dev/null"); // by when the binding is there too
    caller.ask(key("Echo"), "after", "1");
    EXPECT_EQ(caller.reply_body()["result"]["body"], "after");
    EXPECT_FALSE(service.diary.has("lost 1"));
}

TEST_F(ServiceTest, SecondServiceOfAJigIsRefusedUntilTheFirstEnds) {
    auto first = std::make_unique<RunningService>(serial);
    ASSERT_TRUE(first->diary.wait_for("connected"));
    RunningService second(serial);
    EXPECT_TRUE(second.diary.wait_for("refused: another consumer already serves queue jigd." + serial));
    first.reset();
    EXPECT_TRUE(second.diary.wait_for("connected"));
}

TEST_F(ServiceTest, WrongPasswordIsRefusedAndRetried) {
    auto url = broker_url();
    url.password = "wrong";
    RunningService service(serial, url);
    EXPECT_TRUE(service.diary.wait_for("refused: user 'guest' was refused", 2));
}

TEST_F(ServiceTest, SecondUrlServesWhenTheFirstIsDown) {
    auto nobody = broker_url();
    nobody.port = 1;
    RunningService service(serial, std::vector<Url>{nobody, broker_url()});
    EXPECT_TRUE(service.diary.wait_for("connected"));
}

TEST_F(ServiceTest, StopsWhileTheBrokerIsAway) {
    auto nobody = broker_url();
    nobody.port = 1;
    RunningService service(serial, nobody);
    EXPECT_TRUE(service.diary.wait_for("down: cannot connect to broker 127.0.0.1:1", 2));
    service.stop();
    EXPECT_TRUE(service.diary.wait_for("ended"));
}

TEST_F(ServiceTest, StopGivesOutTheAnswersInFlightAndTakesNoMore) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    caller.ask(key("Slow"), "", "in flight");
    ASSERT_TRUE(service.diary.wait_for("delivered Slow"));
    service.stop();
    // The consumer is gone when another one may come.
    RunningService next(serial);
    ASSERT_TRUE(next.diary.wait_for("connected"));
    service.answer();
    service.jig_done();
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "in flight");
    EXPECT_TRUE(service.diary.wait_for("ended"));
    EXPECT_TRUE(service.diary.has("lost 1"));
    caller.ask(key("Echo"), "", "to the next");
    EXPECT_EQ(caller.reply_body()["result"]["redelivered"], false);
}

TEST_F(ServiceTest, ForgedDirectReplyToCannotKeepTheServiceDown) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    // RabbitMQ 3.10.8 answers a publish to this one by closing the publisher's connection (541).
    caller.ask(key("Echo"), "", "poison", "amq.rabbitmq.reply-to.g1h3FXJlcGx5QA==.xx");
    EXPECT_TRUE(service.diary.wait_for("lost 1"));
    EXPECT_TRUE(service.diary.wait_for("lost 2")); // it was delivered once more, marked
    ASSERT_TRUE(service.diary.wait_for("connected", 3));
    caller.ask(key("Echo"), "well", "1");
    EXPECT_EQ(caller.reply_body()["result"]["body"], "well");
    EXPECT_FALSE(service.diary.has("lost 3"));
}

TEST_F(ServiceTest, BlockedBrokerHoldsAnswersBack) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    caller.ask(key("Slow"), "", "1");
    caller.ask(key("Slow"), "", "2");
    ASSERT_TRUE(service.diary.wait_for("delivered Slow", 2));
    rabbitmqctl("set_vm_memory_high_watermark 0.00001");
    // The broker says that it blocks when we publish, from the moment on that its alarm is up.
    const auto deadline = Deadline::in(patience, Clock::now());
    bool blocked = false;
    while (!blocked && !deadline.passed(Clock::now())) {
        (void)service.announcements.push_over({.name = "Poke", .values = {}, .at = {}});
        blocked = service.diary.wait_for("blocked: ", 1, Milliseconds(20));
    }
    service.answer();
    service.answer();
    rabbitmqctl("set_vm_memory_high_watermark 0.4");
    EXPECT_TRUE(blocked);
    EXPECT_TRUE(service.diary.wait_for("connected", 2));
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "1");
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "2");
}

} // namespace
} // namespace jigd::test
