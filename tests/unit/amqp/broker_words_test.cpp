#include "amqp/broker_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

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

struct Case {
    Attempt attempt;
    int code;
    const char* text;
    Kind kind;
    const char* says;
};

TEST(ExplainClose, SaysWhatWasRefusedAndWhatMendsIt) {
    const Case cases[] = {
        {{What::login, "lab"},
         403,
         "ACCESS_REFUSED - Login was refused",
         Kind::refused,
         "user 'jig' was refused"},
        {{What::login, "lab"},
         403,
         "ACCESS_REFUSED",
         Kind::refused,
         "rabbitmqctl change_password jig PASSWORD"},
        {{What::login, "lab"},
         530,
         "NOT_ALLOWED - vhost lab not found",
         Kind::refused,
         "rabbitmqctl add_vhost lab"},
        {{What::login, "lab"},
         530,
         "NOT_ALLOWED - access to vhost 'lab' refused for user 'jig'",
         Kind::refused,
         "rabbitmqctl set_permissions -p lab jig '.*' '.*' '.*'"},
        {{What::login, "lab"},
         541,
         "INTERNAL_ERROR - vhost is down",
         Kind::unreachable,
         "541 INTERNAL_ERROR"},
        {{What::declare, "jigd.J"},
         403,
         "ACCESS_REFUSED - access to queue 'jigd.J'",
         Kind::refused,
         "rabbitmqctl set_permissions -p lab jig"},
        {{What::declare, "jigd.J"},
         406,
         "PRECONDITION_FAILED - inequivalent arg 'x-expires'",
         Kind::refused,
         "rabbitmqctl delete_queue -p lab jigd.J"},
        {{What::declare, "jigd.J"}, 404, "NOT_FOUND - no queue", Kind::refused, "404"},
        {{What::declare, "jigd.J"},
         404,
         "NOT_FOUND - home node 'r@b' of durable queue is down or inaccessible",
         Kind::unreachable,
         "home node"},
        {{What::declare, "jigd.J"},
         405,
         "RESOURCE_LOCKED",
         Kind::refused,
         "queue jigd.J belongs to another connection"},
        {{What::consume, "jigd.J"},
         403,
         "ACCESS_REFUSED - queue 'jigd.J' in vhost 'lab' in exclusive use",
         Kind::refused,
         "another consumer already serves queue jigd.J (only one jigd may serve a jig)"},
        {{}, 320, "CONNECTION_FORCED - bye", Kind::unreachable, "320 CONNECTION_FORCED - bye"},
    };
    for (const auto& each : cases) {
        const auto error =
            explain_close(each.attempt, lab(), static_cast<std::uint16_t>(each.code), each.text);
        EXPECT_EQ(error.kind(), each.kind) << each.text;
        EXPECT_EQ(error.code(), each.code);
        EXPECT_THAT(error.what(), HasSubstr(each.says));
        EXPECT_THAT(error.what(), HasSubstr("broker:5672"));
        EXPECT_THAT(error.what(), Not(HasSubstr("s3cret")));
    }
}

TEST(ExplainClose, QuotesNamesForTheShell) {
    auto url = lab();
    url.user = "a b'; rm";
    EXPECT_THAT(explain_close({What::declare, "q"}, url, 403, "ACCESS_REFUSED").what(),
                HasSubstr("set_permissions -p lab 'a b'\\''; rm' "));
}

} // namespace
} // namespace jigd::amqp
