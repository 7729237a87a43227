#include <algorithm>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

/// The parameters that the command carries must be those it was made of, or the simulator would misread it.
/// `node`: where the exchange is written.
void check_inverse(const Request& request, const StepForm& form, const Example& example,
                   const Exchange& exchange, const yaml::Node& node, yaml::Problems& problems) {
    const auto read = to_params(request, form, exchange.tx);
    for (const auto& name : form.params()) {
        if (!read || read->value(name, nlohmann::json()) != example.params[name]) {
            problems.add(mark_of(node, "tx"),
                         "parameter '" + name + "' can't be read back from '" + cut(exchange.tx) +
                             "', so the board can't be simulated; show it with a value without blanks");
            return;
        }
    }
}

/// A group that is called like a parameter says that the board repeats it; the driver refuses another value.
void check_repeated(const StepForm& form, const nlohmann::json& params, const Captures& captures,
                    const yaml::Mark& mark, yaml::Problems& problems) {
    for (const auto& name : form.params()) {
        const auto repeated = captures.find(name);
        if (repeated == captures.end()) {
            continue;
        }
        const auto sent = form.spelt(name, params.at(name));
        if (repeated->second != sent) {
            problems.add(mark,
                         "the answer says " + name + " " + shown(repeated->second) + ", but '" + cut(sent) +
                             "' was sent; name the group differently if the board means something else");
        }
    }
}

/// One exchange forwards: the captures of its answer, or nullopt after a problem.
std::optional<Captures> replay(const Request& request, const Codec& codec, const Step& step,
                               const Example& example, const Exchange& exchange, const yaml::Node& node,
                               yaml::Problems& problems) {
    const auto& form = *step.form;
    const auto rx_mark = mark_of(node, "rx");
    const auto params = step.on_wire(example.params);
    const auto tx = form.is_sent() ? body_of(codec, form.encode(params)) : std::string();
    if (form.is_sent() && exchange.tx.empty() && !tx.empty()) {
        problems.add(node.mark(), "the example's exchange has no 'tx'; " + request.name +
                                      " with these parameters sends '" + cut(codec.describe(tx)) + "'");
        return std::nullopt;
    }
    if (tx != exchange.tx) {
        problems.add(mark_of(node, "tx"), "the example sends '" + cut(codec.describe(exchange.tx)) +
                                              "', but " + request.name + " with these parameters sends '" +
                                              cut(codec.describe(tx)) + "'");
        return std::nullopt;
    }
    if (!form.is_answered()) {
        if (!exchange.rx.empty()) {
            problems.add(rx_mark,
                         "the example has an answer, but the step has no 'match' and waits for none");
            return std::nullopt;
        }
        return Captures{};
    }
    auto captures = form.decode(exchange.rx, params);
    if (!captures && !node.find("rx")) {
        problems.add(node.mark(),
                     "the example's exchange has no 'rx'; the answer must match " + form.answer_text());
        return std::nullopt;
    }
    if (!captures) {
        problems.add(rx_mark, "the answer '" + cut(codec.describe(exchange.rx)) + "' does not match " +
                                  form.answer_text());
        return std::nullopt;
    }
    check_repeated(form, params, *captures, rx_mark, problems);
    return captures;
}

/// Whether the board, as simulated, can say `value`.
bool can_be_written(const Field& field, const nlohmann::json& value) {
    if (field.items.empty()) {
        return value.is_null() || from_wire(field, to_wire(field, value)) == value;
    }
    return std::equal(field.items.begin(), field.items.end(), value.begin(), value.end(), can_be_written);
}

/// `node`: where the example is written.
void compare(const Request& request, const Example& example, const nlohmann::json& result,
             const yaml::Node& node, yaml::Problems& problems) {
    const auto written = node.find("result");
    std::vector<std::string> known;
    for (const auto& field : request.result) {
        const auto mark = written ? mark_of(*written, field.name) : node.mark();
        known.push_back(field.name);
        const auto& value = result[field.name];
        if (!example.result.contains(field.name)) {
            problems.add(mark, "the example's result lacks '" + field.name + "', which its answer gives as " +
                                   shown(value));
        } else if (example.result[field.name] != value) {
            problems.add(mark, "the example's result says '" + field.name + "' is " +
                                   shown(example.result[field.name]) + ", but its answer says " +
                                   shown(value));
        } else if (!can_be_written(field, value)) {
            problems.add(mark, "'" + field.name + "' of " + shown(value) +
                                   " can't be written as the board would, so it can't be simulated");
        }
    }
    for (const auto& [name, value] : example.result.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            problems.add(key_mark(*written, name), "the example's result has '" + cut(name) +
                                                       "', which is not a field of " + request.name +
                                                       did_you_mean(name, known));
        }
    }
}

/// Runs `check`; what an Error says is a problem of the example at `mark`. False after one.
template<typename Check>
bool holds(Check check, const yaml::Mark& mark, yaml::Problems& problems) {
    try {
        check();
        return true;
    } catch (const Error& error) {
        problems.add(mark, std::string("the example doesn't hold: ") + error.what());
        return false;
    }
}

/// `whole` is the request's node, `node` the example's.
void check_example(const Request& request, const Codec& codec, Example& example, const yaml::Node& whole,
                   const yaml::Node& node, yaml::Problems& problems) {
    const auto wire = *node.find("wire");
    if (example.wire.size() != request.steps.size()) {
        problems.add(wire.mark(), "the example's 'wire' has " + std::to_string(example.wire.size()) +
                                      " of the exchanges of " + request.name +
                                      ", expected one for each step, " +
                                      std::to_string(request.steps.size()));
        return;
    }
    const auto complete_params = [&] { example.params = complete(request, example.params); };
    if (!holds(complete_params, mark_of(node, "params"), problems)) {
        return;
    }
    Captures captures;
    for (std::size_t index = 0; index < example.wire.size(); ++index) {
        const auto& step = request.steps[index];
        const auto& written = wire.items()[index];
        std::optional<Captures> found;
        const auto run = [&] {
            found = replay(request, codec, step, example, example.wire[index], written, problems);
            if (found) {
                check_inverse(request, *step.form, example, example.wire[index], written, problems);
            }
        };
        if (!holds(run, written.mark(), problems) || !found) {
            return;
        }
        captures.merge(*found);
    }
    if (!codec.captures_text() && !check_types(request, captures, whole, problems)) {
        return;
    }
    const auto compare_result = [&] {
        compare(request, example, to_result(request.result, captures), node, problems);
    };
    (void)holds(compare_result, mark_of(wire.items().back(), "rx"), problems);
}

} // namespace

std::string body_of(const Codec& codec, const std::string& frame) {
    const auto finder = codec.finder(Side::board);
    finder->feed(frame);
    const auto found = finder->next();
    return found ? found->body : std::string();
}

void check_examples(Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    for (auto& [name, request] : profile.requests) {
        const auto whole = *root.find("requests")->find(name);
        const auto written = whole.find("examples");
        for (std::size_t index = 0; index < request.examples.size(); ++index) {
            check_example(request, *profile.codec, request.examples[index], whole, written->items()[index],
                          problems);
        }
    }
}

} // namespace jigd::profile
