#include <algorithm>

#include "profile/profile.hpp"

namespace jigd::profile {

std::vector<std::string> unanswerable(const Profile& profile, const std::vector<std::string>& demanded) {
    std::vector<std::string> problems;
    for (const auto& part : demanded) {
        const std::string demand = "jig.identity." + part + " is demanded, but profile " + profile.name;
        if (!profile.identify) {
            problems.push_back(demand + " says identify: none, so the board can't be asked");
            continue;
        }
        const auto groups = profile.identify->step.form->captures();
        if (std::find(groups.begin(), groups.end(), part) == groups.end()) {
            auto problem = demand;
            problem.append("'s identify does not say it; its match has no group (?P<").append(part);
            problems.push_back(problem.append(">...)"));
        }
    }
    return problems;
}

} // namespace jigd::profile
