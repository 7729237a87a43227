#pragma once

#include <optional>
#include <string>

#include "core/identity.hpp"
#include "core/version_range.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// What the board must say it is. nullopt = not compared.
struct IdentityDemand {
    std::optional<std::string> serial{};
    std::optional<std::string> model{};
    std::optional<VersionRange> firmware{};
    bool says_serial = false; ///< the profile's identify has a serial: one that is missing is a wrong one
};

/// `demand` on a board of `profile`: one that can say its serial must, where it is compared.
[[nodiscard]] IdentityDemand demand_of(IdentityDemand demand, const profile::Profile& profile);

/// "TESTX-JIG JIG-0001 1.4.2", for people.
[[nodiscard]] std::string describe(const Identity& identity);

/// What is wrong with who the board says it is, for people: "says its serial is X, the configuration wants
/// Y"; "" when nothing is. What it does not say can't be wrong, unless it is a model or a firmware that the
/// configuration names.
[[nodiscard]] std::string mismatch(const Identity& identity, const IdentityDemand& demand);

/// Whether the board's serial was compared: only then is it known to be the configured one.
[[nodiscard]] bool is_verified_as(const Identity& identity, const IdentityDemand& demand);

} // namespace jigd::link
