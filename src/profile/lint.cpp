#include "profile/lint.hpp"

#include <algorithm>
#include <initializer_list>

#include "profile/lint_bodies.hpp"
#include "profile/lint_effects.hpp"
#include "profile/place.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

bool is_bounded_text(const nlohmann::json& schema) {
    return schema.contains("enum") || schema.contains("const") || schema.contains("pattern");
}

void lint_texts(const Request& request, const yaml::Node& root, yaml::Problems& hints) {
    for (const auto& param : request.params) {
        if (param.schema.type() == "string" && !is_bounded_text(param.schema.json())) {
            hints.add(place_of(root, {"requests", request.name, "params", param.name}),
                      "parameter '" + param.name + "' of " + request.name +
                          " may be any text that fits on a line; say which the board knows, with enum or "
                          "pattern, so that a wrong one is refused before it is sent");
        }
    }
}

/// Commands that ask in SCPI's way end in '?'. `*OPC?` waits for the end of the ones before it.
bool asks(const StepForm& form) {
    const auto& text = form.text();
    return text.ends_with('?') && !text.ends_with("*OPC?");
}

void lint_question(const Request& request, const yaml::Node& root, yaml::Problems& hints) {
    const bool only_asks = request.kind != Kind::read && !request.steps.empty() &&
                           std::all_of(request.steps.begin(), request.steps.end(),
                                       [](const Step& step) { return asks(*step.form); });
    if (only_asks) {
        hints.add(place_of(root, {"requests", request.name, "steps"}),
                  request.name + " is a " + std::string(to_string(request.kind)) +
                      ", but all that it sends is '" + cut(request.steps.front().form->text()) +
                      "', a question; is it a read, or is this the wrong command?");
    }
}

void lint_examples(const Profile& profile, const yaml::Node& root, yaml::Problems& hints) {
    const auto has_none = [](const auto& entry) {
        return !entry.second.steps.empty() && entry.second.examples.empty();
    };
    if (!profile.requests.empty() &&
        std::all_of(profile.requests.begin(), profile.requests.end(), has_none)) {
        hints.add(place_of(root, {"requests"}),
                  "no request has examples: what the board really sent, as in examples: [{wire: [{tx: …, rx: "
                  "…}], result: …}]. Writing them finds most mistakes, and without them the board can't be "
                  "simulated");
        return;
    }
    for (const auto& entry : profile.requests) {
        if (has_none(entry)) {
            hints.add(place_of(root, {"requests", entry.first}),
                      entry.first +
                          " has no examples; writing them finds most mistakes, and they are what the " +
                          "simulated board answers");
        }
    }
}

void lint_event_examples(const Profile& profile, const yaml::Node& root, yaml::Problems& hints) {
    for (std::size_t index = 0; index < profile.events.size(); ++index) {
        if (!profile.events[index].example) {
            hints.add(place_of_item(root, "events", index),
                      "the event " + profile.events[index].name +
                          " has no example, so nothing checks that it is not taken for an answer, and the "
                          "simulated board never says it");
        }
    }
}

/// What the board is asked by jigd itself: the simulated board must know the answer.
void lint_own_examples(const Profile& profile, const yaml::Node& root, yaml::Problems& hints) {
    const auto is_missing = [](const Step& step, const Exchange& example) {
        return step.form->is_answered() && !step.form->may_answer(example.rx);
    };
    const std::string why = " has no example: what the board answers. Without it the simulated board says "
                            "nothing to it, and is never online";
    if (profile.identify && is_missing(profile.identify->step, profile.identify->example)) {
        hints.add(place_of(root, {"identify"}), "identify" + why);
    }
    for (std::size_t index = 0; index < profile.on_open.size(); ++index) {
        const auto& [step, example] = profile.on_open[index];
        if (is_missing(step, example)) {
            hints.add(place_of_item(root, "on_open", index), "a step of on_open" + why);
        }
    }
}

} // namespace

yaml::Problems lint(const Profile& profile, const yaml::Node& root) {
    yaml::Problems hints;
    for (const auto& [name, request] : profile.requests) {
        lint_texts(request, root, hints);
        lint_question(request, root, hints);
        lint_verify(profile, request, root, hints);
    }
    lint_safe_values(profile, root, hints);
    lint_bodies(profile, root, hints);
    lint_examples(profile, root, hints);
    lint_event_examples(profile, root, hints);
    lint_own_examples(profile, root, hints);
    return hints;
}

} // namespace jigd::profile
