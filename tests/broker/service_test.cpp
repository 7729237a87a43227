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
#include "support/temporary_folder.hpp"

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
    bool wait_for(const std::string& start, int count = 1, std::chrono::milliseconds at_most = long_timeout) {
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

/// Answers "Echo" at once with its body, throws on "Throw", and leaves the rest to the outbox, of which it
/// calls "Started" started.
class ScriptedHandler : public RequestHandler {
  public:
    ScriptedHandler(Diary& diary, std::string instance) : diary_(diary), instance_(std::move(instance)) {}

    std::optional<Answer> on_delivery(const Delivery& delivery) override {
        const auto request = delivery.routing_key.substr(delivery.routing_key.rfind('.') + 1);
        if (request == "Throw") {
            throw std::runtime_error("scripted");
        }
        Answer answer;
        answer.ticket = delivery.ticket;
        answer.request = request;
        answer.reply_to = delivery.properties.reply_to;
        answer.correlation_id = delivery.properties.correlation_id;
        answer.received = delivery.received;
        answer.deadline = Deadline::in(long_timeout, delivery.received);
        answer.outcome = nlohmann::json{{"body", delivery.body}, {"redelivered", delivery.redelivered}};
        if (request == "Echo") {
            return answer;
        }
        if (request == "JigIdentity") {
            answer.outcome = nlohmann::json{{"host", "here"}, {"instance", instance_}};
            return answer;
        }
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(answer));
        }
        diary_.note("delivered " + request);
        return std::nullopt;
    }

    [[nodiscard]] TimePoint reply_due(const Delivery&) const override { return TimePoint::max(); }
    std::optional<Answer> refuse(const Delivery& delivery, const Error& refusal) override {
        return answer_to(header_of(delivery, "refused"), refusal);
    }
    std::vector<Answer> overdue(TimePoint) override { return {}; }
    [[nodiscard]] TimePoint next_overdue() const override { return TimePoint::max(); }
    void on_answered(const Ticket&) override { diary_.note("answered"); }
    std::vector<Ticket> on_connection_lost(std::uint64_t generation) override {
        diary_.note("lost " + std::to_string(generation));
        const std::lock_guard lock(mutex_);
        std::vector<Ticket> started;
        for (const auto& answer : waiting_) {
            if (answer.request == "Started") {
                started.push_back(answer.ticket);
            }
        }
        return started;
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
    const std::string instance_;
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

/// A service on its own thread, with all its dependencies.
class RunningService {
  public:
    explicit RunningService(const std::string& serial, const Url& url = broker_url())
        : RunningService(serial, std::vector<Url>{url}) {}
    RunningService(const std::string& serial, std::vector<Url> urls,
                   QueueType queue_type = QueueType::classic, os::CrashMarker* crash_marker = nullptr,
                   std::size_t max_waiting = 256)
        : instance_(unique_name("process")), handler(diary, instance_), observer_(diary),
          outbox(16, [this] { outbox_event_.signal(); }), events(16, [this] { outbox_event_.signal(); }),
          service_(options(serial, std::move(urls), queue_type, max_waiting),
                   {handler, outbox, events, outbox_event_, stop_, jig_done_, observer_, recorded.log(),
                    crash_marker}),
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

    const std::string& instance() const { return instance_; }

  private:
    const std::string instance_;

  public:
    Diary diary;
    RecordedLog recorded;
    ScriptedHandler handler;

  private:
    static amqp::ServiceOptions options(const std::string& serial, std::vector<Url> urls,
                                        QueueType queue_type, std::size_t max_waiting) {
        amqp::ServiceOptions made;
        made.serial = serial;
        made.name = "jigd " + serial;
        made.urls = std::move(urls);
        made.reconnect_initial = Milliseconds(20);
        made.reconnect_cap = Milliseconds(100);
        made.refused_pause = Milliseconds(100);
        made.queue_expires = std::chrono::minutes(1);
        made.queue_type = queue_type;
        made.max_waiting = max_waiting;
        return made;
    }

    RecordingObserver observer_;
    os::EventFd outbox_event_;
    os::EventFd stop_;
    os::EventFd jig_done_;

  public:
    Mailbox<Answer> outbox;
    Mailbox<Event> events;

  private:
    amqp::Service service_;
    std::thread thread_;
};

/// Asks as callers do, with a reply queue of its own.
class Caller {
  public:
    explicit Caller(const Url& url = broker_url())
        : connection_(connect_options(url)),
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

TEST_F(ServiceTest, AfterACrashNoMoreThanMayWaitAreHeldBehindARedeliveredRequest) {
    Caller caller;
    {
        RunningService before(serial);
        ASSERT_TRUE(before.diary.wait_for("connected"));
        caller.ask(key("Slow"), "", "under way at the crash");
        ASSERT_TRUE(before.diary.wait_for("delivered Slow"));
    }
    const TemporaryFolder folder;
    os::CrashMarker marker((folder.path() / "marker").string());
    (void)marker.set(); // by a process that did not stop in order
    RunningService service(serial, {broker_url()}, QueueType::classic, &marker, 2);
    ASSERT_TRUE(service.diary.wait_for("delivered Slow"));
    for (const auto* id : {"first held", "second held", "too many"}) {
        caller.ask(key("Echo"), "", id);
    }
    const auto refused = caller.reply();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->properties.correlation_id, "too many");
    EXPECT_EQ(nlohmann::json::parse(refused->body)["error"]["code"], "busy");
    caller.ask(key("SafeState"), "", "never held");
    EXPECT_TRUE(service.diary.wait_for("delivered SafeState"));
}

TEST_F(ServiceTest, DeletedQueueIsDeclaredAgain) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller caller;
    rabbitmqctl("delete_queue jigd." + serial + " >/dev/null");
    // The queue is back when a passive declare finds it.
    const auto deadline = Deadline::in(long_timeout, Clock::now());
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

TEST_F(ServiceTest, OneServesWithAClassicQueueAlsoWhereTheVhostsDefaultIsQuorum) {
    auto url = broker_url();
    url.vhost = unique_name("vhost");
    rabbitmqctl("add_vhost " + url.vhost + " --default-queue-type quorum >/dev/null");
    rabbitmqctl("set_permissions -p " + url.vhost + " guest '.*' '.*' '.*' >/dev/null");
    RunningService first(serial, url);
    ASSERT_TRUE(first.diary.wait_for("connected"));
    RunningService second(serial, url);
    EXPECT_TRUE(second.diary.wait_for("standby: another jigd serves jig " + serial));
    EXPECT_FALSE(second.diary.has("connected"));
    rabbitmqctl("list_queues -p " + url.vhost + " name type | grep -q 'jigd." + serial + ".*classic'");
    Caller caller(url);
    caller.ask("_all.Req.Echo", "who is there", "1");
    EXPECT_EQ(caller.reply_body()["result"]["body"], "who is there");
}

TEST_F(ServiceTest, AClassicQueueThatWasDeclaredWithoutItsTypeIsAccepted) {
    Connection before(connect_options());
    (void)before.declare_queue({.name = "jigd." + serial,
                                .durable = true,
                                .arguments = {{"x-expires", 60'000}, {"x-message-ttl", 60'000}}});
    RunningService service(serial);
    EXPECT_TRUE(service.diary.wait_for("connected"));
    EXPECT_FALSE(service.diary.has("refused"));
}

class ServiceOnAnyQueue : public ServiceTest, public ::testing::WithParamInterface<QueueType> {
  protected:
    std::unique_ptr<RunningService> start() {
        return std::make_unique<RunningService>(serial, std::vector<Url>{broker_url()}, GetParam());
    }
};

TEST_P(ServiceOnAnyQueue, TheSecondSaysWhoServesAndTakesOverWhenThatOneEnds) {
    auto first = start();
    ASSERT_TRUE(first->diary.wait_for("connected"));
    const auto second = start();
    EXPECT_TRUE(second->diary.wait_for("standby: another jigd serves jig " + serial + ": process " +
                                       first->instance() + " on host here"));
    EXPECT_FALSE(second->diary.has("connected"));
    Caller caller;
    caller.ask(key("Slow"), "", "1");
    EXPECT_TRUE(first->diary.wait_for("delivered Slow"));
    first->answer();
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "1");

    first.reset();
    EXPECT_TRUE(second->diary.wait_for("connected"));
    caller.ask(key("Slow"), "", "2");
    EXPECT_TRUE(second->diary.wait_for("delivered Slow"));
    second->answer();
    EXPECT_EQ(caller.reply().value_or(Delivery{}).properties.correlation_id, "2");
}

TEST_P(ServiceOnAnyQueue, ARestartOfItsOwnServesAtOnce) {
    start().reset();
    const auto again = start();
    EXPECT_TRUE(again->diary.wait_for("connected"));
    EXPECT_FALSE(again->diary.has("standby"));
}

INSTANTIATE_TEST_SUITE_P(Queue, ServiceOnAnyQueue, ::testing::Values(QueueType::classic, QueueType::quorum),
                         [](const auto& type) {
                             return type.param == QueueType::classic ? "Classic" : "Quorum";
                         });

TEST_F(ServiceTest, HearsWhatEveryJigIsAsked) {
    RunningService service(serial);
    RunningService other(unique_name("JIG"));
    ASSERT_TRUE(service.diary.wait_for("connected"));
    ASSERT_TRUE(other.diary.wait_for("connected"));
    Caller caller;
    caller.ask("_all.Req.Echo", "all of you", "1");
    std::set<std::string> jigs{caller.reply_body()["jig"], caller.reply_body()["jig"]};
    EXPECT_EQ(jigs.size(), 2U);
    EXPECT_TRUE(jigs.contains(serial));
}

TEST_F(ServiceTest, AnOutcomeOfALostConnectionAnswersItsRedeliveryAndTheJigIsNotAskedAgain) {
    RunningService service(serial);
    ASSERT_TRUE(service.diary.wait_for("connected"));
    Caller before;
    const auto replies = unique_name("replies");
    Connection durable(connect_options());
    (void)durable.declare_queue({.name = replies, .arguments = {{"x-expires", 60'000}}});
    before.ask(key("Started"), "once", "kept", replies);
    ASSERT_TRUE(service.diary.wait_for("delivered Started"));

    rabbitmqctl("close_all_connections --global 'for a test' >/dev/null");
    ASSERT_TRUE(service.diary.wait_for("connected", 2));
    service.answer();
    Connection after(connect_options());
    (void)after.consume({.queue = replies, .consumer_tag = "", .no_ack = true});
    const auto reply = test::wait_for<Delivery>(after);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->properties.correlation_id, "kept");
    const auto body = nlohmann::json::parse(reply->body);
    EXPECT_EQ(body["result"]["redelivered"], false) << "the outcome of the first delivery";
    EXPECT_TRUE(body.contains("recorded"));
    EXPECT_FALSE(service.diary.wait_for("delivered Started", 2, Milliseconds(0)));
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
    const auto deadline = Deadline::in(long_timeout, Clock::now());
    bool blocked = false;
    while (!blocked && !deadline.passed(Clock::now())) {
        (void)service.events.push_over({.name = "Poke", .values = {}, .at = {}});
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
