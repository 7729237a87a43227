#include <algorithm>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

/// The parameters that the command carries must be those it was made of, or the simulator would misread it.
void check_inverse(const Request& request, const StepForm& form, const Example& example,
                   const Exchange& exchange, const yaml::Mark& mark, yaml::Problems& problems) {
    const auto read = to_params(request, form, exchange.tx);
    for (const auto& name : form.params()) {
        if (!read || read->value(name, nlohmann::json()) != example.params[name]) {
            problems.add(mark, "parameter '" + name + "' can't be read back from '" + cut(exchange.tx) +
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
                               const Example& example, const Exchange& exchange, const yaml::Mark& mark,
                               yaml::Problems& problems) {
    const auto& form = *step.form;
    const auto params = step.on_wire(example.params);
    const auto tx = form.is_sent() ? body_of(codec, form.encode(params)) : std::string();
    if (form.is_sent() && exchange.tx.empty() && !tx.empty()) {
        problems.add(mark, "the example's exchange has no 'tx'; " + request.name +
                               " with these parameters sends '" + cut(codec.describe(tx)) + "'");
        return std::nullopt;
    }
    if (tx != exchange.tx) {
        problems.add(mark, "the example sends '" + cut(codec.describe(exchange.tx)) + "', but " +
                               request.name + " with these parameters sends '" + cut(codec.describe(tx)) +
                               "'");
        return std::nullopt;
    }
    if (!form.is_answered()) {
        if (!exchange.rx.empty()) {
            problems.add(mark, "the example has an answer, but the step has no 'match' and waits for none");
            return std::nullopt;
        }
        return Captures{};
    }
    auto captures = form.decode(exchange.rx, params);
    if (!captures) {
        problems.add(mark, "the answer '" + cut(codec.describe(exchange.rx)) + "' does not match " +
                               form.answer_text());
        return std::nullopt;
    }
    check_repeated(form, params, *captures, mark, problems);
    return captures;
}

/// Whether the board, as simulated, can say `value`.
bool can_be_written(const Field& field, const nlohmann::json& value) {
    if (field.items.empty()) {
        return value.is_null() || from_wire(field, to_wire(field, value)) == value;
    }
    return std::equal(field.items.begin(), field.items.end(), value.begin(), value.end(), can_be_written);
}

void compare(const Request& request, const Example& example, const nlohmann::json& result,
             const yaml::Mark& mark, yaml::Problems& problems) {
    std::vector<std::string> known;
    for (const auto& field : request.result) {
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
            problems.add(mark, "the example's result has '" + cut(name) + "', which is no field of " +
                                   request.name + did_you_mean(name, known));
        }
    }
}

void check_example(const Request& request, const Codec& codec, Example& example, const yaml::Mark& mark,
                   yaml::Problems& problems) {
    if (example.wire.size() != request.steps.size()) {
        problems.add(mark, "the example's 'wire' has " + std::to_string(example.wire.size()) +
                               " of the exchanges of " + request.name + ", expected one for each step, " +
                               std::to_string(request.steps.size()));
        return;
    }
    try {
        example.params = complete(request, example.params);
        Captures captures;
        for (std::size_t index = 0; index < example.wire.size(); ++index) {
            const auto& step = request.steps[index];
            auto found = replay(request, codec, step, example, example.wire[index], mark, problems);
            if (!found) {
                return;
            }
            check_inverse(request, *step.form, example, example.wire[index], mark, problems);
            captures.merge(*found);
        }
        compare(request, example, to_result(request.result, captures), mark, problems);
    } catch (const Error& error) {
        problems.add(mark, std::string("the example doesn't hold: ") + error.what());
    }
}

} // namespace

std::string body_of(const Codec& codec, const std::string& frame) {
    const auto finder = codec.finder(Side::board);
    finder->feed(frame);
    const auto found = finder->next();
    return found ? found->body : std::string();
}

void check_examples(Request& request, const Codec& codec, const yaml::Node& node, yaml::Problems& problems) {
    for (std::size_t index = 0; index < request.examples.size(); ++index) {
        check_example(request, codec, request.examples[index], node.find("examples")->items()[index].mark(),
                      problems);
    }
}

} // namespace jigd::profile
