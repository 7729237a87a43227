#include "link/link_counters.hpp"

namespace jigd::link {

nlohmann::json LinkCounters::to_json() const {
    return {{"opens", opens},           {"exchanges", exchanges}, {"timeouts", timeouts},
            {"mismatches", mismatches}, {"refusals", refusals},   {"restarts", restarts},
            {"dropped", dropped}};
}

nlohmann::json to_json(const std::optional<drivers::LineErrors>& errors) {
    if (!errors) {
        return nullptr;
    }
    return {{"frame", errors->frame},
            {"parity", errors->parity},
            {"overrun", errors->overrun},
            {"buffer_overrun", errors->buffer_overrun},
            {"breaks", errors->breaks}};
}

} // namespace jigd::link
