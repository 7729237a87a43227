#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/time.h>

#if __has_include(<rabbitmq-c/amqp.h>) // 0.12 and later, whose <amqp.h> warns that it is deprecated
#include <rabbitmq-c/amqp.h>
#else
#include <amqp.h>
#endif
#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/delivery.hpp"

/// rabbitmq-c's types from ours, and ours from its. Private to Connection: nobody else sees the library.
namespace jigd::amqp {

[[nodiscard]] timeval to_timeval(Milliseconds time);

/// A view for the library, which only reads it.
[[nodiscard]] amqp_bytes_t to_bytes(std::string_view text);
/// The same for what AMQP calls a short string. Throws std::invalid_argument, with `what` it is, when it has
/// more than 255 bytes: rabbitmq-c finds that out only after half the message has gone out.
[[nodiscard]] amqp_bytes_t to_short_string(std::string_view text, const char* what);
[[nodiscard]] std::string to_string(amqp_bytes_t bytes);

/// The entries of an AMQP table (integers, strings, booleans): views into `object`, which must outlive them.
[[nodiscard]] std::vector<amqp_table_entry_t> to_entries(const nlohmann::json& object);
/// A view of `entries`.
[[nodiscard]] amqp_table_t to_table(std::vector<amqp_table_entry_t>& entries);

[[nodiscard]] Properties to_properties(const amqp_basic_properties_t& raw);
/// Views into `properties`, which must outlive them. Throws as to_short_string() does.
[[nodiscard]] amqp_basic_properties_t to_raw(const Properties& properties);

} // namespace jigd::amqp
