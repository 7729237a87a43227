#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace jigd {

/// Who the board said it is.
struct Identity {
    std::optional<std::string> model{};
    std::optional<std::string> serial{};
    std::optional<std::string> firmware{};
    bool verified = false; ///< asked since the port was opened, and as the configuration demands

    bool operator==(const Identity&) const = default;
};

[[nodiscard]] inline nlohmann::json to_json(const Identity& identity) {
    const auto or_null = [](const std::optional<std::string>& text) {
        return text ? nlohmann::json(*text) : nlohmann::json(nullptr);
    };
    return {{"model", or_null(identity.model)},
            {"serial", or_null(identity.serial)},
            {"firmware", or_null(identity.firmware)},
            {"verified", identity.verified}};
}

} // namespace jigd
