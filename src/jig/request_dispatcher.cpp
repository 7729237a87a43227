#include "jig/request_dispatcher.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/health.hpp"
#include "core/nearest.hpp"
#include "core/reply.hpp"

namespace jigd::jig {

namespace {

constexpr std::size_t longest_shown_name = 64;

/// The serial that is every jig.
constexpr std::string_view every_jig = "_all";
/// What the daemon answers without the jig, also when every jig is asked.
constexpr std::array<std::string_view, 4> answered_here{"JigIdentity", "JigCapabilities", "JigHealth",
                                                        "JigTrace"};

std::string cut(std::string_view text) {
    return text.size() <= longest_shown_name ? std::string(text)
                                             : std::string(text.substr(0, longest_shown_name)) + "…";
}

/// JigCapabilities' rows for what every board is served, in JSON Schema.
nlohmann::json built_in(std::string_view description) {
    return {{"kind", "read"},
            {"description", description},
            {"params", {{"type", "object"}, {"additionalProperties", false}}},
            {"result", {{"type", "object"}}}};
}

} // namespace

std::optional<Duration> parse_expiration(const std::optional<std::string>& expiration, Duration longest) {
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
        return longest;
    }
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        throw Error(Code::bad_request, "the expiration '" + cut(*expiration) +
                                           "' is no number of milliseconds; send e.g. \"1000\"");
    }
    const auto cap = static_cast<std::uint64_t>(std::chrono::floor<Milliseconds>(longest).count());
    return Milliseconds(static_cast<Milliseconds::rep>(std::min(milliseconds, cap)));
}

RequestDispatcher::RequestDispatcher(const profile::Profile& profile, RequestDispatcherOptions options,
                                     Mailbox<Job>& inbox, const link::Facts& facts,
                                     std::function<nlohmann::json()> health,
                                     std::function<nlohmann::json()> trace, Refuse refuse)
    : profile_(profile), options_(std::move(options)), inbox_(inbox), facts_(facts),
      link_health_(std::move(health)), wire_trace_(std::move(trace)), refuse_(std::move(refuse)) {}

std::optional<Answer> RequestDispatcher::on_delivery(const Delivery& delivery) {
    const auto name = delivery.routing_key.substr(delivery.routing_key.rfind('.') + 1);
    Job job{header_of(delivery, cut(name))};
    job.deadline = Deadline::in(options_.default_patience, delivery.received);

    try {
        if (auto result = decide(delivery, job)) {
            return answer_to(job, std::move(*result));
        }
        queue(job);
        return std::nullopt;
    } catch (const Error& error) {
        return answer_to(job, error);
    }
}

std::optional<nlohmann::json> RequestDispatcher::decide(const Delivery& delivery, Job& job) const {
    if (const auto patience = parse_expiration(delivery.properties.expiration, options_.longest_patience)) {
        job.deadline = Deadline::in(*patience, delivery.received);
        if (*patience == Duration::zero()) {
            throw Error(Code::expired,
                        "the request had expired when it arrived (expiration 0); nothing was done. Send "
                        "the milliseconds that you can wait");
        }
    }
    const auto name = request_name(delivery);
    if (delivery.oversized) {
        throw Error(Code::bad_request, "the body has " + std::to_string(delivery.body_size) +
                                           " bytes, at most " + std::to_string(options_.longest_body) +
                                           " are read");
    }
    const auto body = decode_body(delivery.body);
    if (auto result = answer_here(name)) {
        if (!body.empty()) {
            throw Error(Code::bad_request,
                        name + " takes no parameters, but '" + cut(body.begin().key()) + "' was given");
        }
        return result;
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
        if (std::find(answered_here.begin(), answered_here.end(), name) == answered_here.end()) {
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

std::optional<nlohmann::json> RequestDispatcher::answer_here(const std::string& request) const {
    if (request == "JigHealth") {
        return health();
    }
    if (request == "JigIdentity") {
        return identity();
    }
    if (request == "JigCapabilities") {
        return capabilities();
    }
    if (request == "JigTrace") {
        return trace();
    }
    return std::nullopt;
}

void RequestDispatcher::admit(const std::string& name, const nlohmann::json& body, Job& job) const {
    job.request = name;
    if (const auto* request = profile_.find(name); request != nullptr) {
        job.kind = request->kind;
        job.params = profile::complete(*request, body);
    } else if (name == "JigStatus" || (name == "SafeState" && !profile_.safe_state.empty())) {
        job.kind = name == "JigStatus" ? Kind::read : Kind::set;
        if (!body.empty()) {
            throw Error(Code::bad_request,
                        name + " takes no parameters, but '" + cut(body.begin().key()) + "' was given");
        }
    } else {
        const auto names = served();
        std::string list;
        for (const auto& each : names) {
            list += (list.empty() ? "" : ", ") + each;
        }
        const auto suggestion = did_you_mean(name, names);
        throw Error(Code::unknown_request, "jig " + options_.serial + " serves no request '" + cut(name) +
                                               "'" + (suggestion.empty() ? "." : suggestion) + " It serves " +
                                               list);
    }
}

void RequestDispatcher::queue(const Job& job) {
    const auto due = reply_deadline(job.received, job.deadline).at;
    Job sent = job;
    if (!inbox_.push(std::move(sent))) {
        throw Error(Code::busy,
                    "too many requests wait for jig " + options_.serial + "; ask again in a moment");
    }
    waiting_.emplace(job.ticket, Waiting{job, due});
}

std::string RequestDispatcher::why_not_begun() const {
    const auto health = link_health_();
    const auto link = health.is_object() && health.contains("jig") ? health["jig"].value("link", "online")
                                                                   : std::string("online");
    return link == to_string(LinkState::online) ? "the jig was occupied"
                                                : "jigd was making sure of the board, which is " + link + ",";
}

std::vector<Answer> RequestDispatcher::overdue(TimePoint now) {
    std::vector<Answer> answers;
    for (auto& [ticket, waiting] : waiting_) {
        if (now < waiting.due) {
            continue;
        }
        // Whoever takes the claim answers. A job that the jig has begun is answered by the jig thread.
        waiting.due = TimePoint::max();
        auto& job = waiting.job;
        if (!job.claim.take()) {
            continue;
        }
        const auto waited = std::chrono::round<Milliseconds>(now - job.received).count();
        const Error busy(Code::busy, why_not_begun() + " for the " + std::to_string(waited) +
                                         " ms that this request could wait; it was not begun. Ask again, or "
                                         "with more patience (expiration)");
        auto done = refuse_ ? refuse_(job, busy) : RecordedOutcome{busy, std::nullopt};
        answers.push_back(answer_to(job, std::move(done.outcome), done.recorded));
    }
    for (const auto& answer : answers) {
        waiting_.erase(answer.ticket);
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
    waiting_.erase(ticket);
}

std::vector<Ticket> RequestDispatcher::on_connection_lost(std::uint64_t generation) {
    std::vector<Ticket> begun;
    std::erase_if(waiting_, [generation, &begun](auto& entry) {
        if (entry.first.generation != generation) {
            return false;
        }
        // What the jig has not begun is delivered again, and must not run twice.
        auto& job = entry.second.job;
        if (!job.claim.take()) {
            begun.push_back(job.ticket);
        }
        return true;
    });
    return begun;
}

std::vector<std::string> RequestDispatcher::served() const {
    std::vector<std::string> names{"JigStatus", "JigIdentity", "JigCapabilities", "JigHealth", "JigTrace"};
    if (!profile_.safe_state.empty()) {
        names.emplace_back("SafeState");
    }
    for (const auto& [name, request] : profile_.requests) {
        names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

nlohmann::json RequestDispatcher::capabilities() const {
    nlohmann::json requests = {
        {"JigStatus",
         built_in("link, identity and every value the board can be asked for, each with source and age")},
        {"JigIdentity", built_in("who the board says it is, and which host and daemon serve it")},
        {"JigCapabilities", built_in("every request with JSON Schemas of parameters and result")},
        {"JigHealth", built_in("the states of broker connection and serial link, since when and why")},
        {"JigTrace", built_in("what went over the serial line last, with whose request it was")},
    };
    if (!profile_.safe_state.empty()) {
        requests["SafeState"] = built_in("brings the jig into its safe state");
        requests["SafeState"]["kind"] = to_string(Kind::set);
    }
    for (const auto& [name, request] : profile_.requests) {
        if (name == "JigStatus") {
            requests[name]["result"]["properties"]["values"] = profile::result_schema(request);
            continue;
        }
        requests[name] = {{"kind", to_string(request.kind)},
                          {"description", request.description},
                          {"params", profile::params_schema(request)},
                          {"result", profile::result_schema(request)}};
        if (request.kind != Kind::read) {
            requests[name]["result"]["properties"]["acknowledged"] = {{"type", "boolean"}};
            requests[name]["result"]["properties"]["source"] = {{"enum", {"observed", "commanded"}}};
        }
        for (const auto& requirement : request.requirements) {
            requests[name]["requires"].push_back(requirement.text);
        }
    }
    return {{"profile", profile_.name}, {"driver", profile_.driver}, {"requests", std::move(requests)}};
}

nlohmann::json RequestDispatcher::identity() const {
    auto identity = to_json(facts_.identity());
    identity["host"] = options_.host;
    identity["instance"] = options_.instance;
    identity["profile"] = profile_.name;
    identity["version"] = options_.version;
    return identity;
}

nlohmann::json RequestDispatcher::health() const {
    auto health = link_health_();
    health["queue"] = waiting_.size();
    health["version"] = options_.version;
    health["uptime_s"] = std::chrono::floor<std::chrono::seconds>(Clock::now() - options_.started).count();
    return health;
}

nlohmann::json RequestDispatcher::trace() const {
    return wire_trace_ ? wire_trace_() : nlohmann::json{{"entries", nlohmann::json::array()}, {"lost", 0}};
}

} // namespace jigd::jig
