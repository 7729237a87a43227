#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "core/broker_access.hpp"

namespace jigd::amqp {

/// The TLS side could not be set up, or the broker's certificate is not to be trusted: says why and what
/// mends it.
class TlsError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws TlsError when a file can't be used: not PEM, or a key that does not belong to its certificate.
void check_tls_files(const TlsFiles& files);

/// Makes an OpenSSL context as strict as it should be: TLS 1.2 or newer, the broker's certificate signed by a
/// known CA, in date, and made for the host's name or address (rabbitmq-c's own check knows no addresses,
/// RFC 2818 section 3.1 does). One for each connection; used on the connection's thread.
class Tls {
  public:
    /// `context` is an SSL_CTX that is used for this connection alone and outlived by this object.
    /// Throws TlsError when a file can't be used.
    Tls(void* context, const TlsFiles& files, std::string host);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// Why the handshake, or what came after it, failed: the certificate's fault, or what OpenSSL said last
    /// on this thread; "" when neither knows anything.
    [[nodiscard]] std::string failure() const;
    /// The failure lasts until a person mends it, as opposed to a handshake that was merely cut off.
    [[nodiscard]] bool is_lasting() const;

  private:
    struct Verdict;
    std::unique_ptr<Verdict> verdict_;
};

} // namespace jigd::amqp
