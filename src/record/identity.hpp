#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/request.hpp"

namespace jigd::record {

/// Always carried out, so its entries are written and never looked up: they may share a message id with any
/// other entry.
inline constexpr std::string_view safe_state_request = "SafeState";

/// True for a request that no entry answers: SafeState, and the first delivery of one without a message id.
[[nodiscard]] bool is_never_looked_up(const RequestHeader& request);

/// The caller of entries from before callers were kept apart: it matches every caller.
inline constexpr std::string_view any_caller = "*";

/// Who asked, as one text, never any_caller; what is absent counts as empty.
[[nodiscard]] std::string caller_key(const Caller& caller);

/// Of a message id and its caller.
[[nodiscard]] std::uint64_t message_hash(std::string_view message_id, std::string_view caller);
/// Of what a redelivery without a message id is found by, but for the parameters.
[[nodiscard]] std::uint64_t origin_hash(const RequestHeader& request);

/// The same text for the same value; what is not UTF-8 becomes U+FFFD, as in a reply.
[[nodiscard]] std::string canonical(const nlohmann::json& value);

/// The parameters as the record stores and compares them: canonical, and in place of the value of each of
/// `secrets` a hash that is too short to lead back to it. The same request always gives the same text;
/// another message id or caller gives the same secret another hash.
[[nodiscard]] std::string stored_params(const Job& job, const std::vector<std::string>& secrets);

} // namespace jigd::record
