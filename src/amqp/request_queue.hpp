#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "amqp/connection.hpp"
#include "amqp/service.hpp"

namespace jigd::amqp {

/// The broker would not let us consume: another consumer has the queue. Right after a cut that may be our own
/// old connection, of whose end the broker knows nothing yet.
class ConsumeRefused : public ConnectionError {
  public:
    explicit ConsumeRefused(const ConnectionError& error) : ConnectionError(error) {}
};

/// Connects to one broker.
[[nodiscard]] std::unique_ptr<Connection> connect(const ServiceOptions& options, const Url& url,
                                                  std::uint64_t generation);

/// Declares and binds the jig's request queue and consumes from it, alone. Returns the consumer tag. Throws
/// ConsumeRefused or another ConnectionError.
[[nodiscard]] std::string consume_requests(Connection& connection, const ServiceOptions& options);

} // namespace jigd::amqp
