#include "link/identity.hpp"

#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "core/utf8.hpp"

namespace jigd::link {

namespace {

std::string in_quotes(const std::optional<std::string>& said) {
    return said ? "'" + printable(*said) + "'" : "nothing that the profile knows";
}

/// A typing error in the configuration looks so, and a bit that was lost on the line.
bool differs_in_one_character(const std::string& said, const std::string& wanted) {
    if (said.size() != wanted.size()) {
        return false;
    }
    return std::inner_product(said.begin(), said.end(), wanted.begin(), 0, std::plus<>(),
                              std::not_equal_to<>()) == 1;
}

} // namespace

IdentityDemand demand_of(IdentityDemand demand, const profile::Profile& profile) {
    if (profile.identify) {
        demand.says_serial = profile.identify->tells("serial");
    }
    return demand;
}

std::string describe(const Identity& identity) {
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
        wrong += fmt::format("{}its {} is {}, the configuration wants {}{}", wrong.empty() ? "" : "; ", what,
                             in_quotes(said), wanted,
                             said && differs_in_one_character(*said, wanted)
                                 ? " (one character differs: a typing error, or a disturbed line?)"
                                 : "");
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

bool is_verified_as(const Identity& identity, const IdentityDemand& demand) {
    return identity.serial && demand.serial && mismatch(identity, demand).empty();
}

} // namespace jigd::link
