#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "client/reply.hpp"
#include "core/error.hpp"

namespace jigd::client {

/// A request that got no answer. `what()` says what happened.
class CallError : public std::runtime_error {
  public:
    /// Whether the jig carried the request out, as far as can be known here.
    [[nodiscard]] Executed executed() const { return executed_; }
    /// The request's message id. Asking again with the same one is the same request: jigd carries a `set` or
    /// `pulse` out once, and answers the second with the outcome of the first.
    [[nodiscard]] const std::string& message_id() const { return message_id_; }

  protected:
    CallError(const std::string& message, Executed executed, std::string message_id)
        : std::runtime_error(message), executed_(executed), message_id_(std::move(message_id)) {}

  private:
    Executed executed_;
    std::string message_id_;
};

/// The time was over before an answer came.
class NoAnswer final : public CallError {
  public:
    NoAnswer(const std::string& message, std::string message_id)
        : CallError(message, Executed::unknown, std::move(message_id)) {}
};

/// The broker has nobody to give the request to: no jigd serves that serial there.
class Unserved final : public CallError {
  public:
    Unserved(const std::string& message, std::string message_id)
        : CallError(message, Executed::no, std::move(message_id)) {}
};

/// No connection to the broker: it could not be made (executed() is no), or was lost while the request was
/// under way (executed() is unknown).
class Unreachable final : public CallError {
  public:
    Unreachable(const std::string& message, Executed executed, std::string message_id, bool refused = false)
        : CallError(message, executed, std::move(message_id)), refused_(refused) {}
    /// The broker is there but said no: password, vhost or permission. Trying again doesn't help.
    [[nodiscard]] bool refused() const { return refused_; }

  private:
    bool refused_;
};

using Outcome = std::variant<Reply, NoAnswer, Unserved, Unreachable>;

/// The end of a request that was started.
struct Completion {
    std::string id; ///< as start() returned it
    Outcome outcome;
};

} // namespace jigd::client
