#include "drivers/network/tcp_port.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/error.hpp"

namespace jigd::drivers {

namespace {

// A serial server that loses power says nothing; by these it is missed within 20 s, idle or not.
constexpr int keepalive_idle_s = 10;
constexpr int keepalive_interval_s = 3;
constexpr int keepalive_probes = 3;
constexpr int unacknowledged_for_ms = 10'000;

void set_option(int socket, int level, int name, int value) {
    // Each of them makes a good connection better, and none makes one work.
    (void)::setsockopt(socket, level, name, &value, sizeof value);
}

std::string describe(int error) {
    return std::generic_category().message(error);
}

bool worth_another_try(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

TcpPort::TcpPort(std::string name, os::Fd socket, int cancel_fd)
    : name_(std::move(name)), socket_(std::move(socket)), cancel_fd_(cancel_fd) {
    set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket_.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket_.get(), IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
    set_option(socket_.get(), IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
    set_option(socket_.get(), IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
    set_option(socket_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_for_ms);
}

TcpPort::~TcpPort() {
    // The kernel would go on sending after close().
    TcpPort::discard_output();
}

void TcpPort::gone(const std::string& sign) const {
    throw Error(
        Code::jig_offline,
        fmt::format("the connection to {} is lost ({}); check the serial server and the network, it is "
                    "connected again when it is back",
                    name_, is_cut_ ? "the network did not take the last command in time" : sign),
        Executed::no, {{"link", "absent"}});
}

bool TcpPort::wait_for(short events, Deadline deadline) const {
    std::array<os::Watch, 2> watches{{{.fd = socket_.get(), .events = events, .revents = 0},
                                      {.fd = cancel_fd_, .events = POLLIN, .revents = 0}}};
    if (!os::wait(watches.data(), watches.size(), deadline)) {
        return false;
    }
    if (watches[1].revents != 0) {
        throw Error(Code::shutting_down, "jigd is stopping; ask again when it is back");
    }
    return true;
}

std::size_t TcpPort::read(std::span<char> into, Deadline deadline) {
    while (wait_for(POLLIN, deadline)) {
        const auto got = ::recv(socket_.get(), into.data(), into.size(), 0);
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        if (got == 0) {
            gone("closed by the other side; if that happens each time, another program may have this port");
        }
        if (!worth_another_try(errno)) {
            gone(describe(errno));
        }
    }
    return 0;
}

void TcpPort::write(std::string_view bytes, Deadline deadline) {
    const auto all = bytes.size();
    retransmissions_before_ = retransmissions();
    try {
        write_all(bytes, deadline);
    } catch (const Error& error) {
        throw error.with(bytes.size() == all ? Executed::no : Executed::unknown);
    }
}

/// `bytes` shrinks to what was not taken yet.
void TcpPort::write_all(std::string_view& bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const auto written = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (written < 0 && !worth_another_try(errno)) {
            gone(describe(errno));
        }
        if (!wait_for(POLLOUT, deadline)) {
            throw Error(
                Code::jig_timeout,
                fmt::format("{} takes no more bytes ({} are left); check the network, the serial server's "
                            "flow control, and that the board reads",
                            name_, bytes.size()));
        }
    }
}

void TcpPort::discard_input() {
    std::array<char, 4096> rest;
    while (read(rest, {now()}) > 0) {
    }
}

/// Whether bytes wait that the other side's window has no room for, or that were sent in vain once already. A
/// mere acknowledgement that is still to come is nothing: some servers take 0.2 s for it.
bool TcpPort::is_stuck() const {
    int not_sent = 0;
    const bool is_waiting = ::ioctl(socket_.get(), SIOCOUTQNSD, &not_sent) == 0 && not_sent > 0;
    return is_waiting || (has_unacknowledged() && retransmissions() != retransmissions_before_);
}

bool TcpPort::has_unacknowledged() const {
    int bytes = 0;
    return ::ioctl(socket_.get(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

/// Since the connection began. Probes for a lost tail are among them, which come long before the first
/// time-out.
std::uint32_t TcpPort::retransmissions() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    return ::getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_total_retrans
                                                                                 : 0;
}

/// Resets the connection and drops what waits, and leaves a descriptor that can be polled.
void TcpPort::cut() {
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    is_cut_ = ::connect(socket_.get(), &nobody, sizeof nobody) == 0;
}

void TcpPort::await_delivery(Deadline deadline) {
    constexpr Milliseconds look_again{5}; // nothing tells when an acknowledgement comes
    try {
        while (has_unacknowledged()) {
            if (deadline.passed(now())) {
                cut();
                throw Error(
                    Code::jig_timeout,
                    fmt::format("the network did not take the command in time; it will not deliver it "
                                "later, and the connection to {} begins anew",
                                name_));
            }
            if (wait_for(0, Deadline{std::min(deadline.at, now() + look_again)})) {
                gone("the network gave up");
            }
        }
    } catch (const Error& error) {
        throw error.with(Executed::unknown);
    }
}

std::size_t TcpPort::discard_output() {
    if (!is_cut_ && is_stuck()) {
        cut();
    }
    return 0;
}

} // namespace jigd::drivers
