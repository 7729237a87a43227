#pragma once

#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace jigd::link {

/// Who the board said it is.
struct Identity {
    std::optional<std::string> model;
    std::optional<std::string> serial;
    std::optional<std::string> firmware;
    bool verified = false; ///< asked since the port was opened, and as the configuration demands
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

/// What the jig thread knows and others may read. Any thread.
class Facts {
  public:
    void set_identity(const Identity& identity) {
        const std::lock_guard lock(mutex_);
        identity_ = identity;
    }
    [[nodiscard]] Identity identity() const {
        const std::lock_guard lock(mutex_);
        return identity_;
    }

    /// Why nothing can be actuated; "" while the record can be written.
    void set_record_trouble(const std::string& trouble) {
        const std::lock_guard lock(mutex_);
        record_trouble_ = trouble;
    }
    [[nodiscard]] std::string record_trouble() const {
        const std::lock_guard lock(mutex_);
        return record_trouble_;
    }

  private:
    mutable std::mutex mutex_;
    Identity identity_;
    std::string record_trouble_;
};

} // namespace jigd::link
