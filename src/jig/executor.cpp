#include "jig/executor.hpp"

#include <fmt/format.h>

namespace jigd::jig {

namespace {

/// Refusals that a board's queue may hold; SCPI instruments have some 10 to 30 places.
constexpr int max_refusals = 32;

/// What one of several answers says of `fields`.
nlohmann::json part_of_result(const std::vector<profile::Field>& fields, const profile::Captures& captures) {
    auto part = nlohmann::json::object();
    for (const auto& field : fields) {
        if (const auto captured = captures.find(field.group); captured != captures.end()) {
            part[field.name] = profile::from_wire(field, captured->second);
        }
    }
    return part;
}

nlohmann::json without(nlohmann::json result, const nlohmann::json& members) {
    for (const auto& member : members.items()) {
        result.erase(member.key());
    }
    return result;
}

} // namespace

nlohmann::json Executor::run(const std::string& name, const nlohmann::json& params, Deadline deadline) {
    if (name == "JigStatus") {
        return status(deadline);
    }
    const auto* request = profile_.find(name);
    if (request == nullptr) {
        throw Error(Code::internal, "the profile has no request " + name);
    }
    return read(*request, params, deadline);
}

nlohmann::json Executor::read(const profile::Request& request, const nlohmann::json& params,
                              Deadline deadline) {
    auto& link = dependencies_.link;
    profile::Captures captures;
    auto observed = nlohmann::json::object();
    // Each answer counts when it comes: an event before the next one is newer.
    const auto observe = [&](const nlohmann::json& part) {
        dependencies_.values.observe(request.result, part, params, now());
        link.process_rest();
    };
    for (const auto& step : request.steps) {
        (void)link.begin(step, params, deadline);
        auto answer = link.send();
        if (&step != &request.steps.back()) {
            const auto part = in_step([&] { return part_of_result(request.result, answer); });
            observe(part);
            observed.update(part);
        }
        captures.merge(answer);
    }
    auto result = in_step([&] { return profile::to_result(request.result, captures); });
    observe(observed.empty() ? result : without(result, observed));
    return result;
}

/// An answer that is not what the profile declares may be another question's.
nlohmann::json Executor::in_step(const std::function<nlohmann::json()>& read_answer) {
    try {
        return read_answer();
    } catch (const Error& error) {
        dependencies_.link.on_out_of_step(error.what());
        throw;
    }
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

nlohmann::json Executor::status(Deadline deadline) {
    auto& link = dependencies_.link;
    if (const auto* request = profile_.find("JigStatus"); request != nullptr) {
        (void)read(*request, nlohmann::json::object(), deadline);
    } else {
        link.prepare(deadline);
    }
    return {{"values", dependencies_.values.values()},
            {"quality", dependencies_.values.quality(now())},
            {"version", dependencies_.values.version()},
            {"link", link.to_json()},
            {"identity", to_json(dependencies_.status.identity())},
            {"health", dependencies_.status.health()}};
}

} // namespace jigd::jig
