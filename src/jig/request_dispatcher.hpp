#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/handler.hpp"
#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "jig/recorded_outcome.hpp"
#include "link/facts.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// What a job that is turned away is told (recall.hpp).
using Refuse = std::function<RecordedOutcome(const Job& job, const Error& refusal)>;

struct RequestDispatcherOptions {
    std::string serial;
    Duration default_patience = std::chrono::seconds(10); ///< of a request without `expiration`
    Duration longest_patience = std::chrono::minutes(10); ///< a longer one is cut to this
    std::size_t longest_body = 65'536; ///< for the message; the AMQP room does the counting
    std::string host{};
    std::string instance{}; ///< names this process among those of the host: its pid
    std::string version{};
    TimePoint started{};
};

/// The jig's front desk, on the broker thread: reads a delivery, answers what needs no jig, refuses what is
/// wrong, and hands the rest to the jig thread. Keeps every job that waits, so that each is answered in time.
class RequestDispatcher final : public RequestHandler {
  public:
    /// `health` returns the members status, broker and jig of JigHealth, `trace` the result of JigTrace
    /// (empty: nothing was recorded). All references must outlive it.
    RequestDispatcher(const profile::Profile& profile, RequestDispatcherOptions options, Mailbox<Job>& inbox,
                      const link::Facts& facts, std::function<nlohmann::json()> health,
                      std::function<nlohmann::json()> trace = {}, Refuse refuse = {});

    std::optional<Answer> on_delivery(const Delivery& delivery) override;
    std::vector<Answer> overdue(TimePoint now) override;
    TimePoint next_overdue() const override;
    void on_answered(const Ticket& ticket) override;
    std::vector<Ticket> on_connection_lost(std::uint64_t generation) override;

  private:
    struct Waiting {
        Job job;
        TimePoint due; ///< when it is answered `busy` unless the jig has begun
    };

    /// The answer, or nullopt with `job` ready to be queued. Throws Error.
    [[nodiscard]] std::optional<nlohmann::json> decide(const Delivery& delivery, Job& job) const;
    [[nodiscard]] std::string request_name(const Delivery& delivery) const;
    [[nodiscard]] std::optional<nlohmann::json> answer_here(const std::string& request) const;
    void admit(const std::string& request, const nlohmann::json& body, Job& job) const;
    [[nodiscard]] std::string why_not_begun() const;
    void queue(const Job& job);
    [[nodiscard]] std::vector<std::string> served() const;
    [[nodiscard]] nlohmann::json capabilities() const;
    [[nodiscard]] nlohmann::json identity() const;
    [[nodiscard]] nlohmann::json health() const;
    [[nodiscard]] nlohmann::json trace() const;

    const profile::Profile& profile_;
    const RequestDispatcherOptions options_;
    Mailbox<Job>& inbox_;
    const link::Facts& facts_;
    const std::function<nlohmann::json()> link_health_;
    const std::function<nlohmann::json()> wire_trace_;
    const Refuse refuse_;
    std::map<Ticket, Waiting> waiting_;
};

/// A request's patience from its `expiration` property, in milliseconds as text. The broker lets digits with
/// a leading + pass; anything else is refused with Error{bad_request}. Absent → nullopt.
[[nodiscard]] std::optional<Duration> parse_expiration(const std::optional<std::string>& expiration,
                                                       Duration longest);

} // namespace jigd::jig
