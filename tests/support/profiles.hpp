#pragma once

#include <optional>
#include <string>
#include <utility>

#include "drivers/line/line_codec.hpp"
#include "drivers/registry.hpp"
#include "profile/profile.hpp"

/// Profiles of every protocol that jigd knows.
namespace jigd::test {

[[nodiscard]] inline profile::Profile
parse_profile(const std::string& yaml, const std::string& name,
              const std::optional<yaml::Node>& overrides = std::nullopt) {
    return profile::parse(yaml, name, drivers::registry(), overrides);
}

[[nodiscard]] inline profile::Profile
load_profile(const std::string& path, const std::optional<yaml::Node>& overrides = std::nullopt) {
    return profile::load(path, drivers::registry(), overrides);
}

/// The section `line` of a line board.
[[nodiscard]] inline const drivers::LineCodec::Options& line_of(const profile::Profile& profile) {
    return dynamic_cast<const drivers::LineCodec&>(*profile.codec).options();
}

/// Changes that section.
template<typename Change>
void change_line(profile::Profile& profile, Change change) {
    auto options = line_of(profile);
    change(options);
    profile.codec = std::make_shared<drivers::LineCodec>(std::move(options), profile.serial.data_bits);
}

} // namespace jigd::test
