#include "profile/profile.hpp"

namespace jigd::profile {

std::vector<const StepForm*> Profile::forms() const {
    std::vector<const StepForm*> all;
    const auto add = [&all](const std::vector<OwnStep>& steps) {
        for (const auto& each : steps) {
            all.push_back(each.step.form.get());
        }
    };
    if (identify) {
        all.push_back(identify->step.form.get());
        add(identify->further);
    }
    if (resync) {
        all.push_back(resync->form.get());
    }
    add(on_open);
    for (const auto& event : events) {
        if (event.reply) {
            all.push_back(event.reply.get());
        }
    }
    for (const auto& entry : requests) {
        for (const auto& own : entry.second.steps) {
            all.push_back(own.form.get());
        }
    }
    return all;
}

} // namespace jigd::profile
