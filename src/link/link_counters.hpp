#pragma once

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "drivers/port.hpp"

namespace jigd::link {

/// What happened on the link since jigd started.
struct LinkCounters {
    std::uint64_t opens = 0;
    std::uint64_t exchanges = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t refusals = 0;
    std::uint64_t dropped = 0; ///< frames that were neither answer nor event
    std::uint64_t restarts = 0;

    /// The `counters` member of `link` in JigStatus.
    [[nodiscard]] nlohmann::json to_json() const;
};

/// The `line_errors` member of `link` in JigStatus: null where the port counts none.
[[nodiscard]] nlohmann::json to_json(const std::optional<drivers::LineErrors>& errors);

} // namespace jigd::link
