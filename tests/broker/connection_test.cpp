#include "amqp/connection.hpp"

#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "broker/broker_fixture.hpp"
#include "os/fd.hpp"

namespace jigd::test {
namespace {

using amqp::Channel;
using amqp::Connection;
using amqp::ConnectionError;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A queue that goes with its connection, consumed.
std::string consume_new_queue(Connection& connection, bool exclusive = false) {
    auto queue =
        connection
            .declare_queue(
                {.name = unique_name("test"), .auto_delete = true, .arguments = {{"x-expires", 60'000}}})
            .name;
    (void)connection.consume({.queue = queue, .consumer_tag = "", .no_ack = false, .exclusive = exclusive});
    return queue;
}

/// A port on which nobody listens, held while this lives.
struct SilentPort {
    SilentPort() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket.get(), generic, length), 0);
        EXPECT_EQ(::getsockname(socket.get(), generic, &length), 0);
        port = ntohs(address.sin_port);
    }
    os::Fd socket;
    std::uint16_t port = 0;
};

TEST(Connect, SaysWhereItIs) {
    const Connection connection(connect_options());
    EXPECT_THAT(connection.description(), StartsWith("RabbitMQ 3."));
    EXPECT_THAT(connection.description(), HasSubstr(" at 127.0.0.1:" + std::to_string(broker_url().port)));
    EXPECT_EQ(connection.heartbeat(), std::chrono::seconds(10));
}

TEST(Connect, WrongPasswordIsRefusedAndNamesTheUser) {
    auto url = broker_url();
    url.password = "wr0ng";
    const auto error = error_of([&] { Connection{connect_options(url)}; });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_EQ(error.code(), 403);
    EXPECT_THAT(error.what(), HasSubstr("user 'guest' was refused"));
    EXPECT_THAT(error.what(), HasSubstr("rabbitmqctl change_password guest"));
    EXPECT_THAT(error.what(), Not(HasSubstr("wr0ng")));
}

TEST(Connect, UnknownVhostIsRefusedAndNamed) {
    auto url = broker_url();
    url.vhost = "nowhere";
    const auto error = error_of([&] { Connection{connect_options(url)}; });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_EQ(error.code(), 530);
    EXPECT_THAT(error.what(), HasSubstr("rabbitmqctl add_vhost nowhere"));
}

TEST(Connect, VhostWithoutPermissionIsRefused) {
    rabbitmqctl("add_vhost locked");
    auto url = broker_url();
    url.vhost = "locked";
    const auto error = error_of([&] { Connection{connect_options(url)}; });
    rabbitmqctl("delete_vhost locked");
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_THAT(error.what(), HasSubstr("rabbitmqctl set_permissions -p locked guest"));
}

TEST(Connect, PortNobodyListensOnIsUnreachable) {
    const SilentPort port;
    auto url = broker_url();
    url.port = port.port;
    const auto error = error_of([&] { Connection{connect_options(url)}; });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::unreachable);
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(port.port)));
    EXPECT_THAT(error.what(), HasSubstr("connection refused"));
}

TEST(Connect, ServerThatAcceptsAndStaysSilentTimesOut) {
    const SilentPort port;
    ASSERT_EQ(::listen(port.socket.get(), 1), 0);
    auto options = connect_options();
    options.url.port = port.port;
    options.timeout = Milliseconds(100);
    EXPECT_EQ(error_of([&] { Connection{options}; }).kind(), ConnectionError::Kind::unreachable);
}

TEST(Connect, AServerWithoutTlsIsRefusedAsOne) {
    auto url = broker_url();
    url.tls = true;
    const auto error = error_of([&] { Connection{connect_options(url)}; });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_THAT(error.what(), HasSubstr("speaks no TLS on this port"));
}

TEST(Messages, RoundTripKeepsEveryProperty) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    Properties sent;
    sent.content_type = "application/json";
    sent.delivery_mode = 1;
    sent.correlation_id = "";
    sent.reply_to = "back";
    sent.expiration = "60000";
    sent.message_id = "m";
    sent.type = "result";
    sent.user_id = "guest";
    sent.app_id = "test";
    const auto sequence = connection.publish(Channel::publish, "", queue, sent, "{}", true);
    EXPECT_EQ(sequence, 1U);

    const auto got = wait_for<Delivery>(connection);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->body, "{}");
    EXPECT_EQ(got->routing_key, queue);
    EXPECT_EQ(got->ticket.generation, 1U);
    EXPECT_FALSE(got->redelivered);
    EXPECT_EQ(got->properties.content_type, sent.content_type);
    EXPECT_EQ(got->properties.delivery_mode, sent.delivery_mode);
    EXPECT_EQ(got->properties.correlation_id, sent.correlation_id);
    EXPECT_EQ(got->properties.reply_to, sent.reply_to);
    EXPECT_EQ(got->properties.expiration, sent.expiration);
    EXPECT_EQ(got->properties.message_id, sent.message_id);
    EXPECT_EQ(got->properties.type, sent.type);
    EXPECT_EQ(got->properties.user_id, sent.user_id);
    EXPECT_EQ(got->properties.app_id, sent.app_id);
    connection.ack(got->ticket);
    connection.close(Milliseconds(5000));
}

TEST(Messages, AbsentPropertiesStayAbsent) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    (void)connection.publish(Channel::publish, "", queue, {}, "", true);
    const auto got = wait_for<Delivery>(connection);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->body, "");
    EXPECT_EQ(got->body_size, 0U);
    EXPECT_FALSE(got->properties.correlation_id);
    EXPECT_FALSE(got->properties.reply_to);
    EXPECT_FALSE(got->properties.delivery_mode);
}

TEST(Messages, CorrelationIdOf255ArbitraryBytes) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    Properties properties;
    properties.correlation_id.emplace();
    for (int byte = 254; byte >= 0; --byte) {
        *properties.correlation_id += static_cast<char>(byte);
    }
    (void)connection.publish(Channel::publish, "", queue, properties, "x", true);
    const auto got = wait_for<Delivery>(connection);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->properties.correlation_id, properties.correlation_id);
}

TEST(Messages, TooLongAStringIsRefusedBeforeAnythingGoesOut) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    Properties properties;
    properties.correlation_id = std::string(256, 'x');
    EXPECT_THROW((void)connection.publish(Channel::publish, "", queue, properties, "x", true),
                 std::invalid_argument);
    (void)connection.publish(Channel::publish, "", queue, {}, "next", true);
    const auto got = wait_for<Delivery>(connection);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->body, "next");
}

TEST(Messages, LongBodyIsCountedNotKeptAndTheNextArrives) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    std::string body;
    body.append(10'000'000, 'x');
    (void)connection.publish(Channel::publish, "", queue, {}, body, true);
    (void)connection.publish(Channel::publish, "", queue, {}, "next", true);
    const auto big = wait_for<Delivery>(connection);
    ASSERT_TRUE(big);
    EXPECT_TRUE(big->oversized);
    EXPECT_EQ(big->body_size, body.size());
    EXPECT_EQ(big->body, "");
    const auto next = wait_for<Delivery>(connection);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->body, "next");
}

TEST(Messages, RejectedOneComesBackMarkedRedelivered) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    (void)connection.publish(Channel::publish, "", queue, {}, "again", true);
    const auto first = wait_for<Delivery>(connection);
    ASSERT_TRUE(first);
    connection.reject(first->ticket, true);
    const auto second = wait_for<Delivery>(connection);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "again");
    EXPECT_TRUE(second->redelivered);
}

TEST(Messages, TicketOfAnotherConnectionIsIgnored) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    connection.ack({.generation = 99, .delivery_tag = 1}); // on this channel it would be a 406
    (void)connection.publish(Channel::publish, "", queue, {}, "alive", true);
    EXPECT_TRUE(wait_for<Delivery>(connection));
}

TEST(Messages, EveryPublishIsConfirmedInSequence) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    constexpr std::uint64_t count = 50;
    for (std::uint64_t i = 1; i <= count; ++i) {
        EXPECT_EQ(connection.publish(Channel::publish, "", queue, {}, "x", false), i);
    }
    std::uint64_t highest = 0;
    while (highest < count) {
        const auto confirmed = wait_for<amqp::Confirmed>(connection);
        ASSERT_TRUE(confirmed);
        EXPECT_TRUE(confirmed->accepted);
        highest = std::max(highest, confirmed->sequence);
    }
}

TEST(Messages, UnroutableMandatoryOneIsReturnedBeforeItsConfirm) {
    Connection connection(connect_options());
    Properties properties;
    properties.correlation_id = "c-1";
    const auto sequence =
        connection.publish(Channel::publish, "", unique_name("nobody"), properties, "body", true);
    const auto first = wait_event(connection);
    ASSERT_TRUE(first);
    ASSERT_TRUE(std::holds_alternative<amqp::Returned>(*first));
    EXPECT_EQ(std::get<amqp::Returned>(*first).code, 312);
    EXPECT_EQ(std::get<amqp::Returned>(*first).properties.correlation_id, "c-1");
    const auto second = wait_event(connection);
    ASSERT_TRUE(second);
    ASSERT_TRUE(std::holds_alternative<amqp::Confirmed>(*second));
    EXPECT_EQ(std::get<amqp::Confirmed>(*second).sequence, sequence);
}

TEST(Messages, DirectReplyToOnOneChannel) {
    Connection server(connect_options());
    const auto queue = consume_new_queue(server);
    Connection client(connect_options());
    (void)client.consume({.queue = "amq.rabbitmq.reply-to", .consumer_tag = "", .no_ack = true});
    Properties ask;
    ask.reply_to = "amq.rabbitmq.reply-to";
    (void)client.publish(Channel::consume, "", queue, ask, "ping", true);
    const auto asked = wait_for<Delivery>(server);
    ASSERT_TRUE(asked);
    (void)server.publish(Channel::publish, "", asked->properties.reply_to.value_or(""), {}, "pong", false);
    const auto answered = wait_for<Delivery>(client);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->body, "pong");
}

TEST(Consumer, SecondExclusiveOneIsRefusedInPlainWords) {
    Connection first(connect_options());
    const auto queue = consume_new_queue(first, true);
    Connection second(connect_options());
    const auto error = error_of([&] {
        (void)second.consume({.queue = queue, .consumer_tag = "", .no_ack = false, .exclusive = true});
    });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_EQ(error.code(), 403);
    EXPECT_THAT(error.what(), HasSubstr("another consumer already serves queue " + queue));
}

TEST(Consumer, IsToldOfItsCancellationWhenTheQueueIsDeleted) {
    Connection connection(connect_options());
    const auto queue = consume_new_queue(connection);
    rabbitmqctl("delete_queue " + queue);
    EXPECT_TRUE(wait_for<amqp::Cancelled>(connection));
    const auto again = consume_new_queue(connection);
    (void)connection.publish(Channel::publish, "", again, {}, "served again", true);
    EXPECT_TRUE(wait_for<Delivery>(connection));
}

TEST(Consumer, CancelledByUsGetsNoMore) {
    Connection connection(connect_options());
    const auto queue =
        connection.declare_queue({.name = unique_name("test"), .arguments = {{"x-expires", 60'000}}}).name;
    const auto tag = connection.consume({.queue = queue, .consumer_tag = "mine"});
    EXPECT_EQ(tag, "mine");
    connection.cancel(tag);
    const auto sequence = connection.publish(Channel::publish, "", queue, {}, "x", true);
    const auto event = wait_event(connection);
    ASSERT_TRUE(event);
    ASSERT_TRUE(std::holds_alternative<amqp::Confirmed>(*event));
    EXPECT_EQ(std::get<amqp::Confirmed>(*event).sequence, sequence);
}

TEST(Setup, QueueWithOtherArgumentsIsRefusedWithTheMend) {
    Connection connection(connect_options());
    const auto queue =
        connection
            .declare_queue(
                {.name = unique_name("test"), .auto_delete = true, .arguments = {{"x-expires", 60'000}}})
            .name;
    const auto error = error_of([&] {
        (void)connection.declare_queue(
            {.name = queue, .auto_delete = true, .arguments = {{"x-expires", 70'000}}});
    });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_EQ(error.code(), 406);
    EXPECT_THAT(error.what(), HasSubstr("rabbitmqctl delete_queue -p / " + queue));
}

TEST(Setup, MissingPermissionIsRefusedWithTheCommand) {
    rabbitmqctl("add_user limited secret");
    rabbitmqctl("set_permissions limited '^mine' '.*' '.*'");
    auto url = broker_url();
    url.user = "limited";
    url.password = "secret";
    Connection connection(connect_options(url));
    const auto error = error_of([&] { (void)connection.declare_queue({.name = "yours"}); });
    rabbitmqctl("delete_user limited");
    EXPECT_EQ(error.kind(), ConnectionError::Kind::refused);
    EXPECT_EQ(error.code(), 403);
    EXPECT_THAT(error.what(), HasSubstr("'yours'"));
    EXPECT_THAT(error.what(), HasSubstr("rabbitmqctl set_permissions -p / limited"));
}

TEST(Setup, PassiveDeclareOfNothingIs404) {
    Connection connection(connect_options());
    const auto error =
        error_of([&] { (void)connection.declare_queue({.name = unique_name("absent"), .passive = true}); });
    EXPECT_EQ(error.code(), 404);
}

TEST(Link, ForcedCloseIsUnreachableWithTheBrokersWords) {
    Connection connection(connect_options());
    rabbitmqctl("close_all_connections --global 'for a test'");
    const auto error = error_of([&] { (void)wait_for<Delivery>(connection); });
    EXPECT_EQ(error.kind(), ConnectionError::Kind::unreachable);
    EXPECT_EQ(error.code(), 320);
    EXPECT_THAT(error.what(), HasSubstr("for a test"));
}

TEST(Link, ChannelErrorIsAnEventAndTheConnectionLives) {
    Connection connection(connect_options());
    connection.open_channel(Channel::announce);
    EXPECT_EQ(connection.publish(Channel::announce, unique_name("no-exchange"), "key", {}, "x", false), 0U)
        << "nothing confirms there";
    const auto closed = wait_for<amqp::ChannelClosed>(connection);
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->channel, Channel::announce);
    EXPECT_EQ(closed->code, 404);
    EXPECT_NE(connection.declare_queue({.name = "", .exclusive = true}).name, "");
}

TEST(Link, StaysAliveWhileIdle) {
    auto options = connect_options();
    options.heartbeat = std::chrono::seconds(1);
    Connection connection(options);
    EXPECT_EQ(connection.heartbeat(), std::chrono::seconds(1));
    // Four heartbeats of silence: without ours the broker would have closed after three at the latest.
    EXPECT_FALSE(wait_event(connection, Deadline::in(std::chrono::seconds(4), Clock::now())));
    const auto queue = consume_new_queue(connection);
    (void)connection.publish(Channel::publish, "", queue, {}, "still here", true);
    EXPECT_TRUE(wait_for<Delivery>(connection));
}

TEST(Link, BrokerThatStandsStillIsNoticedWhileWaitingAndWhilePublishing) {
    auto options = connect_options();
    options.heartbeat = std::chrono::seconds(1);
    Connection waiting(options);
    Connection publishing(options);
    signal_broker(SIGSTOP);
    const auto waited = error_of([&] { (void)wait_for<Delivery>(waiting); });
    // By now the other connection has heard nothing for two heartbeats either, and nobody looked.
    const auto published =
        error_of([&] { (void)publishing.publish(Channel::publish, "", "anywhere", {}, "x", false); });
    signal_broker(SIGCONT);
    EXPECT_EQ(waited.kind(), ConnectionError::Kind::unreachable);
    EXPECT_THAT(waited.what(), HasSubstr("heartbeat"));
    EXPECT_EQ(published.kind(), ConnectionError::Kind::unreachable);
}

TEST(Link, APublishThatHangsIsCutByAnotherThread) {
    auto options = connect_options();
    options.lifeline = std::make_shared<amqp::Lifeline>();
    Connection connection(options);
    const std::string body(100'000, 'x');
    signal_broker(SIGSTOP);
    os::EventFd over;
    std::thread watcher([&] {
        os::Watch watch{.fd = over.fd(), .events = POLLIN};
        const Milliseconds half_a_heartbeat{500};
        while (!os::wait(&watch, 1, Deadline::in(half_a_heartbeat, Clock::now()))) {
            (void)options.lifeline->cut_if_stuck(std::chrono::seconds(1), Clock::now());
        }
    });
    // A broker that stands still takes what its socket holds, and then nothing.
    const auto error = error_of([&] {
        for (;;) {
            (void)connection.publish(Channel::publish, "", "anywhere", {}, body, false);
        }
    });
    over.signal();
    watcher.join();
    signal_broker(SIGCONT);
    EXPECT_TRUE(options.lifeline->was_cut());
    EXPECT_THAT(error.what(), HasSubstr("stood still"));
}

TEST(Link, AChannelThatTheBrokerClosesDoesNotTakeTheOthersAlong) {
    Connection connection(connect_options());
    connection.open_channel(Channel::broadcast);
    const auto refused = error_of([&] {
        (void)connection.declare_queue({.name = unique_name("absent"), .passive = true}, Channel::broadcast);
    });
    EXPECT_EQ(refused.code(), 404);
    EXPECT_NE(consume_new_queue(connection), "");
    connection.open_channel(Channel::broadcast);
    EXPECT_NE(connection.declare_queue({.name = "", .exclusive = true}, Channel::broadcast).name, "");
}

TEST(Link, BrokerShortOfMemoryBlocksAndUnblocks) {
    Connection connection(connect_options());
    rabbitmqctl("set_vm_memory_high_watermark 0.00001");
    (void)connection.publish(Channel::publish, "", "anywhere", {}, "x", false);
    const auto blocked = wait_for<amqp::Blocked>(connection);
    rabbitmqctl("set_vm_memory_high_watermark 0.4");
    ASSERT_TRUE(blocked);
    EXPECT_THAT(blocked->reason, HasSubstr("memory"));
    EXPECT_TRUE(wait_for<amqp::Unblocked>(connection));
}

} // namespace
} // namespace jigd::test
