#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "client/outcome.hpp"
#include "core/broker_access.hpp"
#include "core/deadline.hpp"

namespace jigd::client {

struct ClientOptions {
    /// amqp://user:password@host:port/vhost or amqps://…
    std::string broker = "amqp://localhost";
    /// Of a broker URL that carries none.
    std::optional<std::string> password = {};
    /// For amqps://: by default the broker's certificate is checked with the system's CAs, and none is shown.
    TlsFiles tls = {};
    /// `external`: by the certificate of `tls`; the URL is amqps:// then, and its user means nothing.
    Authentication authentication = Authentication::password;
    /// Shown by `rabbitmqctl list_connections`.
    std::string name = "jigd client";
    /// Of a connect, looking up the broker's name included, and of each of its steps.
    std::chrono::milliseconds connect_timeout{5000};
    /// How a dead link is noticed while waiting for answers; 0 switches it off.
    std::chrono::seconds heartbeat{10};
};

struct CallOptions {
    /// How long an answer is of use. The request carries it as its expiration, so neither the broker nor jigd
    /// touches the jig for somebody who has gone.
    std::chrono::milliseconds timeout{1000};
    /// Makes two requests one: a `set` or `pulse` with the message id of an earlier one gets its recorded
    /// outcome. Empty: a new random one.
    std::string message_id = {};
    /// Who asks, for the operator's log; free text of up to 255 bytes.
    std::string app_id = {};
};

/// Asks jigs through an AMQP broker: one connection and one callback for all requests.
///
///     jigd::client::Client client({.broker = "amqp://tester@broker:5672/lab"});
///     try {
///         const auto reply = client.call("JIG-0001", "SetRelay", {{"channel", 1}, {"on", true}});
///         if (!reply.ok) {
///             std::cerr << reply.error["code"] << ": " << reply.error["message"] << "\n";
///         }
///     } catch (const jigd::client::CallError& error) { // or NoAnswer, Unserved, Unreachable
///         std::cerr << error.what() << "\n"; // to ask again safely: {.message_id = error.message_id()}
///     }
///
/// Many at once: start() them, then fetch what completes with next(), in the order of completion.
///
/// One thread: a Client is no more thread-safe than a std::string. It runs a thread of its own only while it
/// connects, for looking up a name can't be broken off, only left behind. It never repeats a request by
/// itself. A connection that is lost (the broker also drops one whose client stays outside call() and next()
/// for more than two heartbeats) fails the requests in flight; the next request opens a new one.
class Client {
  public:
    /// Connects. Throws std::invalid_argument for a broker URL that is none (or, for `external`, not
    /// amqps), Unreachable when no connection can be made.
    explicit Client(ClientOptions options = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Asks and waits. `params` is a JSON object. Throws NoAnswer, Unserved or Unreachable when no answer
    /// comes, std::invalid_argument when the words can't make a request; an answer that is an error is a
    /// Reply with `ok` false.
    Reply call(const std::string& serial, const std::string& request,
               const nlohmann::json& params = nlohmann::json::object(), const CallOptions& options = {});

    /// Asks every jig at the broker (docs/protocol.md, "Asking every jig") and hands over each answer as it
    /// comes, until the timeout; returns how many came. Throws as call() does, but not NoAnswer.
    std::size_t call_all(const std::string& request, const nlohmann::json& params, const CallOptions& options,
                         const std::function<void(const Reply&)>& on_reply);

    /// Asks one jig without waiting; returns the request's id. Throws Unreachable when it could not be sent,
    /// and std::invalid_argument as call() does.
    std::string start(const std::string& serial, const std::string& request,
                      const nlohmann::json& params = nlohmann::json::object(),
                      const CallOptions& options = {});

    /// The next completion; nullopt at the deadline, or at once when nothing is in flight. Each start() has
    /// exactly one completion, at the latest when its timeout is over.
    std::optional<Completion> next(Deadline deadline = Deadline::never());

    /// Requests that were started and have not completed.
    [[nodiscard]] std::size_t in_flight() const;
    /// Answers dropped because their correlation id fits no request in flight: late, doubled or foreign ones.
    [[nodiscard]] std::uint64_t dropped_replies() const;
    /// "RabbitMQ 3.10.8 at 127.0.0.1:5672 vhost /", for people; never with a password.
    [[nodiscard]] std::string broker() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace jigd::client
