#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

/// Looks up what other parts of the profile name.
class References {
  public:
    /// States are known only when everything that declares one could be read.
    References(const Profile& profile, const yaml::Node& root, yaml::Problems& problems)
        : profile_(profile), problems_(problems), states_are_known_(problems.empty()) {
        const auto section = root.find("requests");
        for (const auto& entry : section ? section->entries() : std::vector<yaml::Node::Entry>{}) {
            names_.push_back(entry.key);
        }
        const auto add_states = [this](const std::vector<Field>& fields) {
            for (const auto& field : fields) {
                states_.insert(field.state.base);
                if (!field.state.is_item()) {
                    schemas_.emplace(field.state.base, field.schema);
                }
            }
        };
        for (const auto& [name, request] : profile.requests) {
            add_states(request.result);
        }
        for (const auto& event : profile.events) {
            add_states(event.values);
        }
        for (const auto& [state, value] : profile.simulation.state) {
            if (const auto name = StateName::parse(state)) {
                states_.insert(name->base);
            }
        }
    }

    /// The request, or nullptr: a problem was added, or it is there but could not be read.
    const Request* request(const std::string& name, const yaml::Mark& mark, const std::string& what) {
        const auto* found = profile_.find(name);
        if (found == nullptr && std::find(names_.begin(), names_.end(), name) == names_.end()) {
            problems_.add(mark,
                          what + ": there is no request '" + cut(name) + "'" + did_you_mean(name, names_));
        }
        return found;
    }

    void require_state(const std::string& text, const yaml::Mark& mark, const std::string& what) {
        if (const auto state = read_state(text, what, "name or name[3]", mark, problems_)) {
            require_state(*state, mark, what);
        }
    }

    void require_state(const StateName& state, const yaml::Mark& mark, const std::string& what) {
        if (states_are_known_ && !states_.contains(state.base)) {
            const std::vector<std::string> known(states_.begin(), states_.end());
            problems_.add(mark, what + ": nothing reads a state '" + cut(state.base) + "'" +
                                    did_you_mean(state.base, known));
        }
    }

    /// The schema of a state, or of an item of it; nullopt when no field declares it.
    [[nodiscard]] std::optional<Schema> schema(const StateName& state) const {
        const auto found = schemas_.find(state.base);
        if (found == schemas_.end()) {
            return std::nullopt;
        }
        if (!state.is_item()) {
            return found->second;
        }
        const auto& json = found->second.json();
        return json.contains("items") ? std::optional<Schema>(Schema(json["items"])) : std::nullopt;
    }

  private:
    const Profile& profile_;
    yaml::Problems& problems_;
    bool states_are_known_;
    std::vector<std::string> names_;
    std::set<std::string> states_;
    std::map<std::string, Schema> schemas_;
};

std::vector<std::string> field_names(const Request& request) {
    std::vector<std::string> names;
    for (const auto& field : request.result) {
        names.push_back(field.name);
    }
    return names;
}

std::vector<std::string> param_names(const Request& request) {
    std::vector<std::string> names;
    for (const auto& param : request.params) {
        names.push_back(param.name);
    }
    return names;
}

void require_known(const std::string& name, const std::vector<std::string>& known, const std::string& what,
                   const yaml::Mark& mark, yaml::Problems& problems) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        problems.add(mark, what + did_you_mean(name, known));
    }
}

/// Whether the read that proves is asked with its own parameters.
void check_proof_params(const Request& proof, const Verify& verify, const yaml::Node& node,
                        yaml::Problems& problems) {
    const auto params = param_names(proof);
    const auto before = problems.lines().size();
    for (const auto& [theirs, ours] : verify.params) {
        require_known(theirs, params, "verify: " + proof.name + " has no parameter '" + cut(theirs) + "'",
                      key_mark(*node.find("params"), theirs), problems);
    }
    if (problems.lines().size() != before) {
        return; // what is called wrong is what is missing
    }
    for (const auto& param : proof.params) {
        if (!param.otherwise && !verify.params.contains(param.name)) {
            problems.add(node.mark(), "verify: " + proof.name + " needs the parameter '" + param.name + "'");
        }
    }
}

/// Whether the read that proves can ever say it.
void check_expectation(const Request& proof, const Expectation& expectation, const yaml::Node::Entry& entry,
                       yaml::Problems& problems) {
    const auto& base = expectation.member.base;
    require_known(base, field_names(proof),
                  "verify: the result of " + proof.name + " has no '" + cut(base) + "'", entry.mark,
                  problems);
    const auto field = std::find_if(proof.result.begin(), proof.result.end(),
                                    [&](const Field& each) { return each.name == base; });
    if (field == proof.result.end() || !expectation.param.empty()) {
        return;
    }
    const auto& schema = field->schema.json();
    const bool has_items = expectation.member.is_item() && schema.contains("items");
    const auto violation = has_items ? Schema(schema["items"]).violation(expectation.value)
                                     : field->schema.violation(expectation.value);
    if (violation) {
        problems.add(entry.value.mark(), "verify: '" + expectation.member.text() + "' " + *violation);
    }
}

void check_verify(const Request& request, const yaml::Node& node, References& references,
                  yaml::Problems& problems) {
    const auto& mark = node.mark();
    const auto& verify = *request.verify;
    const auto params_node = node.find("params");
    const auto& expect = node.find("expect")->entries(); // one for each expectation
    if (request.kind != Kind::set) {
        problems.add(mark, "verify: it proves what a set has reached; " + request.name + " is a " +
                               std::string(to_string(request.kind)));
    }
    const auto* proof = references.request(verify.request, node.find("request")->mark(), "verify");
    const auto own = param_names(request);
    const auto require_own = [&](const std::string& ours, const yaml::Mark& place) {
        require_known(ours, own, "verify: '{" + ours + "}' is not a parameter of " + request.name, place,
                      problems);
    };
    for (const auto& [theirs, ours] : verify.params) {
        require_own(ours, mark_of(*params_node, theirs));
    }
    for (std::size_t index = 0; index < expect.size(); ++index) {
        const auto& expectation = verify.expect[index];
        if (!expectation.param.empty()) {
            require_own(expectation.param, expect[index].value.mark());
        }
        if (expectation.member.index == StateName::Index::param) {
            require_own(expectation.member.name, expect[index].mark);
        }
    }
    if (proof == nullptr) {
        return;
    }
    if (proof->kind != Kind::read) {
        problems.add(mark, "verify: only a read can prove another request; " + proof->name + " is a " +
                               std::string(to_string(proof->kind)));
    }
    check_proof_params(*proof, verify, node, problems);
    for (std::size_t index = 0; index < expect.size(); ++index) {
        check_expectation(*proof, verify.expect[index], expect[index], problems);
    }
}

void check_effects(const std::vector<Effect>& effects, const yaml::Node& sets, References& references,
                   yaml::Problems& problems) {
    for (std::size_t index = 0; index < effects.size(); ++index) {
        const auto& effect = effects[index];
        const auto& entry = sets.entries()[index];
        references.require_state(effect.state, entry.mark, "sets");
        const auto schema = references.schema(effect.state);
        if (!effect.param.empty() || !effect.field.empty() || effect.is_unknown || !schema) {
            continue;
        }
        if (const auto violation = schema->violation(effect.value)) {
            const bool may_mean_unknown = effect.value.is_string() && schema->type() != "string";
            problems.add(
                entry.value.mark(),
                "sets: '" + effect.state.text() + "' " + *violation +
                    (may_mean_unknown ? ", or unknown (without quotes), which a toggle leaves" : ""));
        }
    }
}

void check_safe_state(Profile& profile, const yaml::Node& list, References& references,
                      yaml::Problems& problems) {
    for (std::size_t index = 0; index < profile.safe_state.size(); ++index) {
        auto& step = profile.safe_state[index];
        const auto& mark = list.items()[index].mark();
        const auto* request = references.request(step.request, mark, "safe_state");
        if (request == nullptr) {
            continue;
        }
        if (request->kind == Kind::read) {
            problems.add(mark, "safe_state: " + request->name + " is a read and makes nothing safe");
        }
        try {
            step.params = complete(*request, step.params);
        } catch (const Error& error) {
            problems.add(mark, std::string("safe_state: ") + error.what());
        }
    }
}

/// What a refusal depends on: each is a parameter or a state, and can have the value.
void check_when(const Request& request, const yaml::Node& when, References& references,
                yaml::Problems& problems) {
    for (const auto& entry : when.entries()) {
        const auto param = std::find_if(request.params.begin(), request.params.end(),
                                        [&](const Param& each) { return each.name == entry.key; });
        const bool is_param = param != request.params.end();
        if (!is_param) {
            references.require_state(entry.key, entry.mark, "when");
        }
        const auto state = StateName::parse(entry.key);
        const auto schema = is_param ? std::optional(param->schema)
                            : state  ? references.schema(*state)
                                     : std::nullopt;
        if (const auto violation = schema ? schema->violation(entry.value.to_json()) : std::nullopt) {
            problems.add(entry.value.mark(), "when: '" + entry.key + "' " + *violation);
        }
    }
}

void check_rule(const Request& request, const Simulation::Rule& rule, const yaml::Node& node,
                References& references, yaml::Problems& problems) {
    for (std::size_t index = 0; index < rule.refuse.size(); ++index) {
        if (const auto when = node.find("refuse")->items()[index].find("when")) {
            check_when(request, *when, references, problems);
        }
    }
    if (rule.answers_after) {
        require_known(*rule.answers_after, param_names(request),
                      "answers_after: '" + cut(*rule.answers_after) + "' is not a parameter of " +
                          request.name,
                      mark_of(node, "answers_after"), problems);
    }
    if (rule.counts) {
        references.require_state(*rule.counts, mark_of(node, "counts"), "counts");
    }
}

void check_simulation(const Profile& profile, const yaml::Node& node, References& references,
                      yaml::Problems& problems) {
    if (const auto state = node.find("state")) {
        for (const auto& entry : state->entries()) {
            const auto name = read_state(entry.key, "state", "name or name[3]", entry.mark, problems);
            if (!name) {
                continue;
            }
            const auto schema = references.schema(*name);
            const auto violation = schema ? schema->violation(entry.value.to_json()) : std::nullopt;
            if (violation) {
                problems.add(entry.value.mark(), "state: '" + entry.key + "' " + *violation);
            }
        }
    }
    const auto rules = node.find("rules");
    if (!rules) {
        return;
    }
    for (const auto& entry : rules->entries()) {
        const auto rule = profile.simulation.rules.find(entry.key);
        const auto* request = references.request(entry.key, entry.mark, "rules");
        if (request != nullptr && rule != profile.simulation.rules.end()) {
            check_rule(*request, rule->second, entry.value, references, problems);
        }
    }
}

/// Events that could not be read leave no way to tell which node the others came from.
void check_events(const Profile& profile, const yaml::Node& root, References& references,
                  yaml::Problems& problems) {
    const auto node = root.find("events");
    if (!node || node->items().size() != profile.events.size()) {
        return;
    }
    for (std::size_t index = 0; index < profile.events.size(); ++index) {
        const auto& effects = profile.events[index].sets;
        if (!effects.empty()) {
            check_effects(effects, *node->items()[index].find("sets"), references, problems);
        }
    }
}

} // namespace

void check_references(Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    References references(profile, root, problems);
    for (const auto& [name, request] : profile.requests) {
        const auto node = *root.find("requests")->find(name);
        if (request.verify) {
            check_verify(request, *node.find("verify"), references, problems);
        }
        if (!request.sets.empty()) {
            check_effects(request.sets, *node.find("sets"), references, problems);
        }
    }
    check_events(profile, root, references, problems);
    for (const auto& [name, request] : profile.requests) {
        if (profile.codec->echoes() && request.has_secrets()) {
            problems.add(root.find("requests")->find(name)->mark(),
                         "request '" + name + "' has a secret, which a board with echo would repeat");
        }
    }
    if (!profile.safe_state.empty()) {
        check_safe_state(profile, *root.find("safe_state"), references, problems);
    }
    if (const auto simulation = root.find("simulation")) {
        check_simulation(profile, *simulation, references, problems);
    }
}

} // namespace jigd::profile
