#include <string>

#include <gtest/gtest.h>

#include "config/config.hpp"
#include "unit/config/scratch.hpp"
#include "yaml/document.hpp"

namespace jigd::config {
namespace {

std::string problems_of(const std::string& text, const std::string& name = "f") {
    try {
        static_cast<void>(parse(text, name));
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
    return "";
}

const std::string jig = "jig: {serial: A, profile: p, port: sim}\n";
const std::string broker = "broker: {urls: ['amqp://h']}\n";

std::string with_port(const std::string& port) {
    return "jig: {serial: A, profile: p, port: " + port + "}\n" + broker;
}

std::string with_serial(const std::string& serial) {
    return "jig: {profile: p, port: sim, serial: " + serial + "}\n" + broker;
}

std::string with_identity(const std::string& line) {
    return "jig: {serial: A, profile: p, port: sim, identity: {" + line + "}}\n" + broker;
}

/// A broker section with one more line.
std::string with_broker(const std::string& line) {
    return jig + "broker:\n  urls: ['amqp://h']\n  " + line + "\n";
}

std::string with_urls(const std::string& urls) {
    return jig + "broker:\n  urls: " + urls + "\n";
}

struct Mistake {
    std::string name;
    std::string text;
    std::string problems;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreSaidWithPlaceAndExpectation) {
    EXPECT_EQ(problems_of(GetParam().text), GetParam().problems);
}

constexpr auto serial_rule =
    "expected 1 to 64 of A-Z, a-z, 0-9, '_' and '-', other than '_all', which is every jig\n";
constexpr auto port_rule = "expected an absolute path such as /dev/serial/by-id/NAME, usb:VID:PID or "
                           "usb:VID:PID:SERIAL with four hexadecimal digits each, tcp://HOST:PORT or "
                           "rfc2217://HOST:PORT, or sim\n";

constexpr auto broker_keys =
    "expected one of authentication, password_file, password_credential, urls, shuffle, tls, queue_type, "
    "heartbeat, prefetch, connect_timeout, reconnect_cap, queue_expires, message_ttl";

INSTANTIATE_TEST_SUITE_P(
    Config, Mistakes,
    testing::Values(
        Mistake{"empty_file", "", "f: is empty, expected at least the keys jig and broker\n"},
        Mistake{"only_prose", "# jig:\n", "f: is empty, expected at least the keys jig and broker\n"},
        Mistake{"list", "- a\n", "f:1:1: the file is a list, expected a map of 'key: value'\n"},
        Mistake{"text", "hello\n", "f:1:1: the file is text, expected a map of 'key: value'\n"},
        Mistake{"unknown_section", jig + broker + "lgo: {level: info}\n",
                "f:3:1: the file has no key 'lgo', expected one of jig, broker, requests, safe_state, "
                "record, log, state_dir; "
                "did you "
                "mean 'log'?\n"},
        Mistake{"unknown_key", with_broker("heartbet: 10s"),
                std::string("f:4:3: broker has no key 'heartbet', ") + broker_keys +
                    "; did you mean 'heartbeat'?\n"},
        Mistake{"unknown_key_like_none", jig + broker + "log: {colours: always}\n",
                "f:3:7: log has no key 'colours', expected one of level\n"},
        Mistake{"section_of_wrong_type", jig + broker + "log: info\n",
                "f:3:6: log is text, expected a map of 'key: value'\n"},
        Mistake{"missing_sections", "log: {level: info}\n",
                "f:1:1: the file has no key 'jig', which is required\n"
                "f:1:1: the file has no key 'broker', which is required\n"},
        Mistake{"missing_keys", "jig: {}\nbroker:\n",
                "f:1:6: jig has no key 'serial', which is required\n"
                "f:1:6: jig has no key 'profile', which is required\n"
                "f:1:6: jig has no key 'port', which is required\n"
                "f:2:1: broker has no key 'urls', which is required\n"},
        Mistake{"repeated_key", jig + broker + "jig: {serial: B}\n",
                "f:3:1: the key 'jig' is here again, first at 1:1, expected each key once\n"},
        Mistake{"tab", "jig:\n\tserial: A\n", "f:2:1: a tab in the indentation, expected spaces\n"},
        Mistake{"syntax", "jig: {serial: A\nbroker: {}\n",
                "f:2:7: the map in braces has no end here, expected ',' or '}'\n"},
        Mistake{"serial_with_space", with_serial("JIG 1"), std::string("f:1:38: 'JIG 1', ") + serial_rule},
        Mistake{"serial_with_dot", with_serial("a.b"), std::string("f:1:38: 'a.b', ") + serial_rule},
        Mistake{"serial_empty", with_serial("''"), std::string("f:1:38: '', ") + serial_rule},
        Mistake{"serial_of_all", with_serial("_all"), std::string("f:1:38: '_all', ") + serial_rule},
        Mistake{"serial_of_65", with_serial(std::string(65, 'x')),
                "f:1:38: '" + std::string(60, 'x') + "...', " + serial_rule},
        Mistake{"serial_null", with_serial(""), "f:1:30: nothing, expected text\n"},
        Mistake{"serial_list", with_serial("[A]"), "f:1:38: a list, expected text\n"},
        Mistake{"profile_empty", "jig: {serial: A, profile: '', port: sim}\n" + broker,
                "f:1:27: '', expected a profile's name or path\n"},
        Mistake{"port_relative", with_port("ttyUSB0"), std::string("f:1:36: 'ttyUSB0', ") + port_rule},
        Mistake{"port_root", with_port("/"), std::string("f:1:36: '/', ") + port_rule},
        Mistake{"port_usb_short", with_port("usb:403:6001"),
                std::string("f:1:36: 'usb:403:6001', ") + port_rule},
        Mistake{"port_usb_not_hexadecimal", with_port("usb:0403:60g1"),
                std::string("f:1:36: 'usb:0403:60g1', ") + port_rule},
        Mistake{"port_usb_empty_serial", with_port("'usb:0403:6001:'"),
                std::string("f:1:36: 'usb:0403:6001:', ") + port_rule},
        Mistake{"port_list", with_port("[/dev/ttyS0]"), "f:1:36: a list, expected text\n"},
        Mistake{"port_other_scheme", with_port("telnet://moxa:23"),
                std::string("f:1:36: 'telnet://moxa:23', ") + port_rule},
        Mistake{
            "port_network_without_port", with_port("tcp://moxa"),
            "f:1:36: 'tcp://moxa' has no port number; write tcp://HOST:PORT, such as tcp://moxa.lab:4001 or "
            "tcp://[::1]:4001\n"},
        Mistake{"port_network_port_0", with_port("rfc2217://moxa:0"),
                "f:1:36: 'rfc2217://moxa:0' has no port number from 1 to 65535 behind its host; write "
                "rfc2217://HOST:PORT, such as rfc2217://moxa.lab:4001 or rfc2217://[::1]:4001\n"},
        Mistake{"port_usb_no_separator", with_port("usb:0403:6001A"),
                std::string("f:1:36: 'usb:0403:6001A', ") + port_rule},
        Mistake{"identity_unknown_key",
                "jig: {serial: A, profile: p, port: sim, identity: {serail: B}}\n" + broker,
                "f:1:52: jig.identity has no key 'serail', expected one of serial, model, firmware; did you "
                "mean 'serial'?\n"},
        Mistake{"identity_without_a_model", with_identity("model: ''"),
                "f:1:59: '', expected the model that the board says\n"},
        Mistake{
            "identity_without_a_version", with_identity("firmware: latest"),
            "f:1:62: 'latest' is not a version or comparison with one; write dotted numbers, such as 1.4.2, "
            ">=1.4 "
            "or !=1.5, with no blank after the sign\n"},
        Mistake{"identity_of_wrong_type", with_identity("firmware: ['1']"),
                "f:1:62: a list, expected text\n"},
        Mistake{"safe_state_word", jig + broker + "safe_state: {on_stop: keep}\n",
                "f:3:23: 'keep', expected one of hold, apply\n"},
        Mistake{"safe_state_key", jig + broker + "safe_state: {on_broker_lost: 5s}\n",
                "f:3:14: safe_state has no key 'on_broker_lost', expected one of on_start, on_stop, "
                "on_broker_loss; "
                "did you mean 'on_broker_loss'?\n"},
        Mistake{"broker_loss_word", jig + broker + "safe_state: {on_broker_loss: holt}\n",
                "f:3:30: 'holt', expected hold or a duration from 1s to 24h; did you mean 'hold'?\n"},
        Mistake{"broker_loss_short", jig + broker + "safe_state: {on_broker_loss: 500ms}\n",
                "f:3:30: '500ms', expected a duration from 1s to 24h\n"},
        Mistake{"broker_loss_without_unit", jig + broker + "safe_state: {on_broker_loss: 5}\n",
                "f:3:30: '5' has no unit, expected a duration from 1s to 24h; write it with us, ms, s, m or "
                "h, as in "
                "5s\n"},
        Mistake{"broker_loss_of_wrong_type", jig + broker + "safe_state: {on_broker_loss: [5s]}\n",
                "f:3:30: a list, expected a duration from 1s to 24h; write a whole number and us, ms, s, m "
                "or h, as in "
                "500ms\n"},
        Mistake{"record_keep_not_whole", jig + broker + "record: {keep: 90m}\n",
                "f:3:16: '90m', expected whole hours\n"},
        Mistake{"record_keep_short", jig + broker + "record: {keep: 30m}\n",
                "f:3:16: '30m', expected a duration from 1h to 87600h\n"},
        Mistake{"record_small", jig + broker + "record: {largest: 1000}\n",
                "f:3:19: '1000', expected an integer from 1048576 to 17179869184\n"},
        Mistake{"identity_empty",
                "jig: {serial: A, profile: p, port: sim, identity: {serial: ''}}\n" + broker,
                "f:1:60: '', expected the serial that the board says, or any\n"},
        Mistake{"urls_single", with_urls("amqp://guest:hunter2@h"),
                "f:3:9: a single text, expected a list of URLs; write [amqp://user@host:5672/vhost]\n"},
        Mistake{"urls_empty", with_urls("[]"),
                "f:3:9: no URL, expected a list of URLs; write [amqp://user@host:5672/vhost]\n"},
        Mistake{"url_of_wrong_type", with_urls("[{a: b}]"),
                "f:3:10: no text, expected a URL such as amqp://user@host:5672/vhost\n"},
        Mistake{"url_scheme", with_urls("['http://guest:hunter2@h']"),
                "f:3:10: no URL of a broker: a broker's URL starts with amqp:// or amqps://, as in "
                "amqp://user@host:5672/vhost\n"},
        Mistake{"url_port", with_urls("['amqp://h:0', 'amqp://guest:hunter2@h:x']"),
                "f:3:10: no URL of a broker: the port is not a number from 1 to 65535; in a password '/' is "
                "written "
                "as %2F\n"
                "f:3:24: no URL of a broker: the port is not a number from 1 to 65535; in a password '/' is "
                "written "
                "as %2F\n"},
        Mistake{"url_slash_in_password", with_urls("['amqp://guest:hunter2/x@h']"),
                "f:3:10: no URL of a broker: the port is not a number from 1 to 65535; in a password '/' is "
                "written "
                "as %2F\n"},
        Mistake{"shuffle_word", with_broker("shuffle: often"), "f:4:12: 'often', expected true or false\n"},
        Mistake{"queue_type_word", with_broker("queue_type: quorun"),
                "f:4:15: 'quorun', expected one of classic, quorum; did you mean 'quorum'?\n"},
        Mistake{"authentication_word", with_broker("authentication: certificate"),
                "f:4:19: 'certificate', expected one of password, external\n"},
        Mistake{"authentication_without_certificate",
                jig + "broker: {urls: ['amqps://h'], authentication: external}\n",
                "f:2:47: external needs the certificate that says who this is, expected tls with "
                "certificate_file and key_file\n"},
        Mistake{"tls_unknown_key", jig + "broker: {urls: ['amqps://h'], tls: {verify: false}}\n",
                "f:2:37: broker.tls has no key 'verify', expected one of ca_file, certificate_file, "
                "key_file\n"},
        Mistake{"tls_of_wrong_type", jig + "broker: {urls: ['amqps://h'], tls: true}\n",
                "f:2:36: broker.tls is text, expected a map of 'key: value'\n"},
        Mistake{
            "credential_name", with_broker("password_credential: ../secret"),
            "f:4:24: '../secret', expected the name of a systemd credential, without '/' and ':', such as "
            "broker-password\n"},
        Mistake{"credential_list", with_broker("password_credential: [a]"),
                "f:4:24: a list, expected text\n"},
        Mistake{"heartbeat_without_unit", with_broker("heartbeat: 10"),
                "f:4:14: '10' has no unit, expected a duration from 0s to 10m; write it with us, ms, s, m or "
                "h, as "
                "in 10s\n"},
        Mistake{"heartbeat_too_long", with_broker("heartbeat: 11m"),
                "f:4:14: '11m', expected a duration from 0s to 10m\n"},
        Mistake{"heartbeat_not_whole", with_broker("heartbeat: 1500ms"),
                "f:4:14: '1500ms', expected whole seconds\n"},
        Mistake{"heartbeat_of_wrong_type", with_broker("heartbeat: fast"),
                "f:4:14: 'fast', expected a duration from 0s to 10m; write a whole number and us, ms, s, m "
                "or h, as "
                "in 500ms\n"},
        Mistake{"prefetch_zero", with_broker("prefetch: 0"),
                "f:4:13: '0', expected an integer from 1 to 1000\n"},
        Mistake{"prefetch_of_wrong_type", with_broker("prefetch: many"),
                "f:4:13: 'many', expected an integer from 1 to 1000\n"},
        Mistake{"prefetch_besides_max_waiting", with_broker("prefetch: 32") + "requests: {max_waiting: 64}\n",
                "f:4:13: prefetch is the old name of requests.max_waiting, which is set, too; expected only "
                "requests.max_waiting\n"},
        Mistake{"max_waiting_zero", jig + broker + "requests: {max_waiting: 0}\n",
                "f:3:25: '0', expected an integer from 1 to 10000\n"},
        Mistake{"max_waiting_large", jig + broker + "requests: {max_waiting: 10001}\n",
                "f:3:25: '10001', expected an integer from 1 to 10000\n"},
        Mistake{"prefetch_in_quotes", with_broker("prefetch: '32'"),
                "f:4:13: the text '32', expected an integer from 1 to 1000\n"},
        Mistake{"connect_timeout_short", with_broker("connect_timeout: 99ms"),
                "f:4:20: '99ms', expected a duration from 100ms to 5m\n"},
        Mistake{"reconnect_cap_long", with_broker("reconnect_cap: 1h"),
                "f:4:18: '1h', expected a duration from 100ms to 10m\n"},
        Mistake{"queue_expires_long", with_broker("queue_expires: 1001h"),
                "f:4:18: '1001h', expected a duration from 1s to 1000h\n"},
        Mistake{"message_ttl_not_whole", with_broker("message_ttl: 1000001us"),
                "f:4:16: '1000001us', expected whole milliseconds\n"},
        Mistake{"default_over_longest", jig + broker + "requests: {default_timeout: 20m}\n",
                "f:3:29: default_timeout 20m is longer than longest_timeout 10m, expected at most as long\n"},
        Mistake{"longest_under_default", jig + broker + "requests: {longest_timeout: 5s}\n",
                "f:3:29: default_timeout 10s is longer than longest_timeout 5s, expected at most as long\n"},
        Mistake{"longest_body_small", jig + broker + "requests: {longest_body: 10}\n",
                "f:3:26: '10', expected an integer from 1024 to 16777216\n"},
        Mistake{"level", jig + broker + "log: {level: inof}\n",
                "f:3:14: 'inof', expected one of error, warn, info, debug, trace; did you mean 'info'?\n"},
        Mistake{"state_dir_relative", jig + broker + "state_dir: state\n",
                "f:3:12: 'state', expected an absolute path\n"}),
    [](const auto& test) { return test.param.name; });

TEST(Mistakes, AreAllSaidAtOnceInTheOrderOfTheFile) {
    EXPECT_EQ(
        problems_of("log: {level: loud}\n"
                    "broker:\n"
                    "  prefetch: 0\n"
                    "  urls: ['amqp://me:hunter2@h', 'me:hunter2@h']\n"
                    "  password: hunter2\n"
                    "  heartbeat: 5\n"
                    "  heartbeat: 6\n"
                    "jig:\n"
                    "  port: COM3\n"
                    "  serial: ü\n"
                    "extra: 1\n"),
        "f:1:14: 'loud', expected one of error, warn, info, debug, trace\n"
        "f:3:13: '0', expected an integer from 1 to 1000\n"
        "f:4:33: no URL of a broker: a broker's URL starts with amqp:// or amqps://, as in "
        "amqp://user@host:5672/vhost\n"
        "f:5:3: broker has no key 'password', " +
            std::string(broker_keys) +
            "; did you mean 'password_file'?\n"
            "f:6:14: '5' has no unit, expected a duration from 0s to 10m; write it with us, ms, s, m or h, "
            "as in "
            "5s\n"
            "f:7:3: the key 'heartbeat' is here again, first at 6:3, expected each key once\n"
            "f:9:3: jig has no key 'profile', which is required\n"
            "f:9:9: 'COM3', " +
            std::string(port_rule) + "f:10:11: 'ü', " + serial_rule +
            "f:11:1: the file has no key 'extra', expected one of jig, broker, requests, safe_state, record, "
            "log, state_dir\n");
}

TEST(Mistakes, NeverShowAPassword) {
    for (const std::string broker_section : {"{urls: 'amqp://me:hunter2@h'}",
                                             "{urls: {'amqp://me:hunter2@h': 1}}",
                                             "{'amqp://me:hunter2@h': 1}",
                                             "'amqp://me:hunter2@h'",
                                             "['amqp://me:hunter2@h']",
                                             "{urls: [['amqp://me:hunter2@h']]}",
                                             "{urls: ['amqp://me:hunter2@h/a/b']}",
                                             "{urls: ['amqp://me:hunter2@h/?x=hunter2']}",
                                             "{urls: ['amqp://me:hunter2%@h']}",
                                             "{urls: ['amqp://me:hunter2/@h']}",
                                             "{urls: ['amqp://me:hunter2@[h']}",
                                             "{urls: ['amqp://me:hunter2@']}",
                                             "{urls: ['AMQP://me:hunter2@h']}",
                                             "{urls: [*hunter2]}",
                                             "{urls: [&hunter2 x]}",
                                             "{urls: [!hunter2 x]}",
                                             "{urls: ['amqp://h'], password_file: 'amqp://me:hunter2@h'}",
                                             "{urls: ['amqp://h'], heartbeat: 'amqp://me:hunter2@h'}",
                                             "{urls: ['amqp://h'], password: hunter2}",
                                             "{urls: ['amqp://me:hunter2@h', ",
                                             "{urls: [amqp://me:hunter2@h: x]}"}) {
        const auto problems =
            problems_of(std::string(jig).append("broker: ").append(broker_section).append("\n"));
        EXPECT_NE(problems, "") << broker_section;
        EXPECT_EQ(problems.find("hunter2"), std::string::npos) << problems;
    }
}

class PasswordFile : public test::Scratch {
  protected:
    [[nodiscard]] std::string problems_with(const std::string& written) const {
        return problems_of(with_broker("password_file: " + written), (folder() / "f").string());
    }
    [[nodiscard]] std::string at_the_path() const { return (folder() / "f").string() + ":4:18: "; }
};

TEST_F(PasswordFile, ThatIsNotThereIsAProblem) {
    EXPECT_EQ(problems_with("none"),
              at_the_path() + "the password file 'none' can't be read: No such file or directory\n");
    EXPECT_EQ(problems_with("."), at_the_path() + "the password file '.' can't be read: Is a directory\n");
    EXPECT_EQ(problems_with("[]"), at_the_path() + "a list, expected text\n");
}

TEST_F(PasswordFile, ThatHoldsNoPasswordIsAProblem) {
    write("empty", "\n");
    EXPECT_EQ(problems_with("empty"),
              at_the_path() + "the password file 'empty' is empty, expected the password on its only line\n");
    const auto more_than_one = " holds more than one line of up to 1024 bytes, expected the password alone\n";
    for (const auto& content : {std::string("hunter2\nmore\n"), std::string("hunter2\n\n"),
                                std::string("hun\0ter2", 8), std::string(1025, 'x')}) {
        write("long", content);
        EXPECT_EQ(problems_with("long"), at_the_path() + "the password file 'long'" + more_than_one);
    }
}

class PasswordCredential : public test::Scratch {};

TEST_F(PasswordCredential, ThatSystemdDidNotGiveIsAProblem) {
    const test::Variable variable("CREDENTIALS_DIRECTORY", "");
    EXPECT_EQ(problems_of(with_broker("password_credential: broker-password")),
              "f:4:24: the credential 'broker-password' is not there: systemd gave none "
              "(CREDENTIALS_DIRECTORY is not set); write "
              "LoadCredential=broker-password:/etc/jigd/broker-password under [Service] with: systemctl edit "
              "jigd; outside of the service set CREDENTIALS_DIRECTORY=/etc/jigd\n");
}

TEST_F(PasswordCredential, ThatIsNotThereOrEmptyIsAProblem) {
    const test::Variable variable("CREDENTIALS_DIRECTORY", folder().string());
    write("empty", "\n");
    EXPECT_EQ(problems_of(with_broker("password_credential: other")),
              "f:4:24: the credential 'other' can't be read: No such file or directory\n");
    EXPECT_EQ(problems_of(with_broker("password_credential: empty")),
              "f:4:24: the credential 'empty' is empty, expected the password on its only line\n");
}

TEST_F(PasswordCredential, ExcludesAPasswordFile) {
    const test::Variable variable("CREDENTIALS_DIRECTORY", folder().string());
    const auto secret = write("secret", "hunter2\n");
    EXPECT_EQ(problems_of(jig + "broker:\n  urls: ['amqp://h']\n  password_file: " + secret +
                          "\n  password_credential: secret\n"),
              "f:5:24: password_credential is here besides password_file, expected only one of them\n");
}

class TlsSection : public test::Scratch {
  protected:
    [[nodiscard]] std::string problems_with(const std::string& tls, const std::string& url = "amqps://h",
                                            const std::string& more = "") const {
        write("ca.pem", "PEM");
        write("jig.pem", "PEM");
        write("jig.key", "PEM");
        write("secret", "hunter2\n");
        write("empty", "");
        return problems_of(jig + "broker:\n  urls: ['" + url + "']\n  tls: {" + tls + "}\n" + more,
                           (folder() / "f").string());
    }
    [[nodiscard]] std::string at(const std::string& place) const {
        return (folder() / "f").string() + ":" + place + ": ";
    }
    const std::string both_ = "certificate_file: jig.pem, key_file: jig.key";
};

TEST_F(TlsSection, IsGoodWithFilesThatCanBeRead) {
    EXPECT_EQ(problems_with("ca_file: ca.pem, " + both_), "");
    EXPECT_EQ(problems_with("ca_file: " + (folder() / "ca.pem").string()), "");
    EXPECT_EQ(problems_with("", "amqp://h"), "") << "with every key commented out it is absent";
}

TEST_F(TlsSection, NamesEachFileThatCanNotBeRead) {
    EXPECT_EQ(problems_with("ca_file: none, certificate_file: ., key_file: empty"),
              at("4:18") + "the ca_file 'none' can't be read: No such file or directory\n" + at("4:42") +
                  "the certificate_file '.' can't be read: Is a directory\n" + at("4:55") +
                  "the key_file 'empty' is empty, expected it in PEM\n");
}

TEST_F(TlsSection, WantsCertificateAndKeyTogether) {
    EXPECT_EQ(problems_with("certificate_file: jig.pem"),
              at("4:27") + "certificate_file has no key_file beside it, expected both\n");
    EXPECT_EQ(problems_with("key_file: jig.key"),
              at("4:19") + "key_file has no certificate_file beside it, expected both\n");
}

TEST_F(TlsSection, IsAProblemWhereNoUrlIsAmqps) {
    EXPECT_EQ(problems_with("ca_file: ca.pem", "amqp://h"),
              at("4:8") +
                  "tls is of no use to amqp URLs; write amqps:// (its port is 5671), or take tls away\n");
    EXPECT_EQ(problems_with("ca_file: ca.pem", "amqp://h', 'amqps://h"), "");
}

TEST_F(TlsSection, OfExternalAuthenticationLeavesNoRoomForAPassword) {
    const std::string external = "  authentication: external\n";
    EXPECT_EQ(problems_with(both_, "amqps://h", external), "");
    EXPECT_EQ(problems_with(both_, "amqps://h', 'amqp://i", external),
              at("3:23") + "an amqp URL, expected amqps:// with authentication: external\n");
    EXPECT_EQ(problems_with(both_, "amqps://h", external + "  password_file: secret\n"),
              at("6:18") + "password_file is of no use with authentication: external, expected only one of "
                           "them\n");
}

TEST(Mistakes, OfAMissingFileNameIt) {
    try {
        static_cast<void>(load("/nonexistent/jigd.yaml"));
        FAIL() << "loaded";
    } catch (const yaml::Invalid& invalid) {
        EXPECT_STREQ(invalid.what(), "/nonexistent/jigd.yaml: can't be read: No such file or directory\n");
    }
}

} // namespace
} // namespace jigd::config
