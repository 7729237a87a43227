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
    for (const auto& entry : map ? map->entries() : std::vector<yaml::Node::Entry>{}) {
        if (entry.key == key) {
            return entry.mark;
        }
    }
    return map ? map->mark() : node.mark();
}

void check_words(const Param& param, const Words& words, const yaml::Mark& mark, yaml::Problems& problems) {
    for (const auto& [value, word] : words.pairs()) {
        if (const auto violation = param.schema.violation(value)) {
            problems.add(mark, "send: the value of '" + word + "' is none of parameter '" + param.name +
                                   "': it " + *violation);
        }
    }
    auto values = param.schema.json().value("enum", nlohmann::json::array());
    if (values.empty() && param.schema.type() == "boolean") {
        values = {true, false};
    }
    for (const auto& value : values) {
        if (!words.to_wire(value)) {
            problems.add(mark, "send: parameter '" + param.name + "' may be " + bare(value) +
                                   ", for which the placeholder has no word");
        }
    }
}

void check_step(const Request& request, const LineStep& step, const yaml::Node& node,
                yaml::Problems& problems) {
    const auto known = names_of(request.params);
    const auto send = node.find("send");
    for (const auto& name : step.send.names()) {
        const auto* param = find_param(request, name);
        if (param == nullptr) {
            problems.add(send->mark(), "send: '{" + name + "}' is no parameter of " + request.name +
                                           did_you_mean(name, known));
        } else if (const auto* words = step.send.words(name)) {
            check_words(*param, *words, send->mark(), problems);
        }
    }
    if (step.extended_by) {
        const auto* param = find_param(request, *step.extended_by);
        const auto mark = node.find("extended_by")->mark();
        if (param == nullptr) {
            problems.add(mark, "extended_by: '" + cut(*step.extended_by) + "' is no parameter of " +
                                   request.name + did_you_mean(*step.extended_by, known));
        } else if (param->schema.type() != "integer") {
            problems.add(mark, "extended_by: '" + param->name + "' must be an integer of milliseconds");
        }
    }
}

/// Each parameter goes somewhere, each field comes from somewhere.
void check_use(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    Names used;
    Names captured;
    bool answered = false;
    for (const auto& step : request.steps) {
        const auto& line = std::get<LineStep>(step);
        const auto names = line.send.names();
        used.insert(used.end(), names.begin(), names.end());
        used.push_back(line.extended_by.value_or(""));
        if (line.match) {
            answered = true;
            captured.insert(captured.end(), line.match->groups().begin(), line.match->groups().end());
        }
    }
    for (const auto& param : request.params) {
        if (!contains(used, param.name)) {
            problems.add(mark_of(node, "params", param.name),
                         "parameter '" + param.name + "' is used in no step; write {" + param.name +
                             "} where the command holds it");
        }
    }
    for (const auto& field : request.result) {
        if (!contains(captured, field.group)) {
            problems.add(mark_of(node, "result", field.name),
                         "field '" + field.name + "' is captured by no step; write (?P<" + field.group +
                             ">...) in a match" + did_you_mean(field.group, captured));
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

void check_own_states(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    const auto known = names_of(request.params);
    const auto check_index = [&](const StateName& state, const yaml::Mark& mark) {
        if (is_identifier(state.index) && !contains(known, state.index)) {
            problems.add(mark, "'" + state.base + "[" + state.index + "]': '" + state.index +
                                   "' is no parameter of " + request.name + did_you_mean(state.index, known));
        }
    };
    for (const auto& field : request.result) {
        const auto state = parse_state(field.state);
        const auto mark = mark_of(node, "result", field.name);
        check_index(*state, mark);
        if (state->index == "*") {
            problems.add(mark, "field '" + field.name + "' reads one value; '[*]' is for sets");
        }
    }
    for (const auto& effect : request.sets) {
        const auto mark = mark_of(node, "sets", effect.state);
        check_index(*parse_state(effect.state), mark);
        if (!effect.param.empty() && !contains(known, effect.param)) {
            problems.add(mark, "sets: '{" + effect.param + "}' is no parameter of " + request.name +
                                   did_you_mean(effect.param, known));
        }
    }
}

} // namespace

void check_request(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    const auto steps = node.find("steps");
    for (std::size_t index = 0; index < request.steps.size(); ++index) {
        check_step(request, std::get<LineStep>(request.steps[index]), steps->items()[index], problems);
    }
    check_use(request, node, problems);
    check_common_requests(request, node, problems);
    check_own_states(request, node, problems);
}

} // namespace jigd::profile
