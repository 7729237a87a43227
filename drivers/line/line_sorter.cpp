#include "drivers/line/line_sorter.hpp"

#include <algorithm>

#include "drivers/line/line_form.hpp"

namespace jigd::drivers {

LineSorter::LineSorter(const profile::Profile& profile) : refusals_(profile.errors) {
    for (const auto& event : profile.events) {
        events_.push_back(event.match);
    }
    for (const auto& noise : profile.noise) {
        const auto* matcher = dynamic_cast<const PatternMatcher*>(noise.match.get());
        if (noise.anywhere && matcher != nullptr) {
            anywhere_.push_back(matcher->pattern());
        } else {
            noise_.push_back(noise);
        }
    }
}

LineSorter::Kind LineSorter::kind(std::string_view line) const {
    const auto matches = [&](const std::shared_ptr<const profile::Matcher>& matcher) {
        return matcher->match(line).has_value();
    };
    const auto is_noise = [&](const profile::Noise& noise) { return noise.matches(line); };
    const auto is_restart = [&](const profile::Noise& noise) { return noise.restart && noise.matches(line); };
    if (std::any_of(noise_.begin(), noise_.end(), is_restart)) {
        return Kind::restart;
    }
    const auto is_refusal = [&](const profile::Refusal& refusal) { return matches(refusal.match); };
    if (std::any_of(refusals_.begin(), refusals_.end(), is_refusal)) {
        return Kind::refusal;
    }
    const bool is_unasked = std::any_of(events_.begin(), events_.end(), matches) ||
                            std::any_of(noise_.begin(), noise_.end(), is_noise);
    return is_unasked ? Kind::unasked : Kind::text;
}

} // namespace jigd::drivers
