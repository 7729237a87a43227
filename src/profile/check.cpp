#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

template<typename Things>
Names names_of(const Things& things) {
    Names names;
    for (const auto& thing : things) {
        names.push_back(thing.name);
    }
    return names;
}

const Param* find_param(const Request& request, const std::string& name) {
    const auto found = std::find_if(request.params.begin(), request.params.end(),
                                    [&](const Param& param) { return param.name == name; });
    return found == request.params.end() ? nullptr : &*found;
}

/// The place of an entry of a map in the request: its params' `channel`, say.
yaml::Mark mark_of(const yaml::Node& node, std::string_view section, std::string_view key) {
    const auto map = node.find(section);
    return map ? key_mark(*map, key) : node.mark();
}

/// All that a schema allows, where that is a list; else nothing.
nlohmann::json all_values(const Schema& schema) {
    constexpr std::int64_t longest = 64;
    const auto& json = schema.json();
    auto values = json.value("enum", nlohmann::json::array());
    if (values.empty() && schema.type() == "boolean") {
        return {true, false};
    }
    const auto first = json.value("minimum", nlohmann::json());
    const auto last = json.value("maximum", nlohmann::json());
    if (!values.empty() || schema.type() != "integer" || !first.is_number_integer() ||
        !last.is_number_integer() || last.get<std::int64_t>() - first.get<std::int64_t>() >= longest) {
        return values;
    }
    for (auto value = first.get<std::int64_t>(); value <= last.get<std::int64_t>(); ++value) {
        if (!schema.violation(value)) {
            values.push_back(value);
        }
    }
    return values;
}

void check_words(const Param& param, const Words& words, const yaml::Mark& mark, yaml::Problems& problems) {
    for (const auto& [value, word] : words.pairs()) {
        if (const auto violation = param.schema.violation(value)) {
            problems.add(mark, "send: the value of '" + cut(word) + "' is none of parameter '" + param.name +
                                   "': it " + *violation);
        }
    }
    std::string missing;
    for (const auto& value : all_values(param.schema)) {
        if (!words.to_wire(value)) {
            missing.append(missing.empty() ? "" : ", ").append(bare(value));
        }
    }
    if (!missing.empty()) {
        problems.add(mark, "send: parameter '" + param.name + "' may be " + missing +
                               ", for which the placeholder has no word");
    }
}

/// Whether the values of the schema lie between 0 and 10 minutes in milliseconds.
bool is_bounded(const nlohmann::json& schema) {
    constexpr std::int64_t longest = 600'000;
    const auto is_good = [](const nlohmann::json& value) {
        return value.is_null() || (value.is_number() && value >= 0 && value <= longest);
    };
    if (const auto values = schema.find("enum"); values != schema.end()) {
        return std::all_of(values->begin(), values->end(), is_good);
    }
    if (const auto value = schema.find("const"); value != schema.end()) {
        return is_good(*value);
    }
    return is_good(schema.value("minimum", nlohmann::json(-1))) &&
           is_good(schema.value("maximum", nlohmann::json(longest + 1)));
}

void check_step(const Request& request, const Step& step, const yaml::Node& node, yaml::Problems& problems) {
    const auto known = names_of(request.params);
    const auto send = node.find("send");
    const auto send_mark = send ? send->mark() : node.mark();
    for (const auto& name : step.form->params()) {
        const auto* param = find_param(request, name);
        if (param == nullptr) {
            problems.add(send_mark, (send ? "send: '{" : "step: '{") + name + "}' is not a parameter of " +
                                        request.name + did_you_mean(name, known));
        } else if (const auto* words = step.form->words(name)) {
            check_words(*param, *words, send_mark, problems);
        }
    }
    if (step.extended_by) {
        const auto* param = find_param(request, *step.extended_by);
        const auto mark = node.find("extended_by")->mark();
        if (param == nullptr) {
            problems.add(mark, "extended_by: '" + cut(*step.extended_by) + "' is not a parameter of " +
                                   request.name + did_you_mean(*step.extended_by, known));
        } else if (param->schema.type() != "integer") {
            problems.add(mark, "extended_by: '" + param->name + "' must be an integer of milliseconds");
        } else if (!is_bounded(param->schema.json())) {
            problems.add(mark, "extended_by: '" + param->name +
                                   "' needs bounds, for it decides how long the board is waited for; write "
                                   "minimum: 0 and maximum: 600000 (10 min) or less");
        }
    }
}

/// A group is captured once: a second one would not say which of them is meant.
void check_groups_of_steps(const Request& request, const yaml::Node& steps, yaml::Problems& problems) {
    std::map<std::string, std::size_t> captured_by;
    for (std::size_t index = 0; index < request.steps.size(); ++index) {
        const auto& form = *request.steps[index].form;
        for (const auto& group : form.captures()) {
            const auto [first, is_new] = captured_by.emplace(group, index);
            // A repeated parameter is compared with what was sent, and may be so in each step.
            if (!is_new && !contains(form.params(), group)) {
                auto problem = "match: the group '" + group + "' is captured by step ";
                problem.append(std::to_string(first->second + 1))
                    .append(" already; give it another name here, such as ")
                    .append(group)
                    .append("_")
                    .append(std::to_string(index + 1));
                const auto step = steps.items()[index];
                const auto match = step.find("match");
                problems.add(match ? match->mark() : step.mark(), problem);
            }
        }
    }
}

/// A secret must not come back in an answer, nor be shown as a value of the jig or in a schema.
void check_secret(const Request& request, const Param& param, const yaml::Node& node,
                  yaml::Problems& problems) {
    const auto mark = mark_of(node, "params", param.name);
    const auto refuse = [&](const std::string& what) {
        problems.add(mark, "parameter '" + param.name + "' is secret: " + what);
    };
    if (param.otherwise) {
        refuse("a default would show it");
    }
    for (const auto& step : request.steps) {
        if (contains(step.form->captures(), param.name)) {
            refuse("the group '" + param.name + "' of the answer would show it");
        }
        if (step.form->words(param.name) != nullptr) {
            refuse("words in the command would show it; write {" + param.name + "}");
        }
    }
    const auto is_index = [&](const StateName& state) {
        return state.index == StateName::Index::param && state.name == param.name;
    };
    const bool is_shown =
        std::any_of(
            request.sets.begin(), request.sets.end(),
            [&](const Effect& effect) { return effect.param == param.name || is_index(effect.state); }) ||
        std::any_of(request.result.begin(), request.result.end(),
                    [&](const Field& field) { return is_index(field.state); }) ||
        std::any_of(request.requirements.begin(), request.requirements.end(),
                    [&](const Requirement& requirement) { return is_index(requirement.state); });
    if (is_shown) {
        refuse("a state of the jig would show it; leave it out of sets, state and requires");
    }
    if (request.verify) {
        const auto& names = request.verify->params;
        const auto& expectations = request.verify->expect;
        const bool is_asked = std::any_of(names.begin(), names.end(),
                                          [&](const auto& name) { return name.second == param.name; });
        const bool is_expected =
            std::any_of(expectations.begin(), expectations.end(), [&](const Expectation& expectation) {
                return expectation.param == param.name || is_index(expectation.member);
            });
        if (is_asked || is_expected) {
            refuse("verify would show it");
        }
    }
}

/// Each parameter goes somewhere, each field comes from somewhere.
void check_use(const Request& request, const Codec& codec, const yaml::Node& node, yaml::Problems& problems) {
    std::set<std::string> used;
    Names captured;
    bool answered = false;
    for (const auto& step : request.steps) {
        const auto names = step.form->params();
        used.insert(names.begin(), names.end());
        used.insert(step.extended_by.value_or(""));
        answered = answered || step.form->is_answered();
        const auto groups = step.form->captures();
        captured.insert(captured.end(), groups.begin(), groups.end());
    }
    const auto known = names_of(request.params);
    // A placeholder that is misspelt is where the parameter goes.
    const bool are_known = std::all_of(used.begin(), used.end(), [&](const std::string& name) {
        return name.empty() || contains(known, name);
    });
    for (const auto& param : request.params) {
        if (are_known && !used.contains(param.name)) {
            problems.add(mark_of(node, "params", param.name),
                         "parameter '" + param.name + "' is used in no step; write {" + param.name +
                             "} where the command holds it");
        }
    }
    for (const auto& field : request.result) {
        for (const auto& single : field.items.empty() ? std::vector<Field>{field} : field.items) {
            if (!contains(captured, single.group)) {
                const std::string what = single.name == single.group ? "" : "': '" + single.group;
                problems.add(mark_of(node, "result", field.name),
                             "field '" + single.name + what + "' is captured by no step; write " +
                                 codec.capture_of(single.group) + did_you_mean(single.group, captured));
            }
        }
    }
    if (request.kind == Kind::read && request.restarts) {
        problems.add(node.find("restarts")->mark(), "restarts: a read changes nothing; make it a pulse");
    }
    if (request.kind == Kind::read && !answered) {
        problems.add(node.mark(), "request '" + request.name +
                                      "': a read needs an answer; give a step a 'match', or make it a set or "
                                      "pulse");
    }
}

/// Jigd itself asks for these two without parameters, on every board.
void check_common_requests(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    if (request.name == "JigStatus" && request.kind != Kind::read) {
        problems.add(node.find("kind")->mark(), "kind: JigStatus is a read");
    }
    if (request.name == "SafeState" && request.kind != Kind::set) {
        problems.add(node.find("kind")->mark(), "kind: SafeState is a set");
    }
    if (request.name == "JigStatus" || request.name == "SafeState") {
        for (const auto& param : request.params) {
            if (!param.otherwise) {
                problems.add(mark_of(node, "params", param.name),
                             "parameter '" + param.name + "': " + request.name +
                                 " is asked without parameters; give it a default");
            }
        }
    }
}

bool is_captured(const Request& request, const std::string& group) {
    return std::any_of(request.steps.begin(), request.steps.end(),
                       [&](const Step& step) { return contains(step.form->captures(), group); });
}

void check_own_states(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    const auto known = names_of(request.params);
    const auto check_index = [&](const StateName& state, const yaml::Mark& mark) {
        if (state.index == StateName::Index::param && !contains(known, state.name)) {
            problems.add(mark, "'" + state.text() + "': '" + state.name + "' is not a parameter of " +
                                   request.name + did_you_mean(state.name, known));
        } else if (const auto* param = find_param(request, state.name);
                   state.index == StateName::Index::param && param->schema.type() == "array") {
            problems.add(mark, "'" + state.text() + "': '" + state.name +
                                   "' is a list, which is not the number "
                                   "of an item");
        }
    };
    for (const auto& field : request.result) {
        const auto mark = mark_of(node, "result", field.name);
        check_index(field.state, mark);
        if (field.state.index == StateName::Index::all) {
            problems.add(mark, "field '" + field.name + "' reads one value; '[*]' is for sets");
        }
    }
    for (const auto& effect : request.sets) {
        const auto mark = mark_of(node, "sets", effect.state.text());
        check_index(effect.state, mark);
        if (!effect.param.empty() && !contains(known, effect.param)) {
            problems.add(
                mark, "sets: '{" + effect.param + "}' is " +
                          (is_captured(request, effect.param)
                               ? "a group of the answer; name it in the result, which says what its "
                                 "text means"
                               : "not a parameter of " + request.name + did_you_mean(effect.param, known)));
        }
    }
}

/// A part of another read: its parameters say only which item.
void check_part(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    if (request.kind != Kind::read) {
        problems.add(node.find("kind")->mark(), "kind: a part of " + request.from + " is a read");
    }
    if (request.result.empty()) {
        problems.add(node.mark(), "request '" + request.name + "': say what it takes from " + request.from +
                                      ", such as result: {on: {state: \"relays[channel]\"}}");
    }
    for (const auto& param : request.params) {
        const bool is_used =
            std::any_of(request.result.begin(), request.result.end(), [&](const Field& field) {
                return field.state.index == StateName::Index::param && field.state.name == param.name;
            });
        const auto mark = mark_of(node, "params", param.name);
        if (!is_used) {
            problems.add(mark, "parameter '" + param.name +
                                   "' chooses no item; write it in a state, such as "
                                   "state: \"relays[" +
                                   param.name + "]\"");
        } else if (param.schema.type() != "integer" || param.secret) {
            problems.add(mark,
                         "parameter '" + param.name + "' is the number of an item; write type: integer");
        }
    }
    check_own_states(request, node, problems);
}

} // namespace

void check_request(const Request& request, const Codec& codec, const yaml::Node& node,
                   yaml::Problems& problems) {
    if (!request.from.empty()) {
        check_part(request, node, problems);
        return;
    }
    const auto steps = node.find("steps");
    for (std::size_t index = 0; index < request.steps.size(); ++index) {
        check_step(request, request.steps[index], steps->items()[index], problems);
    }
    if (!request.steps.empty() && !request.steps.front().form->is_sent()) {
        problems.add(steps->items().front().mark(),
                     "step has no key 'send': only a step behind one that sends may await one more answer");
    }
    check_groups_of_steps(request, *steps, problems);
    check_sendable(request, node, problems);
    for (const auto& param : request.params) {
        if (param.secret) {
            check_secret(request, param, node, problems);
        }
    }
    check_use(request, codec, node, problems);
    check_common_requests(request, node, problems);
    check_own_states(request, node, problems);
}

} // namespace jigd::profile
