#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"

namespace jigd {

/// What a request does to the jig, and so whether it may be repeated.
enum class Kind {
    read,  ///< changes nothing; may be repeated, and shared by identical requests in flight
    set,   ///< brings the jig to a target state
    pulse, ///< an action; never repeated
};

[[nodiscard]] std::string_view to_string(Kind kind);
/// The one that to_string() spells so; nullopt for any other text.
[[nodiscard]] std::optional<Kind> kind_from(std::string_view text);

/// Who asked, as far as the message says.
struct Caller {
    std::optional<std::string> user_id{};
    std::optional<std::string> app_id{};
};

/// Who owns a queued job. The jig thread starts it or the broker thread withdraws it (deadline, lost
/// connection), whichever comes first; so each job is answered by exactly one of them.
class Claim {
  public:
    Claim() : state_(std::make_shared<std::atomic<bool>>(false)) {}
    /// True for the one caller that gets the job.
    [[nodiscard]] bool take() const { return !state_->exchange(true); }

  private:
    std::shared_ptr<std::atomic<bool>> state_;
};

/// What a request is, from its delivery to its reply.
struct RequestHeader {
    Ticket ticket{};
    std::string request{};
    Kind kind = Kind::read;
    std::optional<std::string> reply_to{};
    std::optional<std::string> correlation_id{};
    std::optional<std::string> message_id{};
    bool redelivered = false;
    bool maybe_started_elsewhere = false; ///< another daemon may have had it (Delivery)
    Caller caller{};
    TimePoint received{};
    Deadline deadline{};
};

/// What a delivery says of its request. An empty message id counts as none: some clients set it by default.
[[nodiscard]] inline RequestHeader header_of(const Delivery& delivery, std::string request) {
    const auto& properties = delivery.properties;
    return {.ticket = delivery.ticket,
            .request = std::move(request),
            .reply_to = properties.reply_to,
            .correlation_id = properties.correlation_id,
            .message_id = properties.message_id.value_or("").empty() ? std::nullopt : properties.message_id,
            .redelivered = delivery.redelivered,
            .maybe_started_elsewhere = delivery.maybe_started_elsewhere,
            .caller = {properties.user_id, properties.app_id},
            .received = delivery.received};
}

/// A request that only the jig can answer, on its way from the broker thread to the jig thread.
struct Job : RequestHeader {
    nlohmann::json params = nlohmann::json::object();
    bool superseded = false;        ///< a SafeState that arrived after it was delivered before it
    bool answered = false;          ///< by the broker thread; only to be written down
    std::optional<Error> refusal{}; ///< its body was not decoded: the record alone says what became of it
    Claim claim{};
};

/// How a request ended: a result (JSON) or an Error.
using Outcome = std::variant<nlohmann::json, Error>;

/// The outcome of a request, on its way back to the broker thread.
struct Answer : RequestHeader {
    Outcome outcome{};
    /// When it was carried out, where the outcome is that of an earlier delivery.
    std::optional<std::chrono::system_clock::time_point> recorded{};
    std::string wire{}; ///< what went over the line for it, for the journal
};

/// The answer to `request`.
[[nodiscard]] inline Answer
answer_to(const RequestHeader& request, Outcome outcome,
          const std::optional<std::chrono::system_clock::time_point>& recorded = std::nullopt) {
    return {request, std::move(outcome), recorded, {}};
}

} // namespace jigd
