#include "amqp/broker_words.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = ConnectionError::Kind;
using What = Attempt::What;

Url lab() {
    Url url;
    url.host = "broker";
    url.user = "jig";
    url.password = "s3cret";
    url.vhost = "lab";
    return url;
}

// As RabbitMQ 3.10.8 puts it.
constexpr const char* login_refused =
    "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. "
    "For details see the broker logfile.";
constexpr const char* queue_refused =
    "ACCESS_REFUSED - access to queue 'jigd.J' in vhost 'lab' refused for user 'jig'";
constexpr const char* exchange_refused =
    "ACCESS_REFUSED - access to exchange 'amq.topic' in vhost 'lab' refused for user 'jig'";
constexpr const char* default_exchange_refused =
    "ACCESS_REFUSED - access to exchange 'amq.default' in vhost 'lab' refused for user 'jig'";
constexpr const char* topic_read_refused = "ACCESS_REFUSED - access to topic 'J.Req.*' in exchange "
                                           "'amq.topic' in vhost 'lab' refused for user 'jig'";
constexpr const char* topic_write_refused = "ACCESS_REFUSED - access to topic 'J.Evt.X' in exchange "
                                            "'amq.topic' in vhost 'lab' refused for user 'jig'";
constexpr const char* set_permissions =
    R"(rabbitmqctl set_permissions -p lab jig '^jigd\.' '^(jigd\.|amq\.default$|amq\.topic$)' )"
    R"('^(jigd\.|amq\.topic$)')";
constexpr const char* set_topic_permissions =
    R"(rabbitmqctl set_topic_permissions -p lab jig amq.topic '^[^.]+\.(Evt\.|Req\.JigIdentity$)' '^[^.]+\.Req\.')";

struct Case {
    Attempt attempt;
    int code;
    const char* text;
    Kind kind;
    std::vector<const char*> says;
};

void expect_words(const std::vector<Case>& cases) {
    for (const auto& each : cases) {
        const auto error =
            explain_close(each.attempt, lab(), static_cast<std::uint16_t>(each.code), each.text);
        EXPECT_EQ(error.kind(), each.kind) << each.text;
        EXPECT_EQ(error.code(), each.code);
        for (const auto* const words : each.says) {
            EXPECT_THAT(error.what(), HasSubstr(words));
        }
        EXPECT_THAT(error.what(), HasSubstr("broker:5672 said " + std::to_string(each.code)));
        EXPECT_THAT(error.what(), HasSubstr(each.text));
        EXPECT_THAT(error.what(), Not(HasSubstr("s3cret")));
        EXPECT_THAT(error.what(), Not(HasSubstr(".*' '.*"))) << "more than is needed";
    }
}

TEST(ExplainClose, SaysWhyALoginIsRefusedAndWhatMendsIt) {
    expect_words({
        {{What::login, "lab"},
         403,
         login_refused,
         Kind::refused,
         {"user 'jig' was refused (wrong password, no such user", "own machine, as guest",
          "rabbitmqctl change_password jig PASSWORD (docs/operations.md has the commands for a new user)"}},
        {{What::login, "lab"},
         530,
         "NOT_ALLOWED - vhost lab not found",
         Kind::refused,
         {"vhost 'lab' does not exist, so user 'jig' cannot use it", "rabbitmqctl add_vhost lab",
          set_permissions}},
        {{What::login, "lab"},
         530,
         "NOT_ALLOWED - access to vhost 'lab' refused for user 'jig'",
         Kind::refused,
         {"user 'jig' has no permission in vhost 'lab'", set_permissions,
          R"(who only calls jigs needs no more than '^$' '^amq\.topic$' '^$')"}},
        {{What::login, "lab"},
         530,
         "NOT_ALLOWED - access to vhost 'lab' refused for user 'jig': connection limit (0) is reached",
         Kind::unreachable,
         {"has as many connections as it may", "rabbitmqctl list_vhost_limits -p lab"}},
        {{What::login, "lab"},
         530,
         "NOT_ALLOWED - connection refused for user 'jig': user connection limit (0) is reached",
         Kind::unreachable,
         {"has as many connections as it may", "rabbitmqctl list_user_limits --user jig"}},
        {{What::login, "lab"}, 541, "INTERNAL_ERROR - vhost is down", Kind::unreachable, {}},
    });
}

TEST(ExplainClose, NamesTheMissingPermission) {
    expect_words({
        {{What::declare, "jigd.J"},
         403,
         queue_refused,
         Kind::refused,
         {"user 'jig' lacks the configure permission on queue 'jigd.J' in vhost 'lab'", set_permissions,
          "in place of its present ones"}},
        {{What::bind, "jigd.J"},
         403,
         queue_refused,
         Kind::refused,
         {"lacks the write permission on queue 'jigd.J'", set_permissions}},
        {{What::bind, "jigd.J"},
         403,
         exchange_refused,
         Kind::refused,
         {"lacks the read permission on exchange 'amq.topic'", set_permissions}},
        {{What::bind, "jigd.J"},
         403,
         topic_read_refused,
         Kind::refused,
         {"lacks the read permission for topic 'J.Req.*' on exchange 'amq.topic' in vhost 'lab'",
          set_topic_permissions}},
        {{What::consume, "jigd.J"},
         403,
         queue_refused,
         Kind::refused,
         {"lacks the read permission on queue 'jigd.J'", set_permissions}},
        {{What::publish, ""},
         403,
         default_exchange_refused,
         Kind::refused,
         {"lacks the write permission on exchange 'amq.default'", set_permissions}},
        {{What::publish, ""},
         403,
         exchange_refused,
         Kind::refused,
         {"lacks the write permission on exchange 'amq.topic'", set_permissions}},
        {{What::publish, ""},
         403,
         topic_write_refused,
         Kind::refused,
         {"lacks the write permission for topic 'J.Evt.X' on exchange 'amq.topic'", set_topic_permissions}},
        {{}, 403, queue_refused, Kind::unreachable, {"lacks the needed permission on queue 'jigd.J'"}},
        {{What::declare, "jigd.J"}, 403, "ACCESS_REFUSED", Kind::refused, {"user 'jig' lacks a permission"}},
    });
}

TEST(ExplainClose, SaysWhatIsWrongWithAQueue) {
    expect_words({
        {{What::declare, "jigd.J"},
         406,
         "PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue 'jigd.J' in vhost 'lab': received "
         "'1000' but current is '60000'",
         Kind::refused,
         {"queue jigd.J exists with other settings", "rabbitmqctl delete_queue -p lab jigd.J"}},
        {{What::declare, "jigd.J"},
         406,
         "PRECONDITION_FAILED - cannot declare queue 'jigd.J': queue limit in vhost 'lab' (0) is reached",
         Kind::refused,
         {"vhost 'lab' has as many queues as it may", "rabbitmqctl list_vhost_limits -p lab"}},
        {{What::bind, "jigd.J"},
         404,
         "NOT_FOUND - no exchange 'amq.topic' in vhost 'lab'",
         Kind::refused,
         {}},
        {{What::consume, "jigd.J"},
         404,
         "NOT_FOUND - no queue 'jigd.J' in vhost 'lab'",
         Kind::unreachable,
         {}},
        {{What::declare, "jigd.J"},
         404,
         "NOT_FOUND - queue 'jigd.J' in vhost 'lab' process is stopped by supervisor",
         Kind::unreachable,
         {}},
        {{What::declare, "jigd.J"},
         404,
         "NOT_FOUND - home node 'r@b' of durable queue 'jigd.J' in vhost 'lab' is down or inaccessible",
         Kind::unreachable,
         {"queue jigd.J is on a node of the cluster that is down", "broker.queue_type: quorum"}},
        {{What::declare, "jigd.J"},
         405,
         "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'jigd.J' in vhost 'lab'. It could "
         "be originally declared on another connection or the exclusive property value does not match that "
         "of the original declaration.",
         Kind::refused,
         {"queue jigd.J belongs to another connection"}},
        {{What::consume, "jigd.J"},
         403,
         "ACCESS_REFUSED - queue 'jigd.J' in vhost 'lab' in exclusive use",
         Kind::refused,
         {"another consumer already serves queue jigd.J (only one jigd may serve a jig)",
          "rabbitmqctl list_consumers -p lab"}},
        {{What::publish, ""},
         406,
         "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 3000 "
         "ms. "
         "This timeout value can be configured, see consumers doc guide to learn more",
         Kind::unreachable,
         {"a request took longer than the broker waits for one", "consumer_timeout",
          "requests.longest_timeout"}},
    });
}

TEST(ExplainClose, LeavesTheRestInTheBrokersWords) {
    expect_words({{{}, 320, "CONNECTION_FORCED - user 'jig' is deleted", Kind::unreachable, {}},
                  {{What::publish, ""}, 406, "PRECONDITION_FAILED - other", Kind::unreachable, {}}});
}

/// With SASL EXTERNAL the URL names no user, and the certificate's name is what the broker makes of it.
TEST(ExplainClose, TakesTheUsersNameFromTheBrokerWhereACertificateGaveIt) {
    auto url = lab();
    url.user.clear();
    url.password.clear();
    EXPECT_THAT(explain_close({What::login, "lab"}, url, 403,
                              "ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. "
                              "For details see the broker logfile.")
                    .what(),
                AllOf(HasSubstr("the broker has no user of the name that it takes from this certificate"),
                      HasSubstr("rabbitmqctl add_user NAME PASSWORD"), HasSubstr("-p lab NAME '")));
    EXPECT_THAT(
        explain_close({What::login, "lab"}, url, 530,
                      "NOT_ALLOWED - access to vhost 'lab' refused for user 'CN=jig 1,O=x'")
            .what(),
        AllOf(HasSubstr("user 'CN=jig 1,O=x' has no permission"), HasSubstr("-p lab 'CN=jig 1,O=x' '")));
    EXPECT_THAT(explain_close({What::login, "lab"}, url, 530, "NOT_ALLOWED - vhost lab not found").what(),
                AllOf(HasSubstr("vhost 'lab' does not exist; check"), HasSubstr("-p lab NAME '")));
    url.user = "guest"; // what a URL without a user stands for
    EXPECT_THAT(explain_close({What::consume, "jigd.J"}, url, 403,
                              "ACCESS_REFUSED - access to queue 'jigd.J' in vhost 'lab' refused for user "
                              "'CN=jig'")
                    .what(),
                HasSubstr("user 'CN=jig' lacks the read permission"));
}

TEST(ExplainClose, QuotesNamesForTheShell) {
    auto url = lab();
    url.user = "a b'; rm";
    EXPECT_THAT(explain_close({What::declare, "q"}, url, 403, "ACCESS_REFUSED").what(),
                HasSubstr("set_permissions -p lab 'a b'\\''; rm' "));
}

} // namespace
} // namespace jigd::amqp
