#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/builtin_requests.hpp"
#include "core/deadline.hpp"
#include "core/handler.hpp"
#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "core/status_snapshot.hpp"
#include "profile/profile.hpp"
#include "record/recorded_ids.hpp"

namespace jigd::jig {

struct RequestDispatcherOptions {
    std::string serial;
    Duration default_timeout = std::chrono::seconds(10); ///< of a request without `expiration`
    Duration max_timeout = std::chrono::minutes(10);     ///< a longer one is cut to this
    std::size_t max_body = 65'536; ///< for the message; the AMQP library does the counting
    std::size_t max_waiting = 256; ///< requests that wait for the jig, the running one included
    std::size_t max_waiting_bytes = std::size_t{16} << 20U; ///< and their bodies
    std::string host{};
    std::string instance{}; ///< names this process among those of the host: its pid
    std::string version{};
    TimePoint started{};
};

/// What the dispatcher works with; all must outlive it.
struct RequestDispatcherDependencies {
    Mailbox<Job>& inbox;
    const StatusSnapshot& status;
    /// Whether a request may have been started before, for what the record is not at hand for.
    const record::RecordedIds& recorded_ids;
    std::function<nlohmann::json()> trace; ///< the result of JigTrace
};

/// The jig's front desk, on the broker thread: reads a delivery, answers what needs no jig, refuses what is
/// wrong, and hands the rest to the jig thread. Keeps every job that waits, so that each is answered in time.
class RequestDispatcher final : public RequestHandler {
  public:
    RequestDispatcher(const profile::Profile& profile, RequestDispatcherOptions options,
                      RequestDispatcherDependencies dependencies);

    std::optional<Answer> on_delivery(const Delivery& delivery) override;
    TimePoint reply_due(const Delivery& delivery) const override;
    std::optional<Answer> refuse(const Delivery& delivery, const Error& refusal) override;
    std::vector<Answer> overdue(TimePoint now) override;
    TimePoint next_overdue() const override;
    void on_answered(const Ticket& ticket) override;
    std::vector<Ticket> on_connection_lost(std::uint64_t generation) override;

  private:
    struct Waiting {
        Job job;
        TimePoint due; ///< when it is refused unless the jig has started it
        std::size_t bytes = 0;
    };

    /// The answer, or nullopt with `job` ready to be queued. Throws Error.
    [[nodiscard]] std::optional<nlohmann::json> decide(const Delivery& delivery, Job& job) const;
    [[nodiscard]] std::string request_name(const Delivery& delivery) const;
    [[nodiscard]] nlohmann::json answer_here(const BuiltinRequest& request) const;
    void admit(const std::string& request, const nlohmann::json& body, Job& job) const;
    void queue(const Job& job, std::size_t bytes);
    [[nodiscard]] bool refuse_overdue(Waiting& waiting, TimePoint now, std::vector<Answer>& answers);
    [[nodiscard]] bool is_overtaken(const Job& job) const;
    [[nodiscard]] Error refusal_of_overdue(const Job& job, TimePoint now) const;
    [[nodiscard]] Executed executed_before(const RequestHeader& job) const;
    [[nodiscard]] Deadline deadline_of(const Delivery& delivery) const;
    [[nodiscard]] Kind kind_of(const std::string& request) const;
    [[nodiscard]] nlohmann::json identity() const;
    [[nodiscard]] nlohmann::json health() const;

    const profile::Profile& profile_;
    const RequestDispatcherOptions options_;
    const RequestDispatcherDependencies dependencies_;
    std::map<Ticket, Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
};

/// A request's timeout from its `expiration` property, in milliseconds as text. The broker lets digits with
/// a leading + pass; anything else is refused with Error{bad_request}. Absent → nullopt.
[[nodiscard]] std::optional<Duration> parse_expiration(const std::optional<std::string>& expiration,
                                                       Duration max);

} // namespace jigd::jig
