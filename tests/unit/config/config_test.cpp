#include "config/config.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "unit/config/scratch.hpp"
#include "yaml/document.hpp"

namespace jigd::config {
namespace {

using namespace std::chrono_literals;

const std::string least = "jig: {serial: JIG-0001, profile: testx-jig, port: sim}\n"
                          "broker: {urls: ['amqp://localhost']}\n";

/// Every key with a value that is not its default.
const std::string full =
    "jig: {serial: J_2, profile: ./my jig.yaml, port: 'usb:0403:6001:A5:0',\n"
    "  identity: {serial: any, model: X 1, firmware: '>=1.4 <2'},\n"
    "  overrides: {serial: {baud: 57600, mode: 7E1}, line: {send_end: \"\\r\\n\\x7f\", "
    "echo: true}, timeouts: }}\n"
    "broker:\n"
    "  urls: ['amqp://jigd@one:5673/lab', 'amqps://j%40gd:s%2Fcret@[::1]/a%2Fb']\n"
    "  shuffle: true\n"
    "  password_file: broker.password\n"
    "  tls: {ca_file: ca.pem, certificate_file: ./jig.pem, key_file: keys/jig.key}\n"
    "  queue_type: quorum\n"
    "  heartbeat: 5s\n"
    "  connect_timeout: 100ms\n"
    "  reconnect_cap: 2s\n"
    "  queue_expires: 1h\n"
    "  message_ttl: 90s\n"
    "requests: {max_waiting: 7, default_timeout: 1500ms, longest_timeout: 24h, longest_body: 0x1000}\n"
    "safe_state: {on_start: apply, on_stop: hold, on_broker_loss: 90s}\n"
    "record: {keep: 48h, largest: 1048576}\n"
    "log: {level: trace}\n"
    "state_dir: /var/lib/elsewhere\n";

class ConfigFile : public test::Scratch {
  protected:
    /// All that the configurations of these tests name.
    void write_files() const {
        write("broker.password", "hunter2\n");
        write("ca.pem", "CA");
        write("jig.pem", "certificate");
        std::filesystem::create_directory(folder() / "keys");
        write("keys/jig.key", "key");
    }
    [[nodiscard]] std::string path_of(const std::string& name) const { return (folder() / name).string(); }
};

TEST(Config, TakesDefaultsForWhatIsNotSaid) {
    const auto config = parse(least, "f");
    EXPECT_EQ(config.path, "f");
    EXPECT_EQ(config.jig.serial, "JIG-0001");
    EXPECT_EQ(config.jig.profile, "testx-jig");
    EXPECT_EQ(config.jig.port, "sim");
    EXPECT_EQ(config.jig.identity_serial, "JIG-0001");
    ASSERT_EQ(config.broker.urls.size(), 1U);
    EXPECT_EQ(config.broker.urls[0].password, "guest");
    EXPECT_FALSE(config.broker.shuffle);
    EXPECT_EQ(config.broker.authentication, Authentication::password);
    EXPECT_EQ(config.broker.password_file, std::nullopt);
    EXPECT_EQ(config.broker.password_credential, std::nullopt);
    EXPECT_EQ(config.broker.tls.ca_file, std::nullopt);
    EXPECT_EQ(config.broker.tls.certificate_file, std::nullopt);
    EXPECT_EQ(config.broker.tls.key_file, std::nullopt);
    EXPECT_EQ(config.broker.queue_type, QueueType::classic);
    EXPECT_EQ(config.broker.heartbeat, 10s);
    EXPECT_EQ(config.broker.connect_timeout, 5s);
    EXPECT_EQ(config.broker.reconnect_cap, 1s);
    EXPECT_EQ(config.broker.queue_expires, 24h);
    EXPECT_EQ(config.broker.message_ttl, 1min);
    EXPECT_EQ(config.requests.max_waiting, 256U);
    EXPECT_EQ(config.requests.default_timeout, 10s);
    EXPECT_EQ(config.requests.longest_timeout, 10min);
    EXPECT_EQ(config.requests.longest_body, 65'536U);
    EXPECT_EQ(config.jig.identity_model, std::nullopt);
    EXPECT_FALSE(config.jig.identity_firmware);
    EXPECT_FALSE(config.jig.overrides);
    EXPECT_FALSE(config.safe_state.on_start);
    EXPECT_TRUE(config.safe_state.on_stop);
    EXPECT_EQ(config.safe_state.on_broker_loss, std::nullopt);
    EXPECT_EQ(config.record.keep, 30 * 24h);
    EXPECT_EQ(config.record.largest, 67'108'864U);
    EXPECT_EQ(config.log.level, "info");
    EXPECT_EQ(config.state_dir, std::nullopt);
}

TEST_F(ConfigFile, SetsEveryValue) {
    write_files();
    const auto path = write("jigd.yaml", full);
    const auto config = load(path);
    EXPECT_EQ(config.path, path);
    EXPECT_EQ(config.jig.serial, "J_2");
    EXPECT_EQ(config.jig.profile, "./my jig.yaml");
    EXPECT_EQ(config.jig.port, "usb:0403:6001:A5:0");
    EXPECT_EQ(config.jig.identity_serial, std::nullopt);
    ASSERT_EQ(config.broker.urls.size(), 2U);
    EXPECT_EQ(config.broker.urls[0].password, "hunter2");
    EXPECT_EQ(config.broker.urls[1].user, "j@gd");
    EXPECT_EQ(config.broker.urls[1].password, "s/cret");
    EXPECT_EQ(config.broker.urls[1].vhost, "a/b");
    EXPECT_TRUE(config.broker.shuffle);
    EXPECT_EQ(config.broker.tls.ca_file, path_of("ca.pem"));
    EXPECT_EQ(config.broker.tls.certificate_file, path_of("jig.pem"));
    EXPECT_EQ(config.broker.tls.key_file, path_of("keys/jig.key"));
    EXPECT_EQ(config.broker.queue_type, QueueType::quorum);
    EXPECT_EQ(config.broker.heartbeat, 5s);
    EXPECT_EQ(config.broker.connect_timeout, 100ms);
    EXPECT_EQ(config.broker.reconnect_cap, 2s);
    EXPECT_EQ(config.broker.queue_expires, 1h);
    EXPECT_EQ(config.broker.message_ttl, 90s);
    EXPECT_EQ(config.requests.max_waiting, 7U);
    EXPECT_EQ(config.requests.default_timeout, 1500ms);
    EXPECT_EQ(config.requests.longest_timeout, 24h);
    EXPECT_EQ(config.requests.longest_body, 4096U);
    EXPECT_EQ(config.jig.identity_model, "X 1");
    ASSERT_TRUE(config.jig.identity_firmware);
    EXPECT_EQ(config.jig.identity_firmware->text(), ">=1.4 <2");
    ASSERT_TRUE(config.jig.overrides);
    EXPECT_EQ(config.jig.overrides->find("serial")->find("baud")->text(), "57600");
    EXPECT_EQ(config.jig.overrides->find("serial")->mark().line, 3) << "a mistake in it is said of this file";
    EXPECT_TRUE(config.safe_state.on_start);
    EXPECT_FALSE(config.safe_state.on_stop);
    EXPECT_EQ(config.safe_state.on_broker_loss, 90s);
    EXPECT_EQ(config.record.keep, 48h);
    EXPECT_EQ(config.record.largest, 1'048'576U);
    EXPECT_EQ(config.log.level, "trace");
    EXPECT_EQ(config.state_dir, "/var/lib/elsewhere");
}

TEST(Config, ComparesTheIdentityThatItNames) {
    const auto config = parse("jig: {serial: A, profile: p, port: /dev/x, identity: {serial: B}}\n"
                              "broker: {urls: ['amqp://h']}\n",
                              "f");
    EXPECT_EQ(config.jig.identity_serial, "B");
}

TEST(Config, TakesEachFormOfPort) {
    for (const std::string port : {"sim", "/dev/ttyUSB0", "usb:0403:6001", "usb:abCD:EF01",
                                   "usb:0403:6001:A 1", "tcp://moxa:4001", "rfc2217://[::1]:2217"}) {
        const auto config = parse("jig: {serial: A, profile: p, port: '" + port +
                                      "'}\n"
                                      "broker: {urls: ['amqp://h']}\n",
                                  "f");
        EXPECT_EQ(config.jig.port, port);
    }
}

TEST(Config, TakesSectionsThatAreCommentedOut) {
    EXPECT_EQ(to_yaml(parse(least + "log:\n  #level: debug\nrequests:\n", "f")), to_yaml(parse(least, "f")));
}

TEST(Config, TakesZeroForNoHeartbeat) {
    EXPECT_EQ(parse("jig: {serial: A, profile: p, port: sim}\n"
                    "broker: {urls: ['amqp://h'], heartbeat: 0s}\n",
                    "f")
                  .broker.heartbeat,
              0s);
}

TEST_F(ConfigFile, PutsThePasswordWhereNoneIs) {
    write("secret", "pa ss\r\n");
    const auto path = write("jigd.yaml", "jig: {serial: A, profile: p, port: sim}\n"
                                         "broker:\n"
                                         "  password_file: " +
                                             folder().string() +
                                             "/secret\n"
                                             "  urls: ['amqp://h', 'amqp://u@h', 'amqp://u:own@h']\n");
    const auto urls = load(path).broker.urls;
    ASSERT_EQ(urls.size(), 3U);
    EXPECT_EQ(urls[0].password, "pa ss");
    EXPECT_EQ(urls[1].password, "pa ss");
    EXPECT_EQ(urls[2].password, "own");
}

TEST_F(ConfigFile, LetsTheCertificateSayWhoThisIs) {
    write_files();
    const auto config = load(write("jigd.yaml", "jig: {serial: A, profile: p, port: sim}\n"
                                                "broker:\n"
                                                "  authentication: external\n"
                                                "  tls: {certificate_file: jig.pem, key_file: keys/jig.key}\n"
                                                "  urls: ['amqps://h/lab', 'amqps://u@h']\n"));
    EXPECT_EQ(config.broker.authentication, Authentication::external);
    for (const auto& url : config.broker.urls) {
        EXPECT_EQ(url.user + url.password, "") << "neither is what the certificate says";
    }
    const auto printed = to_yaml(config);
    EXPECT_NE(printed.find("- \"amqps://h:5671/lab\"\n    - \"amqps://h:5671/\"\n"), std::string::npos)
        << printed;
    EXPECT_EQ(to_yaml(load(write("jigd.yaml", printed))), printed);
}

TEST_F(ConfigFile, TakesThePasswordFromASystemdCredential) {
    write("broker-password", "pa ss\n");
    const test::Variable variable("CREDENTIALS_DIRECTORY", folder().string());
    const auto config = parse("jig: {serial: A, profile: p, port: sim}\n"
                              "broker: {password_credential: broker-password, urls: ['amqp://u@h', "
                              "'amqp://u:own@h']}\n",
                              "/elsewhere/f");
    EXPECT_EQ(config.broker.password_credential, "broker-password");
    EXPECT_EQ(config.broker.password_file, std::nullopt);
    ASSERT_EQ(config.broker.urls.size(), 2U);
    EXPECT_EQ(config.broker.urls[0].password, "pa ss");
    EXPECT_EQ(config.broker.urls[1].password, "own");
    const auto printed = to_yaml(config);
    EXPECT_EQ(printed.find("pa ss"), std::string::npos) << printed;
    EXPECT_EQ(to_yaml(parse(printed, "f")), printed);
}

TEST_F(ConfigFile, CountsRelativePathsFromItsFolderWhereverItIsReadFrom) {
    write_files();
    write("jigd.yaml", full);
    const auto relative = std::filesystem::relative(folder() / "jigd.yaml");
    EXPECT_EQ(load(relative.string()).broker.tls.ca_file, path_of("ca.pem"));
}

TEST_F(ConfigFile, PrintsWhatIsInEffectWithoutPasswords) {
    write_files();
    const auto printed = to_yaml(load(write("jigd.yaml", full)));
    EXPECT_EQ(printed, "jig:\n"
                       "  serial: J_2\n"
                       "  profile: \"./my jig.yaml\"\n"
                       "  port: \"usb:0403:6001:A5:0\"\n"
                       "  identity:\n"
                       "    serial: any\n"
                       "    model: \"X 1\"\n"
                       "    firmware: \">=1.4 <2\"\n"
                       "  overrides:\n"
                       "    serial: {baud: 57600, mode: 7E1}\n"
                       "    line: {send_end: \"\\r\\n\\u007f\", echo: true}\n"
                       "    timeouts: null\n"
                       "broker:\n"
                       "  urls:\n"
                       "    - \"amqp://jigd:***@one:5673/lab\"\n"
                       "    - \"amqps://j%40gd:***@[::1]:5671/a%2Fb\"\n"
                       "  shuffle: true\n"
                       "  authentication: password\n"
                       "  password_file: broker.password\n"
                       "  # password_credential is not set\n"
                       "  tls:\n"
                       "    ca_file: " +
                           path_of("ca.pem") +
                           "\n"
                           "    certificate_file: " +
                           path_of("jig.pem") +
                           "\n"
                           "    key_file: " +
                           path_of("keys/jig.key") +
                           "\n"
                           "  queue_type: quorum\n"
                           "  heartbeat: 5s\n"
                           "  connect_timeout: 100ms\n"
                           "  reconnect_cap: 2s\n"
                           "  queue_expires: 1h\n"
                           "  message_ttl: 90s\n"
                           "requests:\n"
                           "  max_waiting: 7\n"
                           "  default_timeout: 1500ms\n"
                           "  longest_timeout: 24h\n"
                           "  longest_body: 4096\n"
                           "safe_state:\n"
                           "  on_start: apply\n"
                           "  on_stop: hold\n"
                           "  on_broker_loss: 90s\n"
                           "record:\n"
                           "  keep: 48h\n"
                           "  largest: 1048576\n"
                           "log:\n"
                           "  level: trace\n"
                           "state_dir: /var/lib/elsewhere\n");
}

TEST_F(ConfigFile, PrintsWhatLoadsAsTheSame) {
    write_files();
    for (const auto& text : {least, full}) {
        const auto printed = to_yaml(load(write("jigd.yaml", text)));
        EXPECT_EQ(to_yaml(load(write("jigd.yaml", printed))), printed);
    }
}

TEST(Config, PrintsOverridesThatMeanTheSame) {
    for (const std::string overrides :
         {"{}", "{serial: {baud: 0x10, mode: '8N1', settle: 5ms}}",
          "{line: {send_end: '7', reply_end: \"\"}}", "{line: {echo: true, send_end: 'true'}}",
          "{timeouts: [1, ~, {a: -2.5}, null, 'null']}", "text", "[]"}) {
        const auto jig = "jig: {serial: A, profile: p, port: sim, overrides: " + overrides + "}\n";
        const auto config = parse(jig + "broker: {urls: ['amqp://h']}\n", "f");
        const auto again = parse(to_yaml(config), "f");
        ASSERT_TRUE(again.jig.overrides) << overrides;
        EXPECT_EQ(again.jig.overrides->to_json(), config.jig.overrides->to_json()) << to_yaml(config);
    }
}

TEST(Config, TakesPrefetchAsTheOldNameOfMaxWaitingWithANotice) {
    const auto config = parse("jig: {serial: A, profile: p, port: sim}\n"
                              "broker: {urls: ['amqp://h'], prefetch: 7}\n",
                              "f");
    EXPECT_EQ(config.requests.max_waiting, 7U);
    EXPECT_EQ(config.notices, std::vector<std::string>{
                                  "f:2:40: broker.prefetch is the old name of requests.max_waiting; write "
                                  "requests: {max_waiting: 7}"});
    EXPECT_TRUE(parse(to_yaml(config), "f").notices.empty()) << "what is printed has the new name";
}

TEST(Config, TakesHoldForABrokerLossThatChangesNothing) {
    EXPECT_EQ(parse(least + "safe_state: {on_broker_loss: hold}\n", "f").safe_state.on_broker_loss,
              std::nullopt);
}

TEST(Config, PrintsTextThatYamlWouldTakeForSomethingElse) {
    for (const std::string profile : {"null", "- a", "a: b", "#", "\\\"", "a\\nb", "über", "*x"}) {
        auto config = parse(least, "f");
        config.jig.profile = profile;
        EXPECT_EQ(parse(to_yaml(config), "f").jig.profile, profile);
    }
}

} // namespace
} // namespace jigd::config
