#include <algorithm>
#include <array>
#include <utility>

#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

constexpr yaml::Range<Duration> answer_range{std::chrono::milliseconds(1), std::chrono::minutes(10)};

std::optional<Kind> read_kind(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    const auto word = node ? yaml::read_word(*node, {"read", "set", "pulse"}, problems) : std::nullopt;
    if (!word) {
        return std::nullopt;
    }
    return *word == "read" ? Kind::read : *word == "set" ? Kind::set : Kind::pulse;
}

/// A map of names to "{parameter}".
std::map<std::string, std::string> read_placeholders(const std::optional<yaml::Node>& node,
                                                     const std::string& what, yaml::Problems& problems) {
    std::map<std::string, std::string> names;
    for (const auto& entry : entries_of(node, what, problems)) {
        if (const auto param = placeholder(entry.value)) {
            names.emplace(entry.key, *param);
        } else {
            problems.add(entry.value.mark(), what + ": '" + cut(entry.key) +
                                                 "' must be a parameter of this request, such as \"{" +
                                                 (is_identifier(entry.key) ? entry.key : "name") + "}\"");
        }
    }
    return names;
}

std::optional<Expectation> read_expectation(const yaml::Node::Entry& entry, yaml::Problems& problems) {
    auto member = read_state(entry.key, "verify.expect", "name, name[parameter], name[3] or name[*]",
                             entry.mark, problems);
    if (!member) {
        return std::nullopt;
    }
    if (entry.value.type() == yaml::Node::Type::map) {
        problems.add(entry.value.mark(), "verify.expect: a placeholder needs quotes, such as \"{on}\"; YAML "
                                         "takes braces without them for a map");
        return std::nullopt;
    }
    const auto param = placeholder(entry.value);
    return Expectation{.member = std::move(*member),
                       .value = param ? nlohmann::json() : entry.value.to_json(),
                       .param = param.value_or("")};
}

std::optional<Verify> read_verify(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    if (node->type() == yaml::Node::Type::scalar) {
        problems.add(node->mark(),
                     "verify is text, expected a map, such as {request: JigStatus, expect: {on: "
                     "\"{on}\"}}");
        return std::nullopt;
    }
    yaml::MapReader reader(*node, "verify", problems);
    Verify verify;
    verify.request = reader.required_string("request");
    verify.params = read_placeholders(reader.node("params"), "verify.params", problems);
    for (const auto& entry : entries_of(reader.required_node("expect"), "verify.expect", problems)) {
        if (auto expectation = read_expectation(entry, problems)) {
            verify.expect.push_back(std::move(*expectation));
        }
    }
    if (const auto tolerance = reader.node("tolerance")) {
        const auto number = tolerance->to_json();
        verify.tolerance = number.is_number() ? number.get<double>() : -1;
        if (verify.tolerance < 0) {
            problems.add(
                tolerance->mark(),
                "verify.tolerance: expected a number of 0 or more, by which what is read may differ");
        }
    }
    reader.finish();
    return verify;
}

Example read_example(const yaml::Node& node, const Codec& codec, yaml::Problems& problems) {
    yaml::MapReader reader(node, "example", problems);
    Example example;
    for (const auto& entry : entries_of(reader.node("params"), "params", problems)) {
        example.params[entry.key] = entry.value.to_json();
    }
    for (const auto& item : items_of(reader.required_node("wire"), "wire", problems)) {
        yaml::MapReader exchange(item, "exchange", problems);
        const auto rx = exchange.node("rx");
        // One more answer has no command of its own.
        const auto tx = rx ? exchange.node("tx") : exchange.required_node("tx");
        example.wire.push_back({tx ? codec.read_body(*tx, problems).value_or("") : "",
                                rx ? codec.read_body(*rx, problems).value_or("") : ""});
        exchange.finish();
    }
    for (const auto& entry : entries_of(reader.node("result"), "result", problems)) {
        example.result[entry.key] = entry.value.to_json();
    }
    reader.finish();
    return example;
}

void check_request_name(const yaml::Node::Entry& entry, yaml::Problems& problems) {
    const std::array own = {"JigIdentity", "JigCapabilities", "JigHealth", "JigTrace"};
    if (!is_type_name(entry.key)) {
        problems.add(entry.mark, "request '" + cut(entry.key) +
                                     "': a request is named by a capital letter, then letters and digits");
    } else if (std::find(own.begin(), own.end(), entry.key) != own.end()) {
        problems.add(entry.mark, "request '" + entry.key +
                                     "' is answered by jigd itself, the same for every board; choose another "
                                     "name");
    }
}

/// A step of a request, which may also say how its answer comes later.
std::optional<Step> read_request_step(const yaml::Node& node, const Codec& codec, yaml::Problems& problems) {
    yaml::MapReader reader(node, "step", problems);
    auto step = read_step(reader, codec, problems);
    auto extended_by = reader.string("extended_by");
    reader.finish();
    if (step && !step->form->is_answered() && (step->timeout || extended_by)) {
        problems.add(node.mark(),
                     "step: without 'match' it waits for no answer, so 'timeout' and 'extended_by' "
                     "mean nothing");
    }
    if (step) {
        step->extended_by = std::move(extended_by);
    }
    return step;
}

/// A part of another read has nothing of its own but names.
void refuse_with_from(const std::optional<yaml::Node>& from, yaml::MapReader& reader,
                      yaml::Problems& problems) {
    for (const auto* key : {"steps", "sets", "verify", "requires", "restarts", "examples"}) {
        if (const auto node = from ? reader.node(key) : std::nullopt) {
            problems.add(node->mark(), std::string(key) + ": a request with 'from' is a part of " +
                                           cut(from->text()) + ", and has no " + key + " of its own");
        }
    }
}

/// What `sets` names is a parameter, or else a field of the result.
void tell_fields_from_params(Request& request) {
    const auto has = [](const auto& things, const std::string& name) {
        return std::any_of(things.begin(), things.end(),
                           [&](const auto& thing) { return thing.name == name; });
    };
    for (auto& effect : request.sets) {
        if (!has(request.params, effect.param) && has(request.result, effect.param)) {
            effect.field = std::exchange(effect.param, {});
        }
    }
}

} // namespace

std::vector<Effect> read_effects(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    std::vector<Effect> effects;
    for (const auto& entry : entries_of(node, "sets", problems)) {
        auto state =
            read_state(entry.key, "sets", "name, name[parameter], name[3] or name[*]", entry.mark, problems);
        if (!state) {
            continue;
        }
        if (entry.value.type() == yaml::Node::Type::map) {
            problems.add(entry.value.mark(),
                         "sets: a placeholder needs quotes, such as \"{" +
                             (entry.value.entries().empty() ? std::string("on")
                                                            : cut(entry.value.entries().front().key)) +
                             "}\"; YAML takes braces without them for a map");
            continue;
        }
        const auto param = placeholder(entry.value);
        const bool is_unknown = !entry.value.quoted() && entry.value.text() == "unknown";
        effects.push_back({.state = std::move(*state),
                           .value = param || is_unknown ? nlohmann::json() : entry.value.to_json(),
                           .param = param.value_or(""),
                           .is_unknown = is_unknown});
    }
    return effects;
}

std::optional<Step> read_step(yaml::MapReader& reader, const Codec& codec, yaml::Problems& problems) {
    auto form = codec.read_step(reader, problems);
    const auto timeout_node = reader.node("timeout");
    std::optional<Milliseconds> timeout;
    if (timeout_node) {
        const auto duration = yaml::read_duration(*timeout_node, answer_range, problems);
        timeout = std::chrono::ceil<Milliseconds>(duration.value_or(Duration::zero()));
    }
    return form ? std::optional(Step{.form = std::move(form), .timeout = timeout}) : std::nullopt;
}

std::optional<Request> read_request(const yaml::Node::Entry& entry, const Codec& codec,
                                    yaml::Problems& problems) {
    const auto before = problems.lines().size();
    check_request_name(entry, problems);
    yaml::MapReader reader(entry.value, "request '" + cut(entry.key) + "'", problems);
    Request request;
    request.name = entry.key;
    request.description = reader.string_or("description", "");
    request.kind = read_kind(reader.required_node("kind"), problems).value_or(Kind::read);
    for (const auto& param : entries_of(reader.node("params"), "params", problems)) {
        if (auto read = read_param(param, problems)) {
            request.params.push_back(std::move(*read));
        }
    }
    const auto from = reader.node("from");
    if (from) {
        request.from = yaml::read_string(*from, problems).value_or("");
    }
    const auto steps = from ? std::nullopt : reader.required_node("steps");
    for (const auto& step : items_of(steps, "steps", problems)) {
        if (auto read = read_request_step(step, codec, problems)) {
            read->secrets = secrets_of(request);
            for (const auto& param : request.params) {
                if (param.bits) {
                    read->lists.emplace(param.name, *param.bits);
                }
            }
            request.steps.emplace_back(std::move(*read));
        }
    }
    for (std::size_t index = 1; index < request.steps.size(); ++index) {
        request.steps[index - 1].more_follows = !request.steps[index].form->is_sent();
    }
    if (steps && steps->type() == yaml::Node::Type::list && steps->items().empty()) {
        problems.add(
            steps->mark(),
            "steps: a request needs at least one step, such as - {send: \"ID?\", match: '^(?P<id>.+)$'}");
    }
    const auto result = reader.node("result");
    request.result = from ? read_parts(result, problems) : read_fields(result, "result", codec, problems);
    refuse_with_from(from, reader, problems);
    request.sets = read_effects(reader.node("sets"), problems);
    tell_fields_from_params(request);
    request.verify = read_verify(reader.node("verify"), problems);
    request.requirements = read_requirements(reader.node("requires"), problems);
    request.restarts = reader.bool_or("restarts", false);
    for (const auto& example : items_of(reader.node("examples"), "examples", problems)) {
        request.examples.push_back(read_example(example, codec, problems));
    }
    reader.finish();
    // A request that was read in part can't be checked: what follows from a mistake is no second mistake.
    if (problems.lines().size() != before) {
        return std::nullopt;
    }
    check_request(request, codec, entry.value, problems);
    return problems.lines().size() == before ? std::optional(std::move(request)) : std::nullopt;
}

} // namespace jigd::profile
