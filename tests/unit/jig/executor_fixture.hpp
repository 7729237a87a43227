#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/builtin_requests.hpp"
#include "jig/executor.hpp"
#include "jig/once_executor.hpp"
#include "record/database.hpp"
#include "support/link_fixture.hpp"
#include "support/recorded_log.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::jig {

/// A port on which something else happens at the moments that count.
class WatchedPort : public test::FakePort {
  public:
    std::function<void()> before_read{};                  ///< before each look for input
    std::function<void(std::string_view)> before_write{}; ///< before the first byte leaves
    /// From now on the board says this to whatever it hears, which is kept in `ignored`.
    std::optional<std::string> says_only{};
    std::vector<std::string> ignored{};

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override {
        if (before_read) {
            before_read();
        }
        return FakePort::read(into, deadline);
    }
    void write(std::string_view bytes, Deadline deadline) override {
        if (before_write) {
            before_write(bytes);
        }
        if (!says_only) {
            FakePort::write(bytes, deadline);
            return;
        }
        ignored.emplace_back(bytes);
        if (!says_only->empty()) {
            say(*says_only, Milliseconds(1));
        }
    }
};

/// A link in virtual time, with both executors on it and a real record in a folder of its own.
class ExecutorFixture : public link::LinkFixture {
  protected:
    void make_for(link::IdentityDemand demand) override {
        LinkFixture::make_for(std::move(demand));
        executor.emplace(profile, ExecutorDependencies{*link, *values, status});
        make_the_once_executor();
    }
    WatchedPort& make_online_watched() {
        return static_cast<WatchedPort&>(make_online(std::make_unique<WatchedPort>()));
    }
    /// On *link and *executor, as they are now.
    void make_the_once_executor() {
        once_executor.emplace(profile, dependencies(record), asks_for_safe_state());
    }
    /// Another daemon's, on the same record, unless `on` says which.
    [[nodiscard]] OnceExecutor make_once_executor(record::Record* on = nullptr) {
        return OnceExecutor(profile, dependencies(on == nullptr ? record : *on), asks_for_safe_state());
    }

    [[nodiscard]] Job job(const std::string& request, std::optional<std::string> message_id,
                          nlohmann::json params = nlohmann::json::object()) const {
        const auto* served = profile.find(request);
        const auto* builtin = find_builtin(request);
        Job job;
        job.request = request;
        job.kind = served != nullptr ? served->kind : builtin != nullptr ? builtin->kind : Kind::pulse;
        job.params = std::move(params);
        job.message_id = std::move(message_id);
        job.reply_to = "replies";
        job.correlation_id = "1";
        return job;
    }
    /// The same as the broker delivers it again.
    [[nodiscard]] static Job again(Job job) {
        job.redelivered = true;
        return job;
    }

    /// A request without an id: its result; throws its Error.
    nlohmann::json run(const std::string& request, const nlohmann::json& params, Deadline deadline) {
        const auto asked = job(request, {}, params);
        if (asked.kind == Kind::read) {
            return executor->run(request, params, deadline);
        }
        const auto ended = once_executor->carry_out(asked, deadline);
        if (const auto* error = std::get_if<Error>(&ended.outcome)) {
            throw Error(*error);
        }
        return std::get<nlohmann::json>(ended.outcome);
    }
    nlohmann::json run(const test::FakePort& port, const std::string& request,
                       const nlohmann::json& params = nlohmann::json::object()) {
        return run(request, params, in(port, Milliseconds(10'000)));
    }
    Error run_refused(const test::FakePort& port, const std::string& request,
                      const nlohmann::json& params = nlohmann::json::object()) {
        return refused([&] { (void)run(port, request, params); });
    }
    RecordedOutcome carry_out(const test::FakePort& port, const Job& job) {
        return carry_out(in(port, Milliseconds(10'000)), job);
    }
    RecordedOutcome carry_out(Deadline deadline, const Job& job) {
        recorder.begin({.request = job.request});
        auto done = once_executor->carry_out(job, deadline);
        recorder.end();
        return done;
    }
    /// Of RecordedOutcome or Answer.
    template<typename Ended>
    [[nodiscard]] static nlohmann::json result_of(const Ended& ended) {
        const auto* result = std::get_if<nlohmann::json>(&ended.outcome);
        return result != nullptr ? *result : nlohmann::json(std::get<Error>(ended.outcome).what());
    }
    template<typename Ended>
    [[nodiscard]] static Error error_of(const Ended& ended) {
        const auto* error = std::get_if<Error>(&ended.outcome);
        return error != nullptr ? *error : Error(Code::internal, "no error: " + result_of(ended).dump());
    }

    [[nodiscard]] static record::Options options(const std::string& path) {
        return {.path = path, .keep = std::chrono::hours(24), .max_size = 1U << 20U, .boot_id = "this run"};
    }
    [[nodiscard]] std::string path() const { return (folder_.path() / "record.db").string(); }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }
    /// What the record holds on disk, oldest first: "Ring sent RING\n|SetLamp ended superseded ".
    [[nodiscard]] std::string entries() const {
        return record::Connection(path(), std::chrono::seconds(1))
            .text_of(
                "SELECT coalesce(group_concat(request || ' ' || state || ' ' || coalesce(code || ' ', '') || "
                "coalesce(CAST(bytes AS TEXT), ''), '|'), '') FROM (SELECT * FROM actuation ORDER BY id)");
    }
    /// A record that can't be opened.
    [[nodiscard]] static record::Options unwritable() { return options("/dev/null/record.db"); }
    /// Somebody else takes the only entry out of the file.
    void forget_entry() { record::Record(options(path())).withdraw(1); }

  private:
    [[nodiscard]] OnceExecutorDependencies dependencies(record::Record& on) {
        return {*link, *values, *executor, on, log.log(), status};
    }
    [[nodiscard]] std::function<bool()> asks_for_safe_state() {
        return [this] { return safe_state_waits && safe_state_waits(); };
    }

    test::TemporaryFolder folder_;

  protected:
    record::Record record{options(path())};
    test::RecordedLog log;
    std::function<bool()> safe_state_waits; ///< never where it is not set
    std::optional<Executor> executor;
    std::optional<OnceExecutor> once_executor;
};

} // namespace jigd::jig
