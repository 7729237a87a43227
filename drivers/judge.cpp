#include "drivers/judge.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace jigd::drivers {

std::optional<Event> Judge::event(std::string_view body) const {
    if (sense(body) == Sense::restart) {
        return std::nullopt;
    }
    for (const auto& event : profile_.events) {
        const auto captures = event.match->match(body);
        if (!captures) {
            continue;
        }
        Event said{.name = event.name, .values = nullptr, .at = std::chrono::system_clock::now()};
        try {
            said.values = profile::to_result(event.values, *captures);
        } catch (const Error&) {
            return said;
        }
        return said;
    }
    return std::nullopt;
}

const profile::Event* Judge::declared(const std::string& name) const {
    const auto found = std::find_if(profile_.events.begin(), profile_.events.end(),
                                    [&](const profile::Event& event) { return event.name == name; });
    return found == profile_.events.end() ? nullptr : &*found;
}

Judge::Sense Judge::sense(std::string_view body) const {
    auto sense = profile_.codec->is_blank(body) ? Sense::noise : Sense::unexpected;
    for (const auto& noise : profile_.noise) {
        if (noise.matches(body)) {
            if (noise.restart) {
                return Sense::restart;
            }
            sense = Sense::noise;
        }
    }
    return sense;
}

std::optional<profile::Captures> Judge::answer(const profile::Step& step, const nlohmann::json& params,
                                               const std::string& body) const {
    const auto& form = *step.form;
    auto captures = form.decode(body, params);
    // A board that has just started did not answer, whatever else its banner looks like.
    if (!captures && sense(body) == Sense::restart) {
        return std::nullopt;
    }
    refuse_if_error(form.text(), body);
    if (captures) {
        require_own_values(form, params, *captures, body);
    }
    return captures;
}

/// An answer that repeats what was asked must repeat it rightly: the state of relay 5 does not answer the
/// question for relay 3 (it came late, or the board chose another value).
void Judge::require_own_values(const profile::StepForm& form, const nlohmann::json& params,
                               const profile::Captures& captures, const std::string& body) const {
    for (const auto& name : form.params()) {
        const auto repeated = captures.find(name);
        if (repeated == captures.end()) {
            continue;
        }
        const auto asked = form.spelt(name, params.at(name));
        const auto& said = repeated->second;
        if ((said.is_string() ? said.get<std::string>() : said.dump()) != asked) {
            throw Error(Code::jig_protocol,
                        fmt::format("the board answered '{}' when {} {} was asked for; it is out of step, or "
                                    "does not take that value",
                                    profile_.codec->describe(body), name, asked));
        }
    }
}

const profile::Refusal* Judge::refusal(std::string_view body) const {
    const auto found =
        std::find_if(profile_.errors.begin(), profile_.errors.end(),
                     [&](const profile::Refusal& refusal) { return refusal.match->match(body).has_value(); });
    return found == profile_.errors.end() ? nullptr : &*found;
}

bool Judge::asks_again(std::string_view body) const {
    const auto* said = refusal(body);
    return said != nullptr && said->again && sense(body) != Sense::restart;
}

void Judge::refuse_if_error(const std::string& command, const std::string& body) const {
    const auto* said = refusal(body);
    if (said == nullptr) {
        return;
    }
    auto details = profile::refusal_details(said->match->match(body).value());
    if (!details.contains("board_text")) {
        details["board_text"] = profile_.codec->captures_text() ? body : profile_.codec->describe(body);
    }
    throw Error(Code::jig_refused,
                fmt::format("the board refused '{}': {}", printable(command), profile_.codec->describe(body)),
                Executed::no, std::move(details));
}

} // namespace jigd::drivers
