#include <algorithm>
#include <map>

#include "profile/reading.hpp"
#include "profile/text.hpp"

/// Whether each body that the profile shows or describes can be only one thing: an answer, a refusal or an
/// event.
namespace jigd::profile {

namespace {

/// A refusal is recognised first, and an answer that comes late would be taken for an event: an answer must
/// look like neither, unless the profile says that it is both.
void check_part(const Profile& profile, const std::string& answer, const yaml::Mark& mark,
                yaml::Problems& problems) {
    for (const auto& event : profile.events) {
        if (!profile.codec->marks_events() && !event.also_answers && event.match->match(answer)) {
            problems.add(mark, "the answer '" + cut(profile.codec->describe(answer)) +
                                   "' would be taken for the event " + event.name +
                                   "; make the event's match stricter");
        }
    }
    for (const auto& error : profile.errors) {
        if (error.match->match(answer)) {
            problems.add(mark, "the answer '" + cut(profile.codec->describe(answer)) +
                                   "' would be taken for a refusal, by " + error.match->text() +
                                   " in errors");
        }
    }
}

void check_answer(const Profile& profile, const std::string& answer, const yaml::Mark& mark,
                  yaml::Problems& problems) {
    for (const auto& part : profile.codec->parts(answer)) {
        check_part(profile, part, mark, problems);
    }
    for (const auto& noise : profile.noise) {
        if (noise.anywhere && noise.match->find(answer)) {
            problems.add(mark, "the answer '" + cut(profile.codec->describe(answer)) +
                                   "' holds what is cut out as noise, by " + noise.match->text() +
                                   "; make that match stricter");
        }
    }
}

/// A step that waits for an answer, and where its match is written.
struct Answer {
    std::string of;
    const StepForm* form;
    yaml::Mark mark;
};

/// The steps that jigd takes by itself, and the maps that they are written in.
template<typename Function>
void for_each_own_step(const Profile& profile, const yaml::Node& root, Function function) {
    if (profile.identify) {
        const auto node = *root.find("identify");
        const auto steps = node.find("steps");
        function("identify", profile.identify->step, steps ? steps->items().front() : node);
        for (std::size_t index = 0; index < profile.identify->further.size(); ++index) {
            function("identify", profile.identify->further[index].step, steps->items()[index + 1]);
        }
    }
    const auto on_open = root.find("on_open");
    const bool is_whole = on_open && on_open->items().size() == profile.on_open.size();
    for (std::size_t index = 0; is_whole && index < profile.on_open.size(); ++index) {
        function("on_open", profile.on_open[index].step, on_open->items()[index]);
    }
}

std::vector<Answer> answers_of(const Profile& profile, const yaml::Node& root) {
    std::vector<Answer> answers;
    const auto add = [&](const char* of, const Step& step, const yaml::Node& written) {
        if (step.form->is_answered()) {
            answers.push_back({of, step.form.get(), mark_of(written, "match")});
        }
    };
    for_each_own_step(profile, root, add);
    const auto requests = root.find("requests");
    for (const auto& entry : requests ? requests->entries() : std::vector<yaml::Node::Entry>{}) {
        const auto* request = profile.find(entry.key);
        for (std::size_t index = 0; request != nullptr && index < request->steps.size(); ++index) {
            const auto& form = request->steps[index].form;
            if (form->is_answered()) {
                const auto step = entry.value.find("steps")->items()[index];
                answers.push_back({request->name, form.get(), mark_of(step, "match")});
            }
        }
    }
    return answers;
}

void check_events(const Profile& profile, const std::vector<Answer>& answers, const yaml::Node& list,
                  yaml::Problems& problems) {
    for (std::size_t index = 0; index < profile.events.size(); ++index) {
        const auto& event = profile.events[index];
        if (!event.example || event.also_answers) {
            continue;
        }
        const auto mark = list.items()[index].find("example")->mark();
        for (const auto& error : profile.errors) {
            if (error.match->match(*event.example)) {
                problems.add(mark, "the event " + event.name + " would be taken for a refusal, by " +
                                       error.match->text() + " in errors");
            }
        }
        const auto taken = std::find_if(answers.begin(), answers.end(), [&](const Answer& answer) {
            return !answer.form->excludes_events() && answer.form->may_answer(*event.example);
        });
        if (taken != answers.end() && !profile.codec->marks_events()) {
            problems.add(mark, "the event " + event.name + " looks like an answer to " + taken->of + ", by " +
                                   taken->form->answer_text() + " in line " +
                                   std::to_string(taken->mark.line) + "; make that match stricter");
        }
    }
}

/// The simulated board's refusals are examples of what `errors` matches.
void check_refusals(const Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    const auto simulation = root.find("simulation");
    const auto check = [&](const std::string& refusal) {
        for (const auto& event : profile.events) {
            if (!refusal.empty() && event.match->match(refusal)) {
                problems.add(simulation->mark(), "the refusal '" + cut(profile.codec->describe(refusal)) +
                                                     "' would be taken for the event " + event.name +
                                                     "; make the event's match stricter");
            }
        }
    };
    check(profile.simulation.unknown_command);
    check(profile.simulation.bad_argument);
    for (const auto& [name, rule] : profile.simulation.rules) {
        for (const auto& refusal : rule.refuse) {
            check(refusal.answer);
        }
    }
}

/// Refuses one pattern in two places of which only the first could ever be recognised.
class Twins {
  public:
    explicit Twins(yaml::Problems& problems) : problems_(problems) {}

    void add(const std::string& text, const std::string& place, const yaml::Mark& mark) {
        const auto [first, is_new] = first_.emplace(without_anchors(text), Place{place, mark});
        if (!is_new && !(place == "match" && first->second.name == "match")) {
            problems_.add(mark, "the same pattern " + text + " is in " + first->second.name + ", in line " +
                                    std::to_string(first->second.mark.line) + ", and in " + place +
                                    ", in line " + std::to_string(mark.line) +
                                    "; what the board says can be only one of them");
        }
    }

  private:
    struct Place {
        std::string name;
        yaml::Mark mark;
    };
    yaml::Problems& problems_;
    std::map<std::string, Place> first_;
};

void check_own_answers(const Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    std::vector<const Exchange*> examples;
    if (profile.identify) {
        examples.push_back(&profile.identify->example);
        for (const auto& each : profile.identify->further) {
            examples.push_back(&each.example);
        }
    }
    for (const auto& each : profile.on_open) {
        examples.push_back(&each.example);
    }
    auto example = examples.begin();
    for_each_own_step(profile, root,
                      [&](const char* /*of*/, const Step& /*step*/, const yaml::Node& written) {
                          const auto& answer = (*example++)->rx;
                          if (!answer.empty()) {
                              check_answer(profile, answer, written.find("example")->mark(), problems);
                          }
                      });
}

void check_twins(const Profile& profile, const std::vector<Answer>& answers, const yaml::Node& root,
                 yaml::Problems& problems) {
    Twins twins(problems);
    for (std::size_t index = 0; index < profile.events.size() && !profile.codec->marks_events(); ++index) {
        if (!profile.events[index].also_answers) {
            twins.add(profile.events[index].match->text(), "events",
                      root.find("events")->items()[index].find("match")->mark());
        }
    }
    for (std::size_t index = 0; index < profile.errors.size(); ++index) {
        twins.add(profile.errors[index].match->text(), "errors",
                  root.find("errors")->items()[index].find("match")->mark());
    }
    for (const auto& answer : answers) {
        twins.add(answer.form->answer_text(), "match", answer.mark);
    }
}

} // namespace

void check_lines(const Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    check_own_answers(profile, root, problems);
    for (const auto& [name, request] : profile.requests) {
        const auto examples = root.find("requests")->find(name)->find("examples");
        for (std::size_t index = 0; index < request.examples.size(); ++index) {
            const auto& wire = request.examples[index].wire;
            const auto& written = examples->items()[index].find("wire")->items();
            for (std::size_t exchange = 0; exchange < wire.size(); ++exchange) {
                if (!wire[exchange].rx.empty()) {
                    check_answer(profile, wire[exchange].rx, mark_of(written[exchange], "rx"), problems);
                }
            }
        }
    }
    check_refusals(profile, root, problems);
    // Where some could not be read, nothing tells which line the others came from.
    const auto is_whole = [&](std::string_view section, std::size_t size) {
        const auto node = root.find(section);
        return size == (node ? node->items().size() : 0);
    };
    if (is_whole("events", profile.events.size()) && is_whole("errors", profile.errors.size())) {
        const auto answers = answers_of(profile, root);
        if (!profile.events.empty()) {
            check_events(profile, answers, *root.find("events"), problems);
        }
        check_twins(profile, answers, root, problems);
    }
}

} // namespace jigd::profile
