#pragma once

#include <array>
#include <string_view>

#include "core/request.hpp"

namespace jigd {

/// What every board is served, beside the requests of its profile.
struct BuiltinRequest {
    std::string_view name;
    Kind kind;
    bool needs_jig; ///< false: the daemon answers by itself, also when every jig is asked (_all)
    std::string_view description;
};

constexpr std::array builtin_requests{
    BuiltinRequest{"JigStatus", Kind::read, true,
                   "link, identity and every value the board can be asked for, each with source and age"},
    BuiltinRequest{"JigIdentity", Kind::read, false,
                   "who the board says it is, and which host and daemon serve it"},
    BuiltinRequest{"JigCapabilities", Kind::read, false,
                   "every request with JSON Schemas of parameters and result"},
    BuiltinRequest{"JigHealth", Kind::read, false,
                   "the states of broker connection and serial link, since when and why"},
    BuiltinRequest{"JigTrace", Kind::read, false,
                   "what went over the serial line last, with whose request it was"},
    BuiltinRequest{"SafeState", Kind::set, true, "brings the jig into its safe state"},
};

/// nullptr for a name that is not in the table.
[[nodiscard]] constexpr const BuiltinRequest* find_builtin(std::string_view name) {
    for (const auto& request : builtin_requests) {
        if (request.name == name) {
            return &request;
        }
    }
    return nullptr;
}

/// The request that comes first in line, is always carried out, and overtakes what arrived before it.
[[nodiscard]] constexpr bool is_safe_state(std::string_view request) {
    return request == "SafeState";
}

} // namespace jigd
