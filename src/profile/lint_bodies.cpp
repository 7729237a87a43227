#include "profile/lint_bodies.hpp"

#include <string>
#include <vector>

#include "profile/place.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

/// What the board may say, as the profile shows it.
struct Body {
    std::string what; ///< "the answer", "the event DoorChanged"
    std::string text;
};

struct Bodies {
    std::vector<Body> answers;
    std::vector<Body> events;
    std::vector<Body> refusals;
    std::vector<Body> banners;
};

Bodies bodies_of(const Profile& profile) {
    Bodies bodies;
    const auto add = [](std::vector<Body>& list, const std::string& what, const std::string& text) {
        if (!text.empty()) {
            list.push_back({what, text});
        }
    };
    for (const auto& [name, request] : profile.requests) {
        for (const auto& example : request.examples) {
            for (const auto& exchange : example.wire) {
                add(bodies.answers, "an answer to " + name, exchange.rx);
            }
        }
    }
    for (const auto& event : profile.events) {
        add(bodies.events, "the event " + event.name, event.example.value_or(""));
    }
    const auto& simulation = profile.simulation;
    add(bodies.refusals, "a refusal", simulation.unknown_command);
    add(bodies.refusals, "a refusal", simulation.bad_argument);
    for (const auto& [name, rule] : simulation.rules) {
        for (const auto& refusal : rule.refuse) {
            add(bodies.refusals, "a refusal of " + name, refusal.answer);
        }
    }
    add(bodies.banners, "the banner", simulation.banner);
    return bodies;
}

/// One hint a pattern: the first body that it should not match.
class Matches {
  public:
    Matches(const Codec& codec, yaml::Problems& hints) : codec_(codec), hints_(hints) {}

    template<typename Predicate>
    void find(const std::string& pattern, const yaml::Mark& mark, Predicate matches,
              std::initializer_list<const std::vector<Body>*> lists) {
        for (const auto* list : lists) {
            for (const auto& body : *list) {
                if (matches(body.text)) {
                    hints_.add(mark, pattern + " also matches '" + cut(codec_.describe(body.text)) + "', " +
                                         body.what + "; make it stricter");
                    return;
                }
            }
        }
    }

  private:
    const Codec& codec_;
    yaml::Problems& hints_;
};

/// The events but this one.
std::vector<Body> others(const Profile& profile, const Event& event) {
    std::vector<Body> bodies;
    for (const auto& other : profile.events) {
        if (&other != &event && other.example) {
            bodies.push_back({"the event " + other.name, *other.example});
        }
    }
    return bodies;
}

} // namespace

void lint_bodies(const Profile& profile, const yaml::Node& root, yaml::Problems& hints) {
    const auto bodies = bodies_of(profile);
    Matches matches(*profile.codec, hints);
    const std::vector<Body> identity{
        {"the answer to identify", profile.identify ? profile.identify->example.rx : ""}};
    const auto is_answer = [](const StepForm& form) {
        return [&form](const std::string& body) { return !body.empty() && form.may_answer(body); };
    };
    for (std::size_t index = 0; index < profile.noise.size(); ++index) {
        const auto& noise = profile.noise[index];
        matches.find("the noise " + noise.match->text(), place_of_match(root, "noise", index),
                     [&](const std::string& body) { return !body.empty() && noise.matches(body); },
                     {&bodies.answers, &identity, &bodies.events, &bodies.refusals});
    }
    for (std::size_t index = 0; index < profile.events.size(); ++index) {
        const auto& event = profile.events[index];
        const auto other_events = others(profile, event);
        matches.find("the event " + event.match->text(), place_of_match(root, "events", index),
                     [&](const std::string& body) { return event.match->match(body).has_value(); },
                     {&other_events, &bodies.banners});
    }
    for (std::size_t index = 0; index < profile.errors.size(); ++index) {
        const auto& error = *profile.errors[index].match;
        matches.find("the refusal " + error.text(), place_of_match(root, "errors", index),
                     [&](const std::string& body) { return error.match(body).has_value(); },
                     {&bodies.banners});
    }
    for (const auto& [name, request] : profile.requests) {
        for (const auto& step : request.steps) {
            matches.find("the answer " + step.form->answer_text() + " of " + name,
                         place_of(root, {"requests", name, "steps"}), is_answer(*step.form),
                         {&bodies.refusals, &bodies.banners});
        }
    }
    if (profile.identify) {
        matches.find("the answer " + profile.identify->step.form->answer_text() + " of identify",
                     place_of(root, {"identify", "match"}), is_answer(*profile.identify->step.form),
                     {&bodies.answers, &bodies.refusals, &bodies.banners});
    }
}

} // namespace jigd::profile
