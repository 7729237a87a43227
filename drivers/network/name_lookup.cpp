#include "drivers/network/name_lookup.hpp"

#include <cerrno>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <netdb.h>

#include "os/fd.hpp"

namespace jigd::drivers {

namespace {

struct Found {
    std::vector<SocketAddress> addresses;
    std::string error; ///< "" = found
};

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Found look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (error != 0) {
        return {.addresses = {},
                .error =
                    error == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(error)};
    }
    const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
    Found found;
    for (const auto* each = list; each != nullptr; each = each->ai_next) {
        SocketAddress address;
        std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
        address.length = each->ai_addrlen;
        found.addresses.push_back(address);
    }
    return found;
}

} // namespace

/// Of the thread that looks up and the one that waits.
struct NameLookup::Shared {
    os::EventFd ended;
    std::mutex mutex;
    std::optional<Found> found;

    void end_with(Found result) {
        const std::lock_guard lock(mutex);
        found = std::move(result);
        ended.signal();
    }
};

NameLookup::NameLookup(const std::string& host, std::uint16_t port) : shared_(std::make_shared<Shared>()) {
    auto numeric = look_up(host, port, AI_NUMERICHOST);
    if (numeric.error.empty()) {
        shared_->end_with(std::move(numeric));
        return;
    }
    std::thread([shared = shared_, host, port] {
        shared->end_with(look_up(host, port, AI_ADDRCONFIG));
    }).detach();
}

int NameLookup::fd() const {
    return shared_->ended.fd();
}

std::optional<std::vector<SocketAddress>> NameLookup::result() const {
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->found) {
        return std::nullopt;
    }
    if (!shared_->found->error.empty()) {
        throw std::runtime_error(shared_->found->error);
    }
    return shared_->found->addresses;
}

} // namespace jigd::drivers
