#include "drivers/network/network_opener.hpp"

#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "core/error.hpp"
#include "drivers/network/rfc2217_port.hpp"
#include "drivers/network/tcp_port.hpp"

namespace jigd::drivers {

namespace {

/// How long open() waits for a connection; on a local network it takes a few milliseconds.
constexpr Milliseconds connect_wait{500};
/// For the few round trips of RFC 2217.
constexpr Milliseconds set_up_timeout{2000};

// Slower than for a cable: an attempt costs a serial server one of its few connections.
constexpr Milliseconds retry_initial{1000};
constexpr Milliseconds retry_cap{10'000};
/// Between two connections, for a server that takes one at a time.
constexpr Milliseconds hand_over_pause{300};
/// A connection that lasted for so long was a good one.
constexpr std::chrono::seconds good_after{5};

/// As TcpPort says it.
bool is_lost(const Error& error) {
    return error.code() == Code::jig_offline && error.details().contains("link");
}

} // namespace

NetworkOpener::NetworkOpener(NetworkAddress address, int cancel_fd, std::uint64_t seed)
    : address_(std::move(address)), cancel_fd_(cancel_fd), backoff_(retry_initial, retry_cap, seed) {}

std::unique_ptr<Port> NetworkOpener::open(const profile::Serial& settings) {
    if (settings.rs485) {
        throw Error(
            Code::jig_offline,
            fmt::format(
                "RS-485 at {} is the serial server's own business; set it there, and write rs485: off",
                address_.text()));
    }
    if (auto port = set_up(connect(), settings)) {
        return port;
    }
    rest();
    if (auto port = set_up(connect(), settings)) {
        return port;
    }
    throw Error(*failure_);
}

/// A server that is still closing our last connection resets the next one; ser2net does.
void NetworkOpener::rest() const {
    os::Watch cancel{.fd = cancel_fd_, .events = POLLIN, .revents = 0};
    (void)os::wait(&cancel, 1, Deadline::in(hand_over_pause, Clock::now()));
}

os::Fd NetworkOpener::connect() {
    const auto now = Clock::now();
    if (!attempt_) {
        if (connected_at_ && now - *connected_at_ >= good_after) {
            connected_at_.reset();
            backoff_.reset();
            not_before_ = now;
        }
        if (now < not_before_) {
            throw failure_.value_or(
                Error(Code::jig_offline,
                      fmt::format("the connection to {} was lost a moment ago; it is tried again "
                                  "within {} s",
                                  address_.text(), retry_cap / std::chrono::seconds(1)),
                      Executed::no, {{"link", "absent"}}));
        }
    }
    auto socket = advance(now);
    if (!socket) {
        throw Error(Code::jig_offline, attempt_->doing(), Executed::no, {{"link", "absent"}});
    }
    attempt_.reset();
    failure_.reset();
    connected_at_ = Clock::now();
    not_before_ = *connected_at_ + backoff_.next();
    return std::move(*socket);
}

/// nullopt while the attempt is under way.
std::optional<os::Fd> NetworkOpener::advance(TimePoint now) {
    try {
        if (!attempt_) {
            attempt_.emplace(address_);
        }
        return attempt_->advance(Deadline::in(connect_wait, now), cancel_fd_);
    } catch (const Error& error) {
        attempt_.reset();
        not_before_ = Clock::now() + backoff_.next();
        keep(error);
        throw;
    }
}

void NetworkOpener::keep(const Error& error) {
    if (error.code() == Code::jig_offline) {
        failure_ = error;
    }
}

/// nullptr when the connection was lost meanwhile.
std::unique_ptr<Port> NetworkOpener::set_up(os::Fd socket, const profile::Serial& settings) {
    auto connection = std::make_unique<TcpPort>(address_.text(), std::move(socket), cancel_fd_);
    if (address_.protocol == NetworkAddress::Protocol::raw) {
        return connection;
    }
    auto port = std::make_unique<Rfc2217Port>(std::move(connection));
    try {
        port->set_up(settings, Deadline::in(set_up_timeout, Clock::now()));
        return port;
    } catch (const Error& error) {
        keep(error);
        if (!is_lost(error)) {
            throw;
        }
        return nullptr;
    }
}

} // namespace jigd::drivers
