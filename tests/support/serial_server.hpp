#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "os/fd.hpp"

namespace jigd::test {

/// A serial server's listening socket on loopback, and what a test does with its connections by hand.
class SerialServer {
  public:
    explicit SerialServer(bool ipv6 = false, int receive_buffer = 0) {
        listener_ = os::Fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (receive_buffer > 0) {
            ::setsockopt(listener_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        if (ipv6) {
            sockaddr_in6 loopback{};
            loopback.sin6_family = AF_INET6;
            loopback.sin6_addr = in6addr_loopback;
            bind(reinterpret_cast<sockaddr*>(&loopback), sizeof loopback);
        } else {
            sockaddr_in loopback{};
            loopback.sin_family = AF_INET;
            loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            bind(reinterpret_cast<sockaddr*>(&loopback), sizeof loopback);
        }
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(ipv6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                           : reinterpret_cast<sockaddr_in&>(address).sin_port);
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The next connection, waited for up to 5 s.
    [[nodiscard]] os::Fd accept() {
        wait(listener_.get());
        return os::Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    /// Nothing takes connections any more.
    void stop() { listener_.reset(); }

    [[nodiscard]] static std::string receive(const os::Fd& connection) {
        wait(connection.get());
        char bytes[4096];
        const auto got = ::recv(connection.get(), bytes, sizeof bytes, 0);
        return got < 0 ? "an error" : std::string(bytes, static_cast<std::size_t>(got));
    }
    static void send(const os::Fd& connection, std::string_view bytes) {
        (void)!::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    /// As a server that loses power and comes back: the other side is told that there is no such connection.
    static void reset(os::Fd& connection) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        connection.reset();
    }

  private:
    void bind(const sockaddr* address, socklen_t size) {
        if (::bind(listener_.get(), address, size) != 0 || ::listen(listener_.get(), 8) != 0) {
            throw std::runtime_error("no port on loopback");
        }
    }
    static void wait(int handle) {
        os::Watch watch{.fd = handle, .events = POLLIN, .revents = 0};
        if (!os::wait(&watch, 1, Deadline::in(std::chrono::seconds(5), Clock::now()))) {
            throw std::runtime_error("nothing came");
        }
    }

    os::Fd listener_;
    std::uint16_t port_ = 0;
};

} // namespace jigd::test
