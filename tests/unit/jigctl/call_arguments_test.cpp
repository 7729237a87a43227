#include "jigctl/call_arguments.hpp"

#include <gtest/gtest.h>

#include "jigctl/call_command.hpp"
#include "jigctl/command_line.hpp"

namespace jigd::jigctl {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

CallArguments parsed(const Words& words, const Environment& environment = {}) {
    const auto commands = all_commands(environment, "me");
    auto* command = std::get<Command*>(parse_command_line(commands, words));
    return dynamic_cast<const CallCommand&>(*command).arguments();
}

std::string refusal(const Words& words, const Environment& environment = {}) {
    try {
        (void)parsed(words, environment);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

void expect_refusal(const Words& words, const std::string& part) {
    const auto message = refusal(words);
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Arguments, TheShortestCall) {
    const auto call = parsed({"call", "JIG-0001", "JigStatus"});
    EXPECT_EQ(call.serial, "JIG-0001");
    EXPECT_EQ(call.request, "JigStatus");
    EXPECT_EQ(call.params, nlohmann::json::object());
    EXPECT_EQ(call.timeout, 1s);
    EXPECT_FALSE(call.json);
    EXPECT_EQ(call.broker, "amqp://localhost");
    EXPECT_EQ(call.password_file, std::nullopt);
    EXPECT_EQ(call.tls.ca_file, std::nullopt);
    EXPECT_EQ(call.tls.certificate_file, std::nullopt);
    EXPECT_EQ(call.tls.key_file, std::nullopt);
    EXPECT_EQ(call.authentication, Authentication::password);
    EXPECT_EQ(call.message_id, "");
}

TEST(Arguments, EverythingAtOnceInAnyOrder) {
    const auto call = parsed({"call", "--json", "J", "SetRelay", "channel=1", "--timeout", "2m", "on=true",
                              "--id=m-1", "--broker", "amqp://a@b/c"},
                             {.broker = "amqp://environment"});
    EXPECT_EQ(call.params, (nlohmann::json{{"channel", 1}, {"on", true}}));
    EXPECT_EQ(call.timeout, 2min);
    EXPECT_TRUE(call.json);
    EXPECT_EQ(call.broker, "amqp://a@b/c");
    EXPECT_EQ(call.message_id, "m-1");
}

TEST(Arguments, TheEnvironmentsBroker) {
    EXPECT_EQ(parsed({"call", "J", "X"}, {.broker = "amqp://environment"}).broker, "amqp://environment");
}

const Environment all_of_tls{.broker = "amqps://environment",
                             .password_file = "e/password",
                             .ca_file = "e/ca",
                             .certificate_file = "e/certificate",
                             .key_file = "e/key"};

TEST(Arguments, TheFilesOfTheEnvironment) {
    const auto call = parsed({"call", "J", "X"}, all_of_tls);
    EXPECT_EQ(call.password_file, "e/password");
    EXPECT_EQ(call.tls.ca_file, "e/ca");
    EXPECT_EQ(call.tls.certificate_file, "e/certificate");
    EXPECT_EQ(call.tls.key_file, "e/key");
}

TEST(Arguments, OptionsMayStandBeforeTheCommand) {
    const auto call =
        parsed({"--broker", "amqp://a@b/c", "--json", "--timeout=3s", "--id", "m", "call", "J", "X", "on=1"});
    EXPECT_EQ(call.broker, "amqp://a@b/c");
    EXPECT_TRUE(call.json);
    EXPECT_EQ(call.timeout, 3s);
    EXPECT_EQ(call.message_id, "m");
    EXPECT_EQ(call.request, "X");
    EXPECT_EQ(call.params, (nlohmann::json{{"on", 1}}));
    EXPECT_EQ(parsed({"--broker", "amqp://first", "call", "J", "X", "--broker", "amqp://last"}).broker,
              "amqp://last");
}

TEST(Arguments, AnUnencryptedBrokerIgnoresTheEnvironmentsFilesOfTls) {
    const auto call = parsed({"call", "J", "X", "--broker", "amqp://h"}, all_of_tls);
    EXPECT_EQ(call.tls.ca_file, std::nullopt);
    EXPECT_EQ(call.tls.certificate_file, std::nullopt);
    EXPECT_EQ(call.authentication, Authentication::password);
    EXPECT_EQ(call.password_file, "e/password");
}

TEST(Arguments, TheFilesOfTheCommandLineOverrideThose) {
    const auto call = parsed({"call", "J", "X", "--password-file", "password", "--ca-file=ca",
                              "--certificate-file", "certificate", "--key-file", "key"},
                             all_of_tls);
    EXPECT_EQ(call.password_file, "password");
    EXPECT_EQ(call.tls.ca_file, "ca");
    EXPECT_EQ(call.tls.certificate_file, "certificate");
    EXPECT_EQ(call.tls.key_file, "key");
}

TEST(Arguments, ACertificateSaysWhoAsksWhereTheUrlNamesNoUser) {
    const auto authentication = [](const std::string& broker) {
        return parsed({"call", "J", "X", "--broker", broker}, all_of_tls).authentication;
    };
    EXPECT_EQ(authentication("amqps://h/a@b"), Authentication::external);
    EXPECT_EQ(authentication("amqps://me@h"), Authentication::password);
    EXPECT_EQ(parsed({"call", "J", "X"}, {.broker = "amqps://h", .ca_file = "ca"}).authentication,
              Authentication::password);
}

TEST(Arguments, RefusesFilesThatDoNotFit) {
    const auto go_together = "a certificate and its key go together";
    expect_refusal({"call", "J", "X", "--broker", "amqps://h", "--certificate-file", "c"}, go_together);
    expect_refusal({"call", "J", "X", "--broker", "amqps://h", "--key-file", "k"}, go_together);
    expect_refusal({"call", "J", "X", "--broker", "amqp://h", "--ca-file", "ca"}, "is not encrypted");
    expect_refusal({"call", "J", "X", "--certificate-file", "c", "--key-file", "k"}, "is not encrypted");
}

TEST(Arguments, RefusesWordsThatMakeNoRequest) {
    expect_refusal({"call", "J"}, "REQUEST");
    expect_refusal({"call", "J 1", "X"}, "'J 1' is not a jig's serial");
    expect_refusal({"call", "J", "J.Req.X"}, "it has a dot");
    expect_refusal({"call", "J", "Jig Status"}, "is not a request's name");
    expect_refusal({"call", "J", "X", "--bogus"}, "--bogus");
    expect_refusal({"call", "J", "X", "--timeout", "soon"}, "is not a timeout");
    expect_refusal({"call", "J", "X", "--id", std::string(256, 'x')}, "--id");
}

TEST(Arguments, AWrongBrokerIsRefusedWithoutItsPassword) {
    const auto message = refusal({"call", "J", "X"}, {.broker = "amqp://me:top-secret@host:99999"});
    EXPECT_NE(message.find("JIGCTL_BROKER"), std::string::npos) << message;
    EXPECT_EQ(message.find("top-secret"), std::string::npos) << message;
}

TEST(Params, JsonIsTakenAsJsonAndTheRestAsText) {
    EXPECT_EQ(parse_params({"a=1", "b=true", "c=2.5", "d=\"1\"", "e=[1,2]", "f={\"g\":null}", "h=null"}),
              (nlohmann::json{{"a", 1},
                              {"b", true},
                              {"c", 2.5},
                              {"d", "1"},
                              {"e", {1, 2}},
                              {"f", {{"g", nullptr}}},
                              {"h", nullptr}}));
    EXPECT_EQ(parse_params({"a=on", "b=", "c=007", "d=x=y", "e=TRUE", "f=[1,", "g=1e999"}),
              (nlohmann::json{{"a", "on"},
                              {"b", ""},
                              {"c", "007"},
                              {"d", "x=y"},
                              {"e", "TRUE"},
                              {"f", "[1,"},
                              {"g", "1e999"}}));
}

TEST(Params, AMissingEqualsSignHasAHint) {
    const auto message = refusal({"call", "J", "SetRelay", "channel", "1"});
    EXPECT_EQ(message, "'channel' is not a parameter: write name=value, such as channel=1");
    expect_refusal({"call", "J", "SetRelay", "{\"channel\":1}"}, "such as channel=1 on=true");
    expect_refusal({"call", "J", "SetRelay", "=1"}, "has no name");
}

TEST(Params, RefusesTwoOfOneName) {
    expect_refusal({"call", "J", "SetRelay", "on=true", "on=false"}, "'on' is given twice");
}

TEST(Params, RefusesWhatNobodyCouldRead) {
    expect_refusal({"call", "J", "X", "a=\xff"}, "not UTF-8");
    expect_refusal({"call", "J", "X", "a=" + std::string(100, '[') + std::string(100, ']')}, "nested deeper");
}

TEST(Timeout, HasAUnitAndBounds) {
    EXPECT_EQ(parse_timeout("1ms"), 1ms);
    EXPECT_EQ(parse_timeout("1.5s"), 1500ms);
    EXPECT_EQ(parse_timeout("0.25m"), 15s);
    EXPECT_EQ(parse_timeout("1440m"), 24h);
    for (const auto* wrong :
         {"", "1", "s", "1h", "1 s", "-1s", "1e3s", "0s", "0.1ms", "1441m", "nans", "infs"}) {
        EXPECT_THROW((void)parse_timeout(wrong), UsageError) << wrong;
    }
}

} // namespace
} // namespace jigd::jigctl
