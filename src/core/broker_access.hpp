#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jigd {

/// The files of a TLS client, in PEM. Paths are absolute, or relative to the working folder.
struct TlsFiles {
    std::optional<std::string> ca_file; ///< who may have signed the broker; nullopt = the system's CAs
    std::optional<std::string> certificate_file; ///< our certificate and its chain; nullopt = we show none
    std::optional<std::string> key_file;         ///< its key; set exactly when certificate_file is
};

/// How we say who we are: SASL PLAIN (user and password) or EXTERNAL (the TLS certificate).
enum class Authentication : std::uint8_t { password, external };

/// How the broker keeps the request queue. A classic queue lives on one node and dies with it; a quorum queue
/// is on several.
enum class QueueType : std::uint8_t { classic, quorum };

} // namespace jigd
