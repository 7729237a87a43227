#include "jig/executor.hpp"

namespace jigd::jig {

namespace {

/// Whether the request's own answer proves that the board heard it.
bool acknowledged(const profile::Request& request) {
    for (const auto& step : request.steps) {
        if (const auto* line = std::get_if<profile::LineStep>(&step); line != nullptr && !line->match) {
            return false;
        }
    }
    return !request.steps.empty();
}

} // namespace

nlohmann::json Executor::run(const std::string& name, const nlohmann::json& params, Deadline deadline) {
    link_.prepare(deadline);
    if (name == "JigStatus") {
        return status(deadline);
    }
    const auto* request = profile_.find(name);
    if (request == nullptr) {
        return make_safe(deadline);
    }
    return run_request(*request, params, deadline);
}

nlohmann::json Executor::run_request(const profile::Request& request, const nlohmann::json& params,
                                     Deadline deadline) {
    auto result = run_steps(request, params, deadline);
    if (request.kind == Kind::read) {
        return result;
    }
    result["acknowledged"] = acknowledged(request);
    result["source"] = "commanded";
    if (request.restarts) {
        link_.expect_restart();
    }
    if (request.verify) {
        result.update(run_verify(request, params, deadline));
        result["source"] = "observed";
    }
    return result;
}

nlohmann::json Executor::run_steps(const profile::Request& request, const nlohmann::json& params,
                                   Deadline deadline) {
    const bool acts = request.kind != Kind::read;
    profile::Captures captures;
    bool any_sent = false;
    for (const auto& step : request.steps) {
        try {
            captures.merge(link_.exchange(step, params, deadline));
            any_sent = true;
        } catch (const Error& error) {
            // An earlier step has acted already, whatever this one says of itself.
            const auto said = any_sent ? Executed::unknown : error.executed();
            throw error.with(acts ? said : Executed::no);
        }
    }
    try {
        return profile::to_result(request.result, captures);
    } catch (const Error& error) {
        link_.doubt(error.what());
        throw error.with(acts ? Executed::unknown : Executed::no);
    }
}

nlohmann::json Executor::run_verify(const profile::Request& request, const nlohmann::json& params,
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
    nlohmann::json read_back;
    try {
        read_back = run_steps(*proof, proof_params, deadline);
    } catch (const Error& error) {
        throw Error(Code::outcome_unknown,
                    "the board took " + request.name + ", but it could not be read back: " + error.what(),
                    Executed::unknown, error.details());
    }
    for (const auto& [member, param] : verify.expect) {
        if (read_back.at(member) != params.at(param)) {
            throw Error(Code::jig_protocol,
                        "the board took " + request.name + ", but " + verify.request + " reads " + member +
                            " = " + read_back.at(member).dump() + " where " + params.at(param).dump() +
                            " was set; check the board, then read it again",
                        Executed::unknown);
        }
    }
    return read_back;
}

nlohmann::json Executor::status(Deadline deadline) {
    nlohmann::json values = nlohmann::json::object();
    nlohmann::json quality = nlohmann::json::object();
    if (const auto* request = profile_.find("JigStatus"); request != nullptr) {
        values = run_steps(*request, nlohmann::json::object(), deadline);
        for (const auto& [name, value] : values.items()) {
            quality[name] = {{"source", value.is_null() ? "unknown" : "observed"},
                             {"age_ms", value.is_null() ? nlohmann::json(nullptr) : nlohmann::json(0)}};
        }
    }
    return {{"values", std::move(values)},
            {"quality", std::move(quality)},
            {"link", link_.to_json()},
            {"identity", to_json(facts_.identity())}};
}

nlohmann::json Executor::make_safe(Deadline deadline) {
    bool any_done = false;
    for (const auto& step : profile_.safe_state) {
        const auto* request = profile_.find(step.request);
        if (request == nullptr) {
            throw Error(Code::internal,
                        "the profile's safe_state names " + step.request + ", which it does not have");
        }
        try {
            (void)run_request(*request, profile::complete(*request, step.params), deadline);
            any_done = true;
        } catch (const Error& error) {
            throw error.with(any_done ? Executed::unknown : error.executed());
        }
    }
    return {{"source", "commanded"}, {"steps", profile_.safe_state.size()}};
}

} // namespace jigd::jig
