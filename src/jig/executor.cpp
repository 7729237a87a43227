#include "jig/executor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "jig/answers.hpp"

namespace jigd::jig {

namespace {

/// Refusals that a board's queue may hold; SCPI instruments have some 10 to 30 places.
constexpr int max_refusals = 32;

} // namespace

nlohmann::json Executor::fetch(const std::string& name, const nlohmann::json& params, Deadline deadline) {
    const auto* request = profile_.find(name);
    if (request == nullptr && name == "JigStatus") {
        dependencies_.link.prepare(deadline);
        return nlohmann::json::object();
    }
    if (request == nullptr) {
        throw Error(Code::internal, "the profile has no request " + name);
    }
    const auto* source = source_of(request);
    return exchange(
        *source, source == request ? params : profile::complete(*source, nlohmann::json::object()), deadline);
}

nlohmann::json Executor::present(const std::string& name, const nlohmann::json& params,
                                 const nlohmann::json& said) const {
    if (name == "JigStatus") {
        return status();
    }
    const auto* request = profile_.find(name);
    return request == nullptr || request->from.empty() ? said : profile::part_of(*request, params, said);
}

/// The request that is run for `request`.
const profile::Request* Executor::source_of(const profile::Request* request) const {
    return request == nullptr || request->from.empty() ? request : profile_.find(request->from);
}

bool Executor::fetch_alike(const Job& left, const Job& right) const {
    if (left.request == right.request && left.params == right.params) {
        return true;
    }
    const auto* own = profile_.find(left.request);
    const auto* other = profile_.find(right.request);
    const auto* source = source_of(own);
    if (source == nullptr || source != source_of(other)) {
        return false;
    }
    const auto is_default = [&](const profile::Request* request, const nlohmann::json& params) {
        return request != source || params == profile::complete(*source, nlohmann::json::object());
    };
    return (own != source || other != source) && is_default(own, left.params) &&
           is_default(other, right.params);
}

nlohmann::json Executor::read(const profile::Request& request, const nlohmann::json& params,
                              Deadline deadline) {
    const auto* source = source_of(&request);
    if (source == &request) {
        return exchange(request, params, deadline);
    }
    return profile::part_of(
        request, params, exchange(*source, profile::complete(*source, nlohmann::json::object()), deadline));
}

nlohmann::json Executor::exchange(const profile::Request& request, const nlohmann::json& params,
                                  Deadline deadline) {
    auto& link = dependencies_.link;
    Answers answers(request, params, link, dependencies_.values);
    std::uint64_t generation = 0;
    for (const auto& step : request.steps) {
        (void)link.begin(step, params, deadline);
        if (&step == &request.steps.front()) {
            generation = link.generation();
        } else if (link.generation() != generation) {
            throw Error(Code::jig_protocol, "the board restarted between the steps of " + request.name +
                                                ", and may have undone what earlier ones did; ask again");
        }
        answers.add(step, link.send());
    }
    auto result = answers.result();
    link.process_rest();
    return result;
}

nlohmann::json Executor::read_back(const profile::Request& request, const nlohmann::json& params,
                                   Deadline deadline) {
    const auto& verify = *request.verify;
    const auto* proof = profile_.find(verify.request);
    if (proof == nullptr) {
        throw Error(Code::internal,
                    "the profile's verify names " + verify.request + ", which it does not have");
    }
    nlohmann::json proof_params = nlohmann::json::object();
    for (const auto& [theirs, ours] : verify.params) {
        proof_params[theirs] = params.at(ours);
    }
    nlohmann::json result;
    try {
        result = read(*proof, profile::complete(*proof, proof_params), deadline);
    } catch (const Error& error) {
        dependencies_.values.lose(request.sets, params);
        throw Error(Code::outcome_unknown,
                    "the board took " + request.name + ", but it could not be read back: " + error.what(),
                    Executed::unknown, error.details());
    }
    if (const auto instead = profile::contradiction(verify, params, result)) {
        throw Error(Code::jig_protocol,
                    "the board took " + request.name + ", but " + verify.request + " reads " + *instead +
                        "; check the board, then read it again",
                    Executed::unknown);
    }
    return result;
}

profile::Captures Executor::ask_for_refusal(const std::string& request, Deadline deadline) {
    const auto none = nlohmann::json::object();
    auto& link = dependencies_.link;
    try {
        (void)link.begin(profile_.check->step, none, deadline);
        auto answer = link.send();
        link.process_rest();
        return answer;
    } catch (const Error& error) {
        throw Error(Code::outcome_unknown,
                    "the board was sent " + request +
                        ", but it could not be asked whether it refused it: " + error.what(),
                    Executed::unknown, error.details());
    }
}

/// A refusal before this one's may still be in the board's queue, which is emptied; the first is told.
void Executor::require_taken(const profile::Request& request, const nlohmann::json& params,
                             Deadline deadline) {
    std::optional<profile::Captures> refusal;
    try {
        for (int asked = 0; asked < max_refusals; ++asked) {
            const auto answer = ask_for_refusal(request.name, deadline);
            if (profile::is_good(*profile_.check, answer)) {
                break;
            }
            refusal = refusal.value_or(answer);
        }
    } catch (const Error&) {
        dependencies_.values.lose(request.sets, params);
        throw;
    }
    if (!refusal) {
        return;
    }
    dependencies_.values.lose(request.sets, params);
    auto details = profile::refusal_details(*refusal);
    const auto message =
        fmt::format("the board was sent {} and says {} {}; read its state before it is asked again",
                    request.name, details.value("board_code", nlohmann::json("an error")).dump(),
                    details.value("board_text", nlohmann::json("")).dump());
    throw Error(Code::jig_refused, message, Executed::unknown, std::move(details));
}

std::optional<nlohmann::json> Executor::settle(const std::string& name, const nlohmann::json& params,
                                               Deadline deadline) {
    const auto* request = profile_.find(name);
    if (request == nullptr || request->kind != Kind::set || !request->verify) {
        return std::nullopt;
    }
    try {
        auto result = read_back(*request, params, deadline);
        result["acknowledged"] = false;
        result["source"] = to_string(link::Source::observed);
        return result;
    } catch (const Error& error) {
        throw Error(
            Code::outcome_unknown,
            name +
                " was started before, how it ended is not known, and reading back did not prove it; it "
                "is not run again. Read the jig's state, then decide (" +
                error.what() + ")",
            Executed::unknown, error.details());
    }
}

nlohmann::json Executor::status() const {
    return {{"values", dependencies_.values.values()},
            {"quality", dependencies_.values.quality(now())},
            {"version", dependencies_.values.version()},
            {"link", dependencies_.link.to_json()},
            {"identity", to_json(dependencies_.status.identity())},
            {"health", dependencies_.status.health()}};
}

} // namespace jigd::jig
