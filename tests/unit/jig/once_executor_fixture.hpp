#pragma once

#include <functional>

#include "executor_fixture.hpp"
#include "jig/once_executor.hpp"
#include "support/recorded_log.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::jig {

/// An once_executor with a real record in a folder of its own, on a scripted port.
class OnceExecutorFixture : public ExecutorFixture {
  protected:
    /// A port on which something happens beside: `meddle` is called before each look for input.
    class MeddledPort : public test::FakePort {
      public:
        explicit MeddledPort(std::function<void()> meddle) : meddle_(std::move(meddle)) {}
        [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override {
            meddle_();
            return FakePort::read(into, deadline);
        }

      private:
        std::function<void()> meddle_;
    };

    [[nodiscard]] Job job(const std::string& request, std::optional<std::string> message_id,
                          nlohmann::json params = nlohmann::json::object()) const {
        const auto* served = profile.find(request);
        Job job;
        job.request = request;
        job.kind = served == nullptr ? Kind::pulse : served->kind;
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
    [[nodiscard]] static record::Options options(const std::string& path) {
        return {.path = path, .keep = std::chrono::hours(24), .largest = 1U << 20U, .boot_id = "this run"};
    }
    [[nodiscard]] std::string path() const { return (folder_.path() / "record.db").string(); }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }

    OnceExecutor::RecordedOutcome carry_out(test::FakePort& port, const Job& job) {
        return carry_out(in(port, Milliseconds(10'000)), job);
    }
    OnceExecutor::RecordedOutcome carry_out(Deadline deadline, const Job& job) {
        recorder.begin({.request = job.request});
        auto done = OnceExecutor({*executor, record, recorder, log.log(), facts}).carry_out(job, deadline);
        recorder.end();
        return done;
    }
    /// Of OnceExecutor::RecordedOutcome or Answer.
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

  private:
    test::TemporaryFolder folder_;

  protected:
    record::Record record{options(path())};
    test::RecordedLog log;
};

} // namespace jigd::jig
