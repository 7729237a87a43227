#include "client/client.hpp"

#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "broker/broker_fixture.hpp"

namespace jigd::client {
namespace {

using namespace std::chrono_literals;

std::string broker_text() {
    const auto url = test::broker_url();
    return "amqp://" + url.user + ":" + url.password + "@" + url.host + ":" + std::to_string(url.port);
}

ClientOptions client_options(const std::string& name = "jigd client test") {
    return {.broker = broker_text(), .name = name};
}

/// Plays a jig on a connection of its own.
class PlayedJig {
  public:
    explicit PlayedJig(const std::string& serial) : connection_(test::connect_options()) {
        const auto queue = connection_.declare_queue({.name = "", .exclusive = true}).name;
        connection_.bind_queue(queue, "amq.topic", serial + ".Req.*");
        connection_.consume({.queue = queue, .consumer_tag = "", .no_ack = true});
    }

    Delivery receive() { return test::wait_for<Delivery>(connection_).value(); }

    void reply(const Delivery& request, const std::string& body,
               const std::optional<std::string>& correlation_id = std::nullopt) {
        Properties properties;
        properties.correlation_id = correlation_id ? correlation_id : request.properties.correlation_id;
        connection_.publish(amqp::Channel::publish, "", request.properties.reply_to.value(), properties, body,
                            false);
    }

  private:
    amqp::Connection connection_;
};

/// As a broken link, from the client's side: the broker ends the connection of that name.
void cut_connection(const std::string& name) {
    test::rabbitmqctl(
        "eval 'lists:foreach(fun(C) -> P = proplists:get_value(pid, C), "
        "case lists:keyfind(<<\"connection_name\">>, 1, proplists:get_value(client_properties, C)) of "
        "{_, _, <<\"" +
        name +
        "\">>} -> rabbit_networking:close_connection(P, \"cut by a test\"); _ -> ok end end, "
        "rabbit_networking:connection_info_all([pid, client_properties])).' > /dev/null");
}

const auto long_timeout = CallOptions{.timeout = 20s};

Deadline soon() {
    return Deadline::in(20s, Clock::now());
}

TEST(Client, ManyInFlightCompleteInTheOrderOfTheirAnswers) {
    const auto serial = test::unique_name("JIG");
    PlayedJig jig(serial);
    Client client(client_options());
    std::vector<std::string> ids;
    std::vector<Delivery> requests;
    for (int i = 0; i < 64; ++i) {
        ids.push_back(client.start(serial, "Read", {{"number", i}}, long_timeout));
        requests.push_back(jig.receive());
    }
    EXPECT_EQ(client.in_flight(), 64U);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 64U);

    for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
        jig.reply(*request, R"({"ok": true, "result": )" + request->body + "}");
    }
    for (int i = 63; i >= 0; --i) {
        const auto completion = client.next(soon());
        ASSERT_TRUE(completion);
        EXPECT_EQ(completion->id, ids.at(static_cast<std::size_t>(i)));
        EXPECT_EQ(std::get<Reply>(completion->outcome).result, (nlohmann::json{{"number", i}}));
    }
    EXPECT_EQ(client.in_flight(), 0U);
    EXPECT_FALSE(client.next());
}

TEST(Client, NextEndsAtItsDeadlineWithTheRequestStillInFlight) {
    const auto serial = test::unique_name("JIG");
    PlayedJig jig(serial);
    Client client(client_options());
    (void)client.start(serial, "Read", {}, long_timeout);
    EXPECT_FALSE(client.next(Deadline::in(1ms, Clock::now())));
    EXPECT_EQ(client.in_flight(), 1U);
    jig.reply(jig.receive(), "{}");
    EXPECT_TRUE(client.next(soon()));
}

TEST(Client, UnservedTimedOutAndAnsweredAtOnce) {
    const auto serial = test::unique_name("JIG");
    PlayedJig jig(serial);
    Client client(client_options());
    const auto unserved = client.start(test::unique_name("nobody"), "Read", {}, long_timeout);
    const auto silent = client.start(serial, "Read", {}, {.timeout = 50ms, .message_id = "m"});
    auto completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_EQ(completion->id, unserved);
    EXPECT_EQ(std::get<Unserved>(completion->outcome).executed(), Executed::no);
    completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_EQ(completion->id, silent);
    EXPECT_EQ(std::get<NoAnswer>(completion->outcome).message_id(), "m");
}

TEST(Client, LateForeignAndDoubledAnswersAreDroppedAndCounted) {
    const auto serial = test::unique_name("JIG");
    PlayedJig jig(serial);
    Client client(client_options());
    EXPECT_THROW(client.call(serial, "Read", {}, {.timeout = 50ms}), NoAnswer);
    const auto late = jig.receive();
    (void)client.start(serial, "Read", {}, long_timeout);
    const auto current = jig.receive();
    jig.reply(late, R"({"ok": true, "result": "late"})");
    jig.reply(current, "{}", "foreign");
    jig.reply(current, "{}", "");
    jig.reply(current, R"({"ok": true, "result": "right"})");
    jig.reply(current, R"({"ok": true, "result": "again"})");
    auto completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_EQ(std::get<Reply>(completion->outcome).result, "right");

    // The doubled answer has arrived, at the latest, before the answer to a further request.
    (void)client.start(serial, "Read", {}, long_timeout);
    jig.reply(jig.receive(), R"({"ok": true, "result": "further"})");
    completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_EQ(std::get<Reply>(completion->outcome).result, "further");
    EXPECT_EQ(client.dropped_replies(), 4U);
}

TEST(Client, ACallLeavesOtherCompletionsForNext) {
    const auto serial = test::unique_name("JIG");
    PlayedJig jig(serial);
    Client client(client_options());
    const auto first = client.start(serial, "Read", {}, long_timeout);
    jig.reply(jig.receive(), R"({"ok": true, "result": 1})");
    EXPECT_THROW(client.call(test::unique_name("nobody"), "Read", {}, long_timeout), Unserved);
    const auto completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_EQ(completion->id, first);
}

TEST(Client, ALostConnectionFailsWhatIsInFlightAndTheNextRequestConnectsAgain) {
    const auto serial = test::unique_name("JIG");
    const auto name = test::unique_name("cut");
    PlayedJig jig(serial);
    Client client(client_options(name));
    (void)client.start(serial, "Set", {}, long_timeout);
    (void)client.start(serial, "Set", {}, long_timeout);
    (void)jig.receive();
    (void)jig.receive();
    cut_connection(name);
    for (int i = 0; i < 2; ++i) {
        const auto completion = client.next(soon());
        ASSERT_TRUE(completion);
        EXPECT_EQ(std::get<Unreachable>(completion->outcome).executed(), Executed::unknown);
    }

    const auto id = client.start(serial, "Set", {}, long_timeout);
    jig.reply(jig.receive(), R"({"ok": true})");
    const auto completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_EQ(completion->id, id);
    EXPECT_TRUE(std::get<Reply>(completion->outcome).ok);
}

TEST(Client, AnIdleClientThatWasCutConnectsAgainUnnoticed) {
    const auto serial = test::unique_name("JIG");
    const auto name = test::unique_name("idle");
    PlayedJig jig(serial);
    Client client(client_options(name));
    cut_connection(name);
    (void)client.start(serial, "Set", {}, long_timeout);
    jig.reply(jig.receive(), R"({"ok": true})");
    const auto completion = client.next(soon());
    ASSERT_TRUE(completion);
    EXPECT_TRUE(std::get<Reply>(completion->outcome).ok);
}

TEST(Client, HeartbeatsKeepALongWaitAlive) {
    const auto serial = test::unique_name("JIG");
    PlayedJig jig(serial);
    auto options = client_options();
    options.heartbeat = 1s; // the broker drops a client that is silent for 2 to 3 s
    Client client(options);
    (void)client.start(serial, "Read", {}, {.timeout = 4s});
    const auto completion = client.next();
    ASSERT_TRUE(completion);
    EXPECT_TRUE(std::holds_alternative<NoAnswer>(completion->outcome));
}

TEST(Client, WordsThatMakeNoRequestAreRefusedBeforeSending) {
    Client client(client_options());
    EXPECT_THROW(client.call("J 1", "Read"), std::invalid_argument);
    EXPECT_THROW(client.call("J", "J.Read"), std::invalid_argument);
    EXPECT_THROW(client.call("J", "Read", nlohmann::json::array()), std::invalid_argument);
    EXPECT_THROW(client.call("J", "Read", {{"text", "\xff"}}), std::invalid_argument);
    EXPECT_THROW(client.call("J", "Read", {}, {.timeout = 0ms}), std::invalid_argument);
    EXPECT_THROW(client.call("J", "Read", {}, {.timeout = 1s, .message_id = std::string(256, 'x')}),
                 std::invalid_argument);
    EXPECT_EQ(client.in_flight(), 0U);
}

TEST(Client, ConnectingSaysWhyNot) {
    EXPECT_THROW(Client({.broker = "http://broker"}), std::invalid_argument);
    auto options = client_options();
    const auto url = test::broker_url();
    options.broker = "amqp://guest:top-secret@" + url.host + ":" + std::to_string(url.port);
    try {
        const Client client(options);
        FAIL() << "connected with a wrong password";
    } catch (const Unreachable& error) {
        EXPECT_TRUE(error.refused());
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_EQ(std::string(error.what()).find("top-secret"), std::string::npos);
    }
}

TEST(Client, SaysWhichBrokerItIsConnectedTo) {
    const Client client(client_options());
    EXPECT_EQ(client.broker().find("RabbitMQ"), 0U) << client.broker();
}

} // namespace
} // namespace jigd::client
