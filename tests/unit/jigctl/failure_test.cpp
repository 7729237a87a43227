#include "jigctl/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::jigctl {
namespace {

using testing::HasSubstr;
using testing::Not;

CallArguments call() {
    CallArguments arguments;
    arguments.serial = "JIG-0001";
    arguments.request = "SetRelay";
    arguments.broker = "amqp://me:top-secret@lab:5673/v";
    return arguments;
}

const Subject subject{"JIG-0001", "SetRelay"};

TEST(Failure, NoAnswerTellsHowToAskAgain) {
    const auto failure = failure_of(client::NoAnswer("no answer within 1000 ms", "m-1"), call());
    EXPECT_EQ(failure.status, ExitStatus::no_answer);
    EXPECT_EQ(
        render_failure(subject, failure, Style{}),
        "JIG-0001 SetRelay: no_answer: no answer within 1000 ms\n"
        "  the jig may be busy or its jigd stopped: try a longer --timeout, or jigctl call JIG-0001 "
        "JigHealth\n"
        "  it may or may not have been carried out: the same command with --id m-1 asks for its outcome, "
        "and carries it out only if it never began (in the jig's journal it is REQUEST_ID=m-1)\n");
    const auto envelope = nlohmann::json::parse(failure_envelope(failure));
    EXPECT_EQ(envelope["ok"], false);
    EXPECT_EQ(envelope["error"]["code"], "no_answer");
    EXPECT_EQ(envelope["error"]["executed"], "unknown");
    EXPECT_EQ(envelope["error"]["message_id"], "m-1");
}

TEST(Failure, NobodyServesNamesTheBrokerWithoutThePassword) {
    const auto failure = failure_of(client::Unserved("nobody serves JIG-0001", "m"), call());
    EXPECT_EQ(failure.status, ExitStatus::unserved);
    const auto text = render_failure(subject, failure, Style{}) + failure_envelope(failure);
    EXPECT_THAT(text, HasSubstr("amqp://me@lab:5673/v"));
    EXPECT_THAT(text, Not(HasSubstr("top-secret")));
    EXPECT_THAT(text, Not(HasSubstr("message_id")));
}

TEST(Failure, WithEveryJigAskedThereIsNotASerialToCheck) {
    auto arguments = call();
    arguments.serial = "_all";
    EXPECT_THAT(render_failure(subject, failure_of(client::Unserved("nobody", "m"), arguments), Style{}),
                Not(HasSubstr("spelling")));
    EXPECT_EQ(no_jig_answered(arguments).status, ExitStatus::no_answer);
}

TEST(Failure, UnreachableBeforeAndAfterSending) {
    const auto before = failure_of(client::Unreachable("refused", Executed::no, "m"), call());
    EXPECT_EQ(before.status, ExitStatus::unreachable);
    EXPECT_THAT(failure_envelope(before), Not(HasSubstr("may or may not")));
    const auto after = failure_of(client::Unreachable("lost", Executed::unknown, "m-2"), call());
    EXPECT_THAT(render_failure(subject, after, Style{}), HasSubstr("REQUEST_ID=m-2"));
}

TEST(Failure, ARefusalPointsAtTheCertificateWhereThatSaysWhoAsks) {
    auto arguments = call();
    arguments.broker = "amqps://lab/v";
    arguments.authentication = Authentication::external;
    const auto failure = failure_of(client::Unreachable("403", Executed::no, "", true), arguments);
    EXPECT_EQ(failure.status, ExitStatus::unreachable);
    EXPECT_THAT(render_failure(subject, failure, Style{}),
                HasSubstr("check certificate, vhost and permissions: --broker or JIGCTL_BROKER, now "
                          "amqps://lab:5671/v\n"));
}

TEST(Failure, ARefusalPointsAtThePassword) {
    const auto failure = failure_of(client::Unreachable("403", Executed::no, "", true), call());
    EXPECT_THAT(render_failure(subject, failure, Style{}), HasSubstr("check user, password"));
}

} // namespace
} // namespace jigd::jigctl
