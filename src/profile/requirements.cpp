#include <algorithm>
#include <array>
#include <set>

#include "core/nearest.hpp"
#include "profile/bindings.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

/// `requires`: first what each condition says, then, when the whole profile is known, whether it can be
/// asked.
namespace jigd::profile {

namespace {

using Comparison = Requirement::Comparison;

constexpr yaml::Range<Duration> age_range{Duration::zero(), std::chrono::hours(1)};

struct Sign {
    std::string_view text;
    Comparison comparison;
};
constexpr std::array signs = {Sign{"==", Comparison::equal},   Sign{"!=", Comparison::not_equal},
                              Sign{"<=", Comparison::at_most}, Sign{">=", Comparison::at_least},
                              Sign{"<", Comparison::less},     Sign{">", Comparison::greater}};

Comparison to_comparison(const std::string& text) {
    return std::find_if(signs.begin(), signs.end(), [&](const Sign& sign) { return sign.text == text; })
        ->comparison;
}

bool needs_order(Comparison comparison) {
    return comparison != Comparison::equal && comparison != Comparison::not_equal;
}

Milliseconds read_max_age(const yaml::Node& node, const Captures& parts, yaml::Problems& problems) {
    const auto word = parts.find("word");
    if (word == parts.end()) {
        return Milliseconds(0);
    }
    if (word->second != "max_age") {
        const auto written = word->second.get<std::string>();
        problems.add(node.mark(), "requires: after the comma comes max_age and a duration, not '" +
                                      cut(written) + "'" +
                                      did_you_mean(written, std::vector<std::string>{"max_age"}));
        return Milliseconds(0);
    }
    const auto age = yaml::read_duration(scalar_of(node.mark(), parts.at("age").get<std::string>(), false),
                                         age_range, problems);
    return std::chrono::ceil<Milliseconds>(age.value_or(Duration::zero()));
}

/// The value stays text: only the field that has the state says what it is.
std::optional<Requirement> read_requirement(const yaml::Node& node, yaml::Problems& problems) {
    const auto text = yaml::read_string(node, problems);
    if (!text) {
        return std::nullopt;
    }
    const Pattern form(
        R"(^\s*(?P<state>[^\s=!<>,]+)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>[^\s=!<>,][^,]*?)\s*)"
        R"((?:,\s*(?P<word>[^\s,]*)\s*(?P<age>.*?)\s*)?$)");
    const auto parts = form.match(*text);
    if (!parts) {
        problems.add(node.mark(), "requires: '" + cut(*text) +
                                      "' is no condition; write door == closed, or door == closed, max_age "
                                      "500ms, with one of == != < <= > >=; within [] or {} it needs quotes");
        return std::nullopt;
    }
    Requirement requirement;
    requirement.text = *text;
    requirement.comparison = to_comparison(parts->at("sign").get<std::string>());
    requirement.value = parts->at("value");
    requirement.max_age = read_max_age(node, *parts, problems);
    const auto state = parts->at("state").get<std::string>();
    // Whether there is such an item is said where the list is known.
    if (auto name = StateName::parse(state)) {
        requirement.state = std::move(*name);
    } else {
        problems.add(node.mark(),
                     "requires: '" + cut(state) + "' is not a state; write name, name[parameter] or name[3]");
    }
    return requirement;
}

/// What a requirement is compared with, and how it is come by.
struct Observation {
    const Request* request;
    const Field* field;
    bool is_item; ///< the state is an item of the field's list
};

bool needs_parameters(const Request& request) {
    return std::any_of(request.params.begin(), request.params.end(),
                       [](const Param& param) { return !param.otherwise; });
}

/// Fields of requests that say `state`, whether or not they can be asked; JigStatus first.
std::vector<Observation> observations_of(const Profile& profile, const StateName& state) {
    std::vector<Observation> found;
    for (const auto& [request_name, request] : profile.requests) {
        for (const auto& field : request.result) {
            const auto& said = field.state;
            const bool is_item = !said.is_item() && state.is_item();
            if (said.base != state.base ||
                (!is_item && said != state && said.index != StateName::Index::param)) {
                continue;
            }
            const auto place = request_name == "JigStatus" ? found.begin() : found.end();
            found.insert(place, {&request, &field, is_item});
        }
    }
    return found;
}

bool can_be_asked(const Observation& observation) {
    return observation.request->kind == Kind::read && !needs_parameters(*observation.request) &&
           observation.field->state.index != StateName::Index::param;
}

/// Why none of `observations`, of which there is one at least, can be asked.
std::string why_not(const Observation& observation) {
    const auto& request = *observation.request;
    if (request.kind != Kind::read) {
        return "only " + request.name + " says it, a " + std::string(to_string(request.kind));
    }
    return "only " + request.name + " says it, which needs parameters";
}

std::vector<std::string> observable_states(const Profile& profile) {
    std::set<std::string> states;
    for (const auto& [name, request] : profile.requests) {
        for (const auto& field : request.result) {
            if (request.kind == Kind::read && !needs_parameters(request)) {
                states.insert(field.state.base);
            }
        }
    }
    return {states.begin(), states.end()};
}

/// Checks the conditions of one request.
class RequirementCheck {
  public:
    RequirementCheck(const Profile& profile, const Request& request, yaml::Problems& problems)
        : profile_(profile), request_(request), problems_(problems) {}

    /// Completes `requirement`, or says what is wrong with it.
    void complete(Requirement& requirement, const yaml::Mark& mark) {
        if (!check_index(requirement, mark)) {
            return;
        }
        const auto observation = find(requirement, mark);
        if (!observation) {
            return;
        }
        requirement.read = observation->request->name;
        if (const auto schema = schema_of(*observation, requirement, mark)) {
            complete_value(requirement, *schema, mark);
        }
    }

  private:
    void add(const yaml::Mark& mark, const std::string& text) { problems_.add(mark, "requires: " + text); }

    bool check_index(const Requirement& requirement, const yaml::Mark& mark) {
        const auto& state = requirement.state;
        if (state.index == StateName::Index::all) {
            add(mark, "'" + cut(requirement.state.text()) + "' is many values; name one, such as [3]");
            return false;
        }
        if (state.index != StateName::Index::param) {
            return true;
        }
        std::vector<std::string> known;
        for (const auto& param : request_.params) {
            known.push_back(param.name);
            if (param.name == state.name && param.schema.type() != "integer") {
                add(mark,
                    "'" + cut(requirement.state.text()) + "': parameter '" + state.name + "' is no integer");
                return false;
            }
        }
        if (std::find(known.begin(), known.end(), state.name) == known.end()) {
            add(mark, "'" + cut(requirement.state.text()) + "': '" + state.name + "' is not a parameter of " +
                          request_.name + did_you_mean(state.name, known));
            return false;
        }
        return true;
    }

    std::optional<Observation> find(const Requirement& requirement, const yaml::Mark& mark) {
        const auto all = observations_of(profile_, requirement.state);
        const auto found = std::find_if(all.begin(), all.end(), can_be_asked);
        if (found != all.end()) {
            return *found;
        }
        const auto& base = requirement.state.base;
        add(mark, "no read without parameters says '" + cut(requirement.state.text()) + "'" +
                      (all.empty() ? did_you_mean(base, observable_states(profile_))
                                   : "; " + why_not(all.front())));
        return std::nullopt;
    }

    std::optional<Schema> schema_of(const Observation& observation, const Requirement& requirement,
                                    const yaml::Mark& mark) {
        const auto& schema = observation.field->schema;
        const auto said = "'" + cut(requirement.state.base) + "' of " + observation.request->name;
        if (!observation.is_item) {
            if (schema.type() == "array") {
                add(mark, said + " is a list; name one of its items, such as " +
                              cut(requirement.state.text()) + "[1]");
                return std::nullopt;
            }
            return schema;
        }
        if (schema.type() != "array") {
            add(mark, said + " is no list, so it has no items");
            return std::nullopt;
        }
        if (!check_number(schema, requirement, mark)) {
            return std::nullopt;
        }
        return Schema(schema.json().value("items", nlohmann::json::object()));
    }

    bool check_number(const Schema& list, const Requirement& requirement, const yaml::Mark& mark) {
        const auto& state = requirement.state;
        if (state.index == StateName::Index::param) {
            return true;
        }
        const auto longest = list.json().value("maxItems", StateName::max_number);
        const bool is_there = state.index == StateName::Index::number && state.number <= longest;
        if (!is_there) {
            add(mark, "there is no '" + cut(requirement.state.text()) + "': the first item is 1" +
                          (list.json().contains("maxItems") ? ", the last " + std::to_string(longest) : ""));
        }
        return is_there;
    }

    void complete_value(Requirement& requirement, const Schema& schema, const yaml::Mark& mark) {
        const auto& type = schema.type();
        if (needs_order(requirement.comparison) && type != "integer" && type != "number") {
            add(mark, "'" + cut(requirement.state.text()) + "' is " + schema.describe() +
                          ", which has no order; compare it with == or !=");
            return;
        }
        const auto text = requirement.value.get<std::string>();
        // A text that is written like a number may still be meant as text, where the schema wants text.
        const auto written = to_value(text);
        for (const auto& candidate : {written, nlohmann::json(text)}) {
            if (!schema.violation(candidate)) {
                requirement.value = candidate;
                return;
            }
        }
        std::vector<std::string> words;
        for (const auto& word : schema.json().value("enum", nlohmann::json::array())) {
            words.push_back(bare(word));
        }
        const auto violation = schema.violation(type == "string" ? nlohmann::json(text) : written);
        add(mark, "'" + cut(requirement.state.text()) + "' " + *violation + did_you_mean(text, words));
    }

    /// true, false, null, numbers and texts in double quotes as in JSON; everything else is text.
    static nlohmann::json to_value(const std::string& text) {
        auto value = nlohmann::json::parse(text, nullptr, false);
        return value.is_primitive() ? value : nlohmann::json(text);
    }

    const Profile& profile_;
    const Request& request_;
    yaml::Problems& problems_;
};

/// Where the condition `index` of a request is written.
yaml::Mark mark_of(const yaml::Node& written, std::size_t index) {
    return written.type() == yaml::Node::Type::list ? written.items()[index].mark() : written.mark();
}

} // namespace

std::vector<Requirement> read_requirements(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    if (!node) {
        return {};
    }
    const bool is_list = node->type() == yaml::Node::Type::list;
    std::vector<Requirement> requirements;
    for (const auto& item : is_list ? node->items() : std::vector<yaml::Node>{*node}) {
        if (auto requirement = read_requirement(item, problems)) {
            requirements.push_back(std::move(*requirement));
        }
    }
    return requirements;
}

void check_requirements(Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    for (auto& [name, request] : profile.requests) {
        if (request.requirements.empty()) {
            continue;
        }
        const auto written = *root.find("requests")->find(name)->find("requires");
        if (request.kind == Kind::read) {
            problems.add(written.mark(), "requires: a read changes nothing and needs no condition");
            continue;
        }
        if (name == "SafeState") {
            problems.add(written.mark(), "requires: the way to safety must not depend on a condition");
            continue;
        }
        RequirementCheck check(profile, request, problems);
        for (std::size_t index = 0; index < request.requirements.size(); ++index) {
            check.complete(request.requirements[index], mark_of(written, index));
        }
    }
}

} // namespace jigd::profile
