#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace jigd::drivers {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(
            &storage); // NOLINT(*-reinterpret-cast): what connect() takes
    }
};

/// One look-up of a host's addresses on a thread of its own, because getaddrinfo() knows neither a limit nor
/// a way to cancel it. When this object goes before the look-up has ended, the thread is left behind with
/// nothing of ours, and what it finds is thrown away. A numeric address needs no thread.
class NameLookup {
  public:
    /// Throws std::system_error when there is no room for a thread.
    NameLookup(const std::string& host, std::uint16_t port);

    /// Readable when it has ended.
    [[nodiscard]] int fd() const;
    /// The addresses in the order to try them; nullopt while it is under way. Throws std::runtime_error with
    /// the resolver's own words.
    [[nodiscard]] std::optional<std::vector<SocketAddress>> result() const;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace jigd::drivers
