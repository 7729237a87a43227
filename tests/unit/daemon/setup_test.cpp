#include "daemon/setup.hpp"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"
#include "yaml/document.hpp"

namespace jigd::daemon {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string identify = R"({send: "ID?", match: '^ID (?P<serial>\S+)$', example: "ID 1"})";
const std::string safe_state = "safe_state: [{request: Off}]\n";

class Setup : public testing::Test {
  protected:
    /// A profile of driver `line` that says its serial and nothing else, unless it is changed.
    std::string profile_file(const std::string& driver = "line", const std::string& identity = identify,
                             const std::string& rest = safe_state) const {
        return write("lamp.yaml",
                     "spec: 1\nname: lamp\ndriver: " + driver +
                         "\nline: {send_end: \"\\n\", reply_end: \"\\r\\n\"}\nidentify: " + identity +
                         "\nrequests:\n  Off:\n    kind: set\n    steps: [{send: \"OFF\", match: '^OK$'}]\n" +
                         rest);
    }
    std::string write(const std::string& name, const std::string& text) const {
        const auto path = folder_.path() / name;
        std::ofstream(path) << text;
        return path.string();
    }
    [[nodiscard]] config::Config config(const std::string& profile) const {
        config::Config config;
        config.path = "jigd.yaml";
        config.jig.profile = profile;
        return config;
    }
    /// What is wrong with it; "" when nothing is.
    template<typename Check>
    static std::string problems(Check check) {
        try {
            check();
        } catch (const yaml::Invalid& invalid) {
            return invalid.what();
        }
        return "";
    }
    static std::string load_problems(const config::Config& config) {
        return problems([&] { (void)load_profile(config); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(Setup, LoadsTheProfileThatTheConfigurationNames) {
    auto wanted = config(profile_file());
    wanted.safe_state.on_start = true;
    wanted.safe_state.on_broker_loss = 5s;
    EXPECT_EQ(load_problems(wanted), "");
    EXPECT_EQ(load_profile(wanted).name, "lamp");
}

TEST_F(Setup, AnUnknownDriverIsNamedWithThoseThatExist) {
    EXPECT_THAT(load_problems(config(profile_file("telepathy"))),
                AllOf(HasSubstr("telepathy"), HasSubstr("line"), HasSubstr("lamp.yaml")));
}

TEST_F(Setup, AMissingProfileIsTheConfigurationsMistake) {
    EXPECT_THAT(load_problems(config((folder_.path() / "nosuch.yaml").string())),
                AllOf(HasSubstr("jigd.yaml"), HasSubstr("jig.profile"), HasSubstr("nosuch.yaml")));
    EXPECT_THAT(load_problems(config("testx-jik")), AllOf(HasSubstr("testx-jik"), HasSubstr("testx-jig")));
}

TEST_F(Setup, WhatIsDemandedOfTheBoardItMustBeAbleToSay) {
    auto wanted = config(profile_file());
    wanted.jig.identity_model = "LAMP";
    wanted.jig.identity_firmware = VersionRange(">=1.4");
    EXPECT_THAT(load_problems(wanted), AllOf(HasSubstr("jigd.yaml"), HasSubstr("jig.identity.model"),
                                             HasSubstr("jig.identity.firmware")));
    wanted.jig.identity_firmware.reset();
    EXPECT_THAT(load_problems(wanted), Not(HasSubstr("firmware")));
    wanted.jig.profile = profile_file("line", "none");
    EXPECT_THAT(load_problems(wanted), HasSubstr("identify: none"));
}

TEST_F(Setup, ASafeStateThatIsAskedForMustBeInTheProfile) {
    auto wanted = config(profile_file("line", identify, ""));
    EXPECT_EQ(load_problems(wanted), "") << "on_stop is the default, and asks for nothing";
    wanted.safe_state.on_start = true;
    EXPECT_THAT(load_problems(wanted),
                AllOf(HasSubstr("safe_state.on_start"), Not(HasSubstr("on_broker_loss"))));
    wanted.safe_state.on_broker_loss = 5s;
    EXPECT_THAT(load_problems(wanted),
                AllOf(HasSubstr("safe_state.on_start"), HasSubstr("safe_state.on_broker_loss")));
}

TEST_F(Setup, TheFilesOfTlsAreReadWhereABrokerIsReachedByTls) {
    auto wanted = config("lamp");
    wanted.broker.tls.ca_file = write("ca.pem", "not a certificate");
    wanted.broker.urls = {parse_url("amqp://localhost")};
    EXPECT_EQ(problems([&] { check_tls(wanted); }), "");
    wanted.broker.urls.push_back(parse_url("amqps://localhost"));
    EXPECT_THAT(problems([&] { check_tls(wanted); }),
                AllOf(HasSubstr("jigd.yaml"), HasSubstr("broker.tls"), HasSubstr("ca.pem")));
}

} // namespace
} // namespace jigd::daemon
