#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "amqp/connection.hpp"

namespace jigd::amqp {

/// What we were doing when the broker closed a channel or the connection.
struct Attempt {
    enum class What { login, declare, bind, consume, publish, other };
    What what = What::other;
    std::string subject; ///< the queue's name, where there is one
};

/// The broker's close code and text in words for the operator: what was refused, to whom, and the command
/// that mends it. Kind::refused where only a person can mend it, Kind::unreachable where waiting may. Pure.
[[nodiscard]] ConnectionError explain_close(const Attempt& attempt, const Url& url, std::uint16_t code,
                                            std::string_view text);

} // namespace jigd::amqp
