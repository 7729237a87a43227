#include "record/identity.hpp"

#include <set>

#include <gmock/gmock.h>

#include "record_fixture.hpp"

namespace jigd::record {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using State = RecordedAction::State;

using Text = std::optional<std::string>;

/// Which request is the same as which, and what is kept of its parameters.
class IdentityTest : public RecordTest {
  protected:
    [[nodiscard]] static Job from(Text user_id, Text app_id, Job job = pulse("1")) {
        job.caller = {std::move(user_id), std::move(app_id)};
        return job;
    }
    [[nodiscard]] static Job safe_state(Text message_id) {
        Job job;
        job.request = "SafeState";
        job.kind = Kind::set;
        job.message_id = std::move(message_id);
        return job;
    }
    /// With a secret parameter.
    [[nodiscard]] static Job login(const std::string& message_id, const nlohmann::json& password) {
        auto job = pulse(message_id, {{"channel", 1}, {"password", password}});
        job.request = "Login";
        return job;
    }
    [[nodiscard]] Options with_secrets() const {
        auto secret = options();
        secret.secrets = [](const std::string& request) {
            return request == "Login" ? std::vector<std::string>{"password", "absent"}
                                      : std::vector<std::string>();
        };
        return secret;
    }
    /// All that the record has on disk.
    [[nodiscard]] std::string on_disk() const { return contents(path()) + contents(path() + "-wal"); }
};

TEST_F(IdentityTest, TheSameMessageIdFromAnotherCallerIsAnotherRequest) {
    Record record(options());
    carry_out(record, from("anna", "bench"));
    EXPECT_TRUE(record.find(from("anna", "bench")));
    const std::vector<Job> others = {from("bert", "bench"),      from("anna", "rack"),
                                     from("anna", std::nullopt), from(std::nullopt, "bench"),
                                     from("bench", "anna"),      from("annabench", "")};
    for (const auto& other : others) {
        EXPECT_FALSE(record.find(other));
    }
    for (const auto& other : others) {
        carry_out(record, other);
        EXPECT_TRUE(record.find(other));
    }
    EXPECT_EQ(record.size(), 1 + others.size());
}

TEST_F(IdentityTest, AnotherCallersRequestMayDiffer) {
    Record record(options());
    carry_out(record, from("anna", "bench"));
    carry_out(record, from("bert", "bench", pulse("1", {{"channel", 2}})));
    EXPECT_EQ(error_of([&] { (void)record.find(from("bert", "bench")); }).code(), Code::bad_request);
}

TEST_F(IdentityTest, AnAbsentCallerIsAnEmptyOne) {
    Record record(options());
    carry_out(record, from(std::nullopt, std::nullopt));
    EXPECT_TRUE(record.find(from("", "")));
    EXPECT_TRUE(record.find(from(std::nullopt, "")));
    carry_out(record, from("", "bench"));
    EXPECT_TRUE(record.find(from(std::nullopt, "bench")));
}

TEST_F(IdentityTest, NoCallerCanPassForEveryCaller) {
    for (const auto& caller : {Caller{}, Caller{"*", {}}, Caller{{}, "*"}, Caller{"", ""}}) {
        EXPECT_NE(caller_key(caller), any_caller);
    }
}

TEST_F(IdentityTest, SafeStateAlwaysGetsAnEntryOfItsOwn) {
    Record record(options());
    carry_out(record, pulse("a"));
    (void)record.begin(pulse("open"), now);
    for (const auto& message_id : {Text("a"), Text("a"), Text("open"), Text()}) {
        const auto before = record.size();
        EXPECT_FALSE(record.find(safe_state(message_id)));
        carry_out(record, safe_state(message_id));
        EXPECT_EQ(record.size(), before + 1);
    }
    auto redelivery = safe_state(std::nullopt);
    redelivery.redelivered = true;
    EXPECT_FALSE(record.find(redelivery));
    EXPECT_EQ(record.find(pulse("a")).value().state, State::ended);
    EXPECT_EQ(record.find(pulse("open")).value().state, State::not_started);
}

TEST_F(IdentityTest, SafeStateIsWrittenWhileOneIsOpen) {
    Record record(options());
    const auto first = record.begin(safe_state("s"), now);
    record.mark_sent(first, "SAFE\n");
    EXPECT_NE(record.begin(safe_state("s"), now), first);
}

TEST_F(IdentityTest, TheIdOfASafeStateRunsAnotherRequestAsNew) {
    Record record(options());
    carry_out(record, safe_state("s"));
    EXPECT_FALSE(record.find(pulse("s")));
    carry_out(record, pulse("s"));
    EXPECT_EQ(record.find(pulse("s")).value().state, State::ended);
}

TEST_F(IdentityTest, ASecretIsNeverOnDisk) {
    const std::string password = "correct horse battery";
    {
        Record record(with_secrets());
        const auto id = record.begin(login("a", password), now);
        record.mark_sent(id, "LOGIN " + password + "\n");
        record.end(id, nlohmann::json(1), "LOGIN " + password + "\n", now.wall);
        const std::vector<Job> superseded = {login("b", password)};
        record.supersede(superseded, nlohmann::json(1), now);
        carry_out(record, pulse("seen", {{"password", "is not secret here"}}));
        EXPECT_THAT(on_disk(), AllOf(HasSubstr("Login"), HasSubstr("is not secret here"), HasSubstr("RST\n"),
                                     Not(HasSubstr(password)), Not(HasSubstr("LOGIN"))));
    }
    EXPECT_THAT(on_disk(), AllOf(HasSubstr("Login"), Not(HasSubstr(password)), Not(HasSubstr("LOGIN"))));
}

TEST_F(IdentityTest, ARepeatWithTheSameSecretIsTheSameRequest) {
    Record record(with_secrets());
    carry_out(record, login("a", "1234"));
    EXPECT_TRUE(record.find(login("a", "1234")));
    for (const auto& other : {nlohmann::json("1235"), nlohmann::json(1234), nlohmann::json(nullptr)}) {
        EXPECT_EQ(error_of([&] { (void)record.find(login("a", other)); }).code(), Code::bad_request);
    }
    auto redelivery = login("", "1234");
    redelivery.message_id.reset();
    redelivery.redelivered = true;
    redelivery.correlation_id = "1";
    carry_out(record, redelivery);
    EXPECT_TRUE(record.find(redelivery));
    redelivery.params["password"] = "1235";
    EXPECT_FALSE(record.find(redelivery));
}

TEST_F(IdentityTest, AHashOfASecretDoesNotShowThatTwoAreAlike) {
    std::set<std::string> stored;
    for (const auto* message_id : {"a", "b"}) {
        for (const auto* user : {"anna", "bert"}) {
            stored.insert(stored_params(from(user, {}, login(message_id, "1234")), {"password"}));
        }
    }
    EXPECT_EQ(stored.size(), 4U);
    EXPECT_THAT(*stored.begin(), testing::MatchesRegex(R"(.*"password":"secret [0-9a-f]{8}".*)"));
}

} // namespace
} // namespace jigd::record
