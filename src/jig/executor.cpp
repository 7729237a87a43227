#include "jig/executor.hpp"

#include <fmt/format.h>

#include "jig/interlock.hpp"

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

nlohmann::json Executor::run(const std::string& name, const nlohmann::json& params, Deadline deadline,
                             const ActionGate& gate) {
    dependencies_.link.prepare(deadline);
    if (name == "JigStatus") {
        return status(deadline);
    }
    const auto* request = profile_.find(name);
    if (request == nullptr) {
        return make_safe(deadline, gate);
    }
    return run_request(*request, params, deadline, gate);
}

nlohmann::json Executor::run_request(const profile::Request& request, const nlohmann::json& params,
                                     Deadline deadline, const ActionGate& gate) {
    if (request.kind == Kind::read) {
        return read(request, params, deadline);
    }
    require(request, params, deadline);
    if (gate.begin) {
        gate.begin();
    }
    // Writing it down took its time: what the board said meanwhile counts, too.
    const auto before_sending = [&](const std::string& bytes) {
        require_still(request, params);
        if (gate.before_sending) {
            gate.before_sending(bytes);
        }
    };
    return act(request, params, deadline, before_sending);
}

nlohmann::json Executor::read(const profile::Request& request, const nlohmann::json& params,
                              Deadline deadline) {
    auto result = run_steps(request, params, deadline, {});
    dependencies_.values.observe(request.result, result, params, now());
    return result;
}

nlohmann::json Executor::act(const profile::Request& request, const nlohmann::json& params, Deadline deadline,
                             const drivers::BeforeSending& before_sending) {
    nlohmann::json result;
    try {
        result = run_steps(request, params, deadline, before_sending);
    } catch (const Error& error) {
        if (error.executed() != Executed::no) {
            dependencies_.values.lose(request.sets, params);
        }
        throw;
    }
    if (request.restarts) {
        dependencies_.link.expect_restart();
    }
    dependencies_.values.observe(request.result, result, params, now());
    dependencies_.values.command(request.sets, params, now());
    result["acknowledged"] = acknowledged(request);
    result["source"] = to_string(link::Source::commanded);
    if (request.verify) {
        result.update(run_verify(request, params, deadline));
        result["source"] = to_string(link::Source::observed);
    }
    return result;
}

link::Value Executor::observed(const profile::Requirement& requirement, const std::string& state,
                               TimePoint since, Deadline deadline) {
    const auto is_fresh = [&](const std::optional<link::Value>& value) {
        return value && value->source == link::Source::observed &&
               (value->at >= since || now() - value->at <= requirement.max_age);
    };
    auto value = dependencies_.values.find(state);
    if (!is_fresh(value)) {
        const auto* source = profile_.find(requirement.read);
        if (source == nullptr) {
            throw Error(Code::internal, "the profile reads no value '" + state + "'");
        }
        (void)read(*source, profile::complete(*source, nlohmann::json::object()), deadline);
        value = dependencies_.values.find(state);
    }
    return is_fresh(value) ? *value : link::Value{};
}

void Executor::require(const profile::Request& request, const nlohmann::json& params, Deadline deadline) {
    const auto since = now();
    for (const auto& requirement : request.requirements) {
        const auto state = link::resolved(requirement.state, params);
        link::Value value;
        try {
            value = observed(requirement, state, since, deadline);
        } catch (const Error& error) {
            throw Error(error.code(),
                        fmt::format("{} needs {}, which could not be read: {}", request.name,
                                    requirement.text, error.what()),
                        Executed::no, error.details());
        }
        require_holds(request.name, requirement, state, value, now());
    }
    // Reading may have brought the link into doubt.
    dependencies_.link.prepare(deadline);
}

void Executor::require_still(const profile::Request& request, const nlohmann::json& params) const {
    for (const auto& requirement : request.requirements) {
        const auto state = link::resolved(requirement.state, params);
        const auto value = dependencies_.values.find(state).value_or(link::Value{});
        require_holds(request.name, requirement, state, value, now());
        // Making sure of the board, and writing the request down, may have taken long.
        const auto oldest = std::max(requirement.max_age, profile_.timeouts.reply);
        if (now() - value.at > oldest) {
            throw Error(Code::interlock,
                        request.name + " needs " + requirement.text +
                            ", which was read too long before it could be sent; nothing was sent. Ask again",
                        Executed::no, {{"requires", requirement.text}});
        }
    }
}

nlohmann::json Executor::run_steps(const profile::Request& request, const nlohmann::json& params,
                                   Deadline deadline, const drivers::BeforeSending& before_sending) {
    const bool acts = request.kind != Kind::read;
    profile::Captures captures;
    bool any_sent = false;
    for (const auto& step : request.steps) {
        try {
            captures.merge(dependencies_.link.exchange(step, params, deadline,
                                                       any_sent ? drivers::BeforeSending{} : before_sending));
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
        dependencies_.link.doubt(error.what());
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
        read_back = read(*proof, proof_params, deadline);
    } catch (const Error& error) {
        dependencies_.values.lose(request.sets, params);
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

std::optional<nlohmann::json> Executor::settle(const std::string& name, const nlohmann::json& params,
                                               Deadline deadline) {
    const auto* request = profile_.find(name);
    if (request == nullptr || request->kind != Kind::set || !request->verify) {
        return std::nullopt;
    }
    try {
        dependencies_.link.prepare(deadline);
        auto result = run_verify(*request, params, deadline);
        result["acknowledged"] = false;
        result["source"] = to_string(link::Source::observed);
        return result;
    } catch (const Error& error) {
        throw Error(Code::outcome_unknown,
                    name +
                        " was begun before, how it ended is not known, and reading back did not prove "
                        "it; it is not run again. Read the jig's state, then decide (" +
                        error.what() + ")",
                    Executed::unknown, error.details());
    }
}

nlohmann::json Executor::status(Deadline deadline) {
    if (const auto* request = profile_.find("JigStatus"); request != nullptr) {
        (void)read(*request, nlohmann::json::object(), deadline);
    }
    return {{"values", dependencies_.values.values()},
            {"quality", dependencies_.values.quality(now())},
            {"version", dependencies_.values.version()},
            {"link", dependencies_.link.to_json()},
            {"identity", to_json(dependencies_.facts.identity())},
            {"health", dependencies_.health()}};
}

nlohmann::json Executor::make_safe(Deadline deadline, const ActionGate& gate) {
    dependencies_.link.prepare(deadline);
    if (gate.begin) {
        gate.begin();
    }
    // Each step is tried, whatever became of those before it: half safe is better than not safe.
    std::optional<Error> first_error;
    bool any_done = false;
    for (const auto& step : profile_.safe_state) {
        const auto* request = profile_.find(step.request);
        if (request == nullptr) {
            throw Error(Code::internal,
                        "the profile's safe_state names " + step.request + ", which it does not have");
        }
        try {
            dependencies_.link.prepare(deadline);
            (void)act(*request, profile::complete(*request, step.params), deadline,
                      any_done ? drivers::BeforeSending{} : gate.before_sending);
            any_done = true;
        } catch (const Error& error) {
            any_done = any_done || error.executed() != Executed::no;
            first_error = first_error ? first_error : error;
        }
    }
    if (first_error) {
        throw first_error->with(any_done ? Executed::unknown : first_error->executed());
    }
    return {{"source", to_string(link::Source::commanded)}, {"steps", profile_.safe_state.size()}};
}

} // namespace jigd::jig
