#pragma once

#include <string>
#include <string_view>

#include "core/request.hpp"

namespace jigd {

/// The reply envelope (docs/protocol.md, "Reply") as UTF-8 JSON text. Bytes of a board that are not UTF-8 are
/// replaced by U+FFFD, never thrown on. `simulated` marks every answer of a simulated port. `recorded`: when
/// it was carried out, for a repeated request that is answered with its recorded outcome.
[[nodiscard]] std::string encode_reply(std::string_view jig, bool simulated, std::string_view request,
                                       const Outcome& outcome, Duration took,
                                       const std::optional<std::string>& recorded = std::nullopt);

/// The `error` object of an envelope.
[[nodiscard]] nlohmann::json to_json(const Error& error);

/// A request body: a JSON object, empty text standing for {}. Nesting deeper than 64, text that is not UTF-8
/// or anything but an object throws Error{bad_request} naming what is wrong.
[[nodiscard]] nlohmann::json decode_body(std::string_view body);

} // namespace jigd
