#include "jig/request_dispatcher.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/health.hpp"
#include "core/nearest.hpp"
#include "core/reply.hpp"
#include "core/utf8.hpp"
#include "profile/capabilities.hpp"

namespace jigd::jig {

namespace {

constexpr std::size_t max_shown_name = 64;

/// The serial that is every jig.
constexpr std::string_view every_jig = "_all";

std::string cut(std::string_view text) {
    return printable(text, max_shown_name);
}

/// The link's trouble is the reason why a request could not be started in time, and its caller's to know.
Code code_of(LinkState state) {
    switch (state) {
    case LinkState::absent:
    case LinkState::busy_elsewhere:
    case LinkState::opening:
        return Code::jig_offline;
    case LinkState::suspect:
    case LinkState::identifying:
        return Code::jig_timeout;
    case LinkState::mismatch:
        return Code::jig_mismatch;
    case LinkState::settling:
    case LinkState::online:
        break;
    }
    return Code::busy;
}

void require_no_parameters(const std::string& name, const nlohmann::json& body) {
    if (!body.empty()) {
        throw Error(Code::bad_request,
                    name + " takes no parameters, but '" + cut(body.begin().key()) + "' was given");
    }
}

} // namespace

std::optional<Duration> parse_expiration(const std::optional<std::string>& expiration, Duration max) {
    if (!expiration) {
        return std::nullopt;
    }
    std::string_view digits = *expiration;
    if (digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    std::uint64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
    if (error == std::errc::result_out_of_range) {
        return max;
    }
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        throw Error(Code::bad_request, "the expiration '" + cut(*expiration) +
                                           "' is not a number of milliseconds; send e.g. \"1000\"");
    }
    const auto cap = static_cast<std::uint64_t>(std::chrono::floor<Milliseconds>(max).count());
    return Milliseconds(static_cast<Milliseconds::rep>(std::min(milliseconds, cap)));
}

RequestDispatcher::RequestDispatcher(const profile::Profile& profile, RequestDispatcherOptions options,
                                     RequestDispatcherDependencies dependencies)
    : profile_(profile), options_(std::move(options)), dependencies_(std::move(dependencies)) {}

std::optional<Answer> RequestDispatcher::on_delivery(const Delivery& delivery) {
    const auto name = delivery.routing_key.substr(delivery.routing_key.rfind('.') + 1);
    Job job{header_of(delivery, cut(name))};
    job.kind = kind_of(name); // also of one that is refused before it is read
    job.deadline = Deadline::in(options_.default_timeout, delivery.received);
    try {
        if (auto result = decide(delivery, job)) {
            return answer_to(job, std::move(*result));
        }
        job.superseded = delivery.superseded;
        queue(job, delivery.body_size);
        return std::nullopt;
    } catch (const Error& error) {
        return answer_to(job, error);
    }
}

Deadline RequestDispatcher::deadline_of(const Delivery& delivery) const {
    Duration timeout = options_.default_timeout;
    try {
        timeout = parse_expiration(delivery.properties.expiration, options_.max_timeout).value_or(timeout);
    } catch (const Error&) { // refused as bad_request when its turn comes
        timeout = options_.default_timeout;
    }
    return Deadline::in(timeout, delivery.received);
}

Kind RequestDispatcher::kind_of(const std::string& request) const {
    const auto* known = profile_.find(request);
    const auto* builtin = find_builtin(request);
    return known != nullptr ? known->kind : builtin != nullptr ? builtin->kind : Kind::read;
}

/// A SafeState is never too late.
TimePoint RequestDispatcher::reply_due(const Delivery& delivery) const {
    return delivery.routing_key.ends_with(".Req.SafeState")
               ? TimePoint::max()
               : reply_deadline(delivery.received, deadline_of(delivery)).at;
}

std::optional<Answer> RequestDispatcher::refuse(const Delivery& delivery, const Error& refusal) {
    const auto name = delivery.routing_key.substr(delivery.routing_key.rfind('.') + 1);
    Job job{header_of(delivery, cut(name))};
    job.kind = kind_of(name);
    job.deadline = deadline_of(delivery);
    if (is_safe_state(job.request)) {
        return answer_to(job, refusal.with(delivery.redelivered ? Executed::unknown : Executed::no));
    }
    // Only what ended jigd twice must not be decoded; this one waited too long, and is written down.
    if (delivery.superseded && job.kind != Kind::read && refusal.code() == Code::busy) {
        return on_delivery(delivery);
    }
    if (executed_before(job) == Executed::no) {
        return answer_to(job, refusal);
    }
    // The record, which is the jig thread's, knows more.
    job.refusal = refusal;
    try {
        queue(job, 0);
        return std::nullopt;
    } catch (const Error&) {
        return answer_to(job, refusal.with(Executed::unknown));
    }
}

std::optional<nlohmann::json> RequestDispatcher::decide(const Delivery& delivery, Job& job) const {
    const auto timeout = parse_expiration(delivery.properties.expiration, options_.max_timeout);
    if (timeout) {
        job.deadline = Deadline::in(*timeout, delivery.received);
    }
    const auto name = request_name(delivery);
    if (timeout == Duration::zero() && !is_safe_state(name)) {
        throw Error(Code::expired,
                    "the request had expired when it arrived (expiration 0); nothing was done. Send "
                    "the milliseconds that you can wait");
    }
    if (delivery.oversized) {
        throw Error(Code::bad_request, "the body has " + std::to_string(delivery.body_size) +
                                           " bytes, at most " + std::to_string(options_.max_body) +
                                           " are read");
    }
    const auto body = decode_body(delivery.body);
    if (const auto* builtin = find_builtin(name); builtin != nullptr && !builtin->needs_jig) {
        require_no_parameters(name, body);
        return answer_here(*builtin);
    }
    admit(name, body, job);
    return std::nullopt;
}

std::string RequestDispatcher::request_name(const Delivery& delivery) const {
    const std::string_view key = delivery.routing_key;
    const auto dot = key.find('.');
    const auto serial = key.substr(0, dot);
    const auto rest = dot == std::string_view::npos ? std::string_view{} : key.substr(dot + 1);
    if (!rest.starts_with("Req.") || rest.size() == 4 || rest.find('.', 4) != std::string_view::npos) {
        throw Error(Code::bad_request,
                    "the routing key '" + cut(key) + "' is not of the form <serial>.Req.<Name>");
    }
    const auto name = rest.substr(4);
    if (serial == every_jig) {
        const auto* builtin = find_builtin(name);
        if (builtin == nullptr || builtin->needs_jig) {
            throw Error(
                Code::forbidden,
                "to _all, which is every jig, only JigIdentity, JigCapabilities, JigHealth and JigTrace "
                "are answered; ask the jig by its own serial, such as " +
                    options_.serial + ".Req." + cut(name) + "; nothing was done");
        }
    } else if (serial != options_.serial) {
        throw Error(Code::bad_request, "this is jig " + options_.serial + ", the request is for '" +
                                           cut(serial) + "'; nothing was done");
    }
    return std::string(name);
}

nlohmann::json RequestDispatcher::answer_here(const BuiltinRequest& request) const {
    if (request.name == "JigHealth") {
        return health();
    }
    if (request.name == "JigIdentity") {
        return identity();
    }
    return request.name == "JigCapabilities" ? capabilities(profile_) : dependencies_.trace();
}

void RequestDispatcher::admit(const std::string& name, const nlohmann::json& body, Job& job) const {
    job.request = name;
    const auto* builtin = find_builtin(name);
    if (const auto* request = profile_.find(name); request != nullptr) {
        job.kind = request->kind;
        job.params = profile::complete(*request, body);
    } else if (builtin != nullptr && serves(profile_, *builtin)) {
        job.kind = builtin->kind;
        require_no_parameters(name, body);
    } else {
        const auto names = served_requests(profile_);
        const auto suggestion = did_you_mean(name, names);
        throw Error(Code::unknown_request,
                    fmt::format("jig {} serves no request '{}'{} It serves {}", options_.serial, cut(name),
                                suggestion.empty() ? "." : suggestion, fmt::join(names, ", ")));
    }
}

/// SafeState always has a place, and its caller's timeout does not stop it.
void RequestDispatcher::queue(const Job& job, std::size_t bytes) {
    const bool is_safe = is_safe_state(job.request);
    const bool is_full =
        waiting_.size() >= options_.max_waiting || waiting_bytes_ + bytes > options_.max_waiting_bytes;
    Job sent = job;
    if ((is_full && !is_safe) || !dependencies_.inbox.push(std::move(sent), is_safe)) {
        throw Error(
            Code::busy,
            fmt::format("{} requests wait for jig {}, more than requests.max_waiting allows; it was not "
                        "started. Ask again in a moment",
                        waiting_.size(), options_.serial),
            executed_before(job));
    }
    waiting_bytes_ += bytes;
    const auto due = is_safe ? TimePoint::max() : reply_deadline(job.received, job.deadline).at;
    waiting_.emplace(job.ticket, Waiting{job, due, bytes});
}

/// Whether an earlier delivery of the request may have been carried out, or may still be: then the refusal of
/// this one must not say that nothing happens.
Executed RequestDispatcher::executed_before(const RequestHeader& job) const {
    if (job.kind == Kind::read || (!job.message_id && !job.redelivered)) {
        return Executed::no;
    }
    const bool waits = std::any_of(waiting_.begin(), waiting_.end(), [&job](const auto& entry) {
        const auto& other = entry.second.job;
        return other.ticket != job.ticket && other.message_id == job.message_id &&
               other.request == job.request && (job.message_id || other.correlation_id == job.correlation_id);
    });
    return waits || job.maybe_started_elsewhere || dependencies_.recorded_ids.may_contain(job)
               ? Executed::unknown
               : Executed::no;
}

/// A SafeState that arrived after it waits, or is being carried out.
bool RequestDispatcher::is_overtaken(const Job& job) const {
    return job.kind != Kind::read && std::any_of(waiting_.begin(), waiting_.end(), [&job](const auto& entry) {
               const auto& other = entry.second.job;
               return is_safe_state(other.request) && other.received >= job.received;
           });
}

Error RequestDispatcher::refusal_of_overdue(const Job& job, TimePoint now) const {
    if (job.superseded || is_overtaken(job)) {
        return Error(
            Code::superseded,
            "a SafeState that arrived after this request came first; the request is not carried out. "
            "Decide anew, and ask with a new message id",
            executed_before(job));
    }
    const auto link = dependencies_.status.link();
    const auto code = code_of(link.state);
    const auto waited = std::chrono::round<Milliseconds>(now - job.received).count();
    if (code != Code::busy) {
        return Error(
            code,
            fmt::format("the jig is {}: {}; the request was not started in the {} ms that it could wait",
                        to_string(link.state),
                        link.state == LinkState::identifying
                            ? link.reason + ", no reply yet (check power, cable and speed)"
                            : link.reason,
                        waited),
            executed_before(job), {{"link", to_string(link.state)}});
    }
    const auto why = link.state == LinkState::online
                         ? std::string("the jig was occupied")
                         : fmt::format("the board was being asked who it is ({})", to_string(link.state));
    return Error(
        code,
        fmt::format("{} for the {} ms that this request could wait; it was not started. Ask again, or "
                    "with a longer timeout (expiration)",
                    why, waited),
        executed_before(job));
}

/// The taker of the claim answers: a job that the jig has started is answered by the jig thread.
bool RequestDispatcher::refuse_overdue(Waiting& waiting, TimePoint now, std::vector<Answer>& answers) {
    waiting.due = TimePoint::max();
    if (!waiting.job.claim.take()) {
        return false;
    }
    const auto refusal = refusal_of_overdue(waiting.job, now);
    if (refusal.code() == Code::superseded) {
        // The record, which is the jig thread's, must know: a retry is answered alike.
        Job known = waiting.job;
        known.claim = Claim();
        known.superseded = true;
        known.answered = true;
        (void)dependencies_.inbox.push(std::move(known));
    }
    answers.push_back(answer_to(waiting.job, refusal));
    waiting_bytes_ -= waiting.bytes;
    return true;
}

std::vector<Answer> RequestDispatcher::overdue(TimePoint now) {
    std::vector<Answer> answers;
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
        const bool is_refused = now >= entry->second.due && refuse_overdue(entry->second, now, answers);
        entry = is_refused ? waiting_.erase(entry) : std::next(entry);
    }
    return answers;
}

TimePoint RequestDispatcher::next_overdue() const {
    auto next = TimePoint::max();
    for (const auto& [ticket, waiting] : waiting_) {
        next = std::min(next, waiting.due);
    }
    return next;
}

void RequestDispatcher::on_answered(const Ticket& ticket) {
    if (const auto found = waiting_.find(ticket); found != waiting_.end()) {
        waiting_bytes_ -= found->second.bytes;
        waiting_.erase(found);
    }
}

std::vector<Ticket> RequestDispatcher::on_connection_lost(std::uint64_t generation) {
    std::vector<Ticket> started;
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
        auto& [ticket, waiting] = *entry;
        // What the jig has not started is delivered again, and must not run twice. A SafeState may; what one
        // overtook stays with the jig, which writes it down: its redelivery must not run.
        const bool is_ours = ticket.generation == generation;
        const bool is_superseded = waiting.job.superseded && waiting.job.kind != Kind::read;
        const bool is_over =
            is_ours && (is_safe_state(waiting.job.request) || (!is_superseded && waiting.job.claim.take()));
        if (is_ours && !is_over) {
            started.push_back(ticket);
            waiting.due =
                TimePoint::max(); // stays until on_answered(): a repeat must not hear `executed: no`
        }
        waiting_bytes_ -= is_over ? waiting.bytes : 0;
        entry = is_over ? waiting_.erase(entry) : std::next(entry);
    }
    return started;
}

nlohmann::json RequestDispatcher::identity() const {
    auto identity = to_json(dependencies_.status.identity());
    identity["host"] = options_.host;
    identity["instance"] = options_.instance;
    identity["profile"] = profile_.name;
    identity["version"] = options_.version;
    return identity;
}

nlohmann::json RequestDispatcher::health() const {
    auto health = dependencies_.status.health();
    health["queue"] = waiting_.size();
    health["version"] = options_.version;
    health["uptime_s"] = std::chrono::floor<std::chrono::seconds>(Clock::now() - options_.started).count();
    return health;
}

} // namespace jigd::jig
