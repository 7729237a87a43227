#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "profile/profile.hpp"

/// Parts of a profile in few words, for people. Pure.
namespace jigd::jigctl {

/// "115200 8N1"
[[nodiscard]] std::string describe_serial(const profile::Serial& serial);
/// The values that a schema allows: "1..8", "true|false", "host|dut", "text".
[[nodiscard]] std::string describe_values(const nlohmann::json& schema);
/// "channel=1..8 on=true|false [hold_ms=0..5000]"
[[nodiscard]] std::string describe_params(const profile::Request& request);
/// A command without parameters as it goes over the wire: 'ID?'.
[[nodiscard]] std::string describe_command(const profile::Profile& profile, const profile::Step& step);
/// A value without quotes: host, 9, true.
[[nodiscard]] std::string bare(const nlohmann::json& value);

} // namespace jigd::jigctl
