#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace jigd::client {

/// What came back for one request.
struct Reply {
    /// The envelope says that the request was carried out; `result` holds its result.
    bool ok = false;
    /// The answer as it came, whatever it is.
    std::string body;
    /// `result` of the envelope; null when there is none.
    nlohmann::json result;
    /// `error` of the envelope ({"code": …, "message": …, "retryable": …, "executed": …, …}); null when there
    /// is none.
    nlohmann::json error;
    /// The answer comes from a simulated jig.
    bool simulated = false;
    /// Why the answer is not a reply envelope of jigd; empty when it is one. (Any program may serve a
    /// request; such an answer has only `body`, and `ok` is false.)
    std::string defect;
};

/// An answer's body as a Reply. Never throws on what it says.
[[nodiscard]] Reply parse_reply(std::string body);

/// The Reply that stands for an answer too long to be kept.
[[nodiscard]] Reply oversized_reply(std::size_t size, std::size_t limit);

} // namespace jigd::client
