#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

namespace jigd {

/// Something that happened, for those who listen to `<serial>.Evt.<name>` (docs/protocol.md, "Events").
struct Event {
    std::string name;
    nlohmann::json values = nlohmann::json::object();
    std::chrono::system_clock::time_point at{};
};

} // namespace jigd
