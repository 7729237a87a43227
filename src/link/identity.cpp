#include "link/identity.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jigd::link {

namespace {

std::string quoted(const std::optional<std::string>& said) {
    return said ? "'" + *said + "'" : "nothing that the profile knows";
}

} // namespace

IdentityDemand demand_of(IdentityDemand demand, const profile::Profile& profile) {
    const auto* step = profile.identify ? std::get_if<profile::LineStep>(&profile.identify->step) : nullptr;
    if (step != nullptr && step->match) {
        const auto& groups = step->match->groups();
        demand.says_serial = std::find(groups.begin(), groups.end(), "serial") != groups.end();
    }
    return demand;
}

std::string spelt(const Identity& identity) {
    std::string text;
    for (const auto& part : {identity.model, identity.serial, identity.firmware}) {
        if (part) {
            text += (text.empty() ? "" : " ") + *part;
        }
    }
    return text.empty() ? "a board that can't be asked who it is" : text;
}

std::string mismatch(const Identity& identity, const IdentityDemand& demand) {
    std::string wrong;
    const auto add = [&](const std::string& what, const std::optional<std::string>& said,
                         const std::string& wanted) {
        wrong += fmt::format("{}its {} is {}, the configuration wants {}", wrong.empty() ? "" : "; ", what,
                             quoted(said), wanted);
    };
    if (demand.serial && (identity.serial || demand.says_serial) && identity.serial != demand.serial) {
        add("serial", identity.serial, *demand.serial);
    }
    if (demand.model && identity.model != demand.model) {
        add("model", identity.model, *demand.model);
    }
    if (demand.firmware && !(identity.firmware && demand.firmware->contains(*identity.firmware))) {
        add("firmware", identity.firmware, demand.firmware->text());
    }
    return wrong;
}

bool is_verified(const Identity& identity, const IdentityDemand& demand) {
    return identity.serial && demand.serial && mismatch(identity, demand).empty();
}

} // namespace jigd::link
