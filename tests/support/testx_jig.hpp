#pragma once

#include <cstdlib>
#include <string>

#include "profile/profile.hpp"
#include "support/profiles.hpp"

namespace jigd::test {

/// The reference board as it is shipped.
[[nodiscard]] inline profile::Profile load_testx_jig() {
    const char* source = std::getenv("JIGD_SOURCE");
    return test::load_profile(std::string(source == nullptr ? "." : source) + "/drivers/jigs/testx-jig.yaml");
}

} // namespace jigd::test
