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
    const char* text;
    const char* says;
    Kind kind;
    int code;
};

TEST(ExplainClose, SaysWhatWasRefusedAndWhatMendsIt) {
    const Case cases[] = {
        {{What::login, "lab"},
         "ACCESS_REFUSED - Login was refused",
         "user 'jig' was refused",
         Kind::refused,
         403},
        {{What::login, "lab"},
         "ACCESS_REFUSED",
         "rabbitmqctl change_password jig PASSWORD",
         Kind::refused,
         403},
        {{What::login, "lab"},
         "NOT_ALLOWED - vhost lab not found",
         "rabbitmqctl add_vhost lab",
         Kind::refused,
         530},
        {{What::login, "lab"},
         "NOT_ALLOWED - access to vhost 'lab' refused for user 'jig'",
         "rabbitmqctl set_permissions -p lab jig '.*' '.*' '.*'",
         Kind::refused,
         530},
        {{What::login, "lab"},
         "INTERNAL_ERROR - vhost is down",
         "541 INTERNAL_ERROR",
         Kind::unreachable,
         541},
        {{What::declare, "jigd.J"},
         "ACCESS_REFUSED - access to queue 'jigd.J'",
         "rabbitmqctl set_permissions -p lab jig",
         Kind::refused,
         403},
        {{What::declare, "jigd.J"},
         "PRECONDITION_FAILED - inequivalent arg 'x-expires'",
         "rabbitmqctl delete_queue -p lab jigd.J",
         Kind::refused,
         406},
        {{What::declare, "jigd.J"}, "NOT_FOUND - no queue", "404", Kind::refused, 404},
        {{What::declare, "jigd.J"},
         "NOT_FOUND - home node 'r@b' of durable queue is down or inaccessible",
         "home node",
         Kind::unreachable,
         404},
        {{What::declare, "jigd.J"},
         "RESOURCE_LOCKED",
         "queue jigd.J belongs to another connection",
         Kind::refused,
         405},
        {{What::consume, "jigd.J"},
         "ACCESS_REFUSED - queue 'jigd.J' in vhost 'lab' in exclusive use",
         "another consumer already serves queue jigd.J (only one jigd may serve a jig)",
         Kind::refused,
         403},
        {{}, "CONNECTION_FORCED - bye", "320 CONNECTION_FORCED - bye", Kind::unreachable, 320},
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
