#include "drivers/network/tcp_attempt.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/error.hpp"

namespace jigd::drivers {

namespace {

/// For one address; the kernel itself would try for two minutes.
constexpr std::chrono::seconds connect_timeout{4};

[[noreturn]] void throw_absent(const std::string& message) {
    throw Error(Code::jig_offline, message, Executed::no, {{"link", "absent"}});
}

/// False at the deadline.
bool wait_for(int handle, short events, Deadline deadline, int cancel_fd) {
    std::array<os::Watch, 2> watches{
        {{.fd = handle, .events = events, .revents = 0}, {.fd = cancel_fd, .events = POLLIN, .revents = 0}}};
    if (!os::wait(watches.data(), watches.size(), deadline)) {
        return false;
    }
    if (watches[1].revents != 0) {
        throw Error(Code::shutting_down, "jigd is stopping; ask again when it is back");
    }
    return true;
}

int error_of(const os::Fd& socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// On a host's own high port, TCP may connect a socket to itself when nobody listens.
bool is_its_own_peer(const os::Fd& socket) {
    sockaddr_storage own{};
    sockaddr_storage peer{};
    socklen_t own_length = sizeof own;
    socklen_t peer_length = sizeof peer;
    return ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &own_length) == 0 &&
           ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &peer_length) == 0 &&
           own_length == peer_length && std::memcmp(&own, &peer, own_length) == 0;
}

} // namespace

TcpAttempt::TcpAttempt(NetworkAddress address) : address_(std::move(address)) {
    try {
        lookup_.emplace(address_.host, address_.port);
    } catch (const std::system_error& error) {
        throw_absent(
            fmt::format("the name '{}' can't be looked up: {}; check the limits of tasks and open files",
                        address_.host, error.what()));
    }
}

std::string TcpAttempt::doing() const {
    return lookup_ ? fmt::format("looking up the name '{}' of {}; if that takes long, check the DNS",
                                 address_.host, address_.text())
                   : fmt::format("connecting to {}", address_.text());
}

std::optional<os::Fd> TcpAttempt::advance(Deadline deadline, int cancel_fd) {
    if (!look_up(deadline, cancel_fd)) {
        return std::nullopt;
    }
    for (;;) {
        if (!socket_.valid()) {
            connect_to_next();
            continue;
        }
        const Deadline until{std::min(deadline.at, connecting_until_)};
        if (wait_for(socket_.get(), POLLOUT, until, cancel_fd)) {
            const int error = is_its_own_peer(socket_) ? ECONNREFUSED : error_of(socket_);
            if (error == 0) {
                return std::move(socket_);
            }
            fail(error);
        } else if (Clock::now() >= connecting_until_) {
            fail(ETIMEDOUT);
        } else {
            return std::nullopt;
        }
    }
}

/// False while it is under way.
bool TcpAttempt::look_up(Deadline deadline, int cancel_fd) {
    if (!lookup_) {
        return true;
    }
    if (!wait_for(lookup_->fd(), POLLIN, deadline, cancel_fd)) {
        return false;
    }
    try {
        untried_ = lookup_->result().value_or(std::vector<SocketAddress>{});
        lookup_.reset();
        return true;
    } catch (const std::runtime_error& error) {
        throw_absent(
            fmt::format("the name '{}' of {} leads to no address: {}; check its spelling and the DNS",
                        address_.host, address_.text(), error.what()));
    }
}

void TcpAttempt::connect_to_next() {
    if (untried_.empty()) {
        give_up();
    }
    const auto next = untried_.front();
    untried_.erase(untried_.begin());
    socket_ =
        os::Fd(::socket(next.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    connecting_until_ = Clock::now() + connect_timeout;
    if (!socket_.valid() ||
        (::connect(socket_.get(), next.get(), next.length) != 0 && errno != EINPROGRESS)) {
        fail(errno);
    }
}

void TcpAttempt::fail(int error) {
    error_ = error;
    socket_.reset();
}

void TcpAttempt::give_up() const {
    switch (error_) {
    case ECONNREFUSED:
        throw_absent(
            fmt::format("nothing takes connections at {} (connection refused); check the port number, and "
                        "that the serial server has this port enabled",
                        address_.text()));
    case ETIMEDOUT:
        throw_absent(
            fmt::format("{} does not answer; check the serial server's power and address, and the network",
                        address_.text()));
    default:
        throw_absent(fmt::format("no connection to {}: {}; check the network", address_.text(),
                                 std::generic_category().message(error_)));
    }
}

} // namespace jigd::drivers
