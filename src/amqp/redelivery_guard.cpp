#include "amqp/redelivery_guard.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace jigd::amqp {

namespace {

constexpr std::string_view safe_state = "SafeState";
/// What the daemon answers without the jig.
constexpr std::array<std::string_view, 4> own_requests{"JigHealth", "JigIdentity", "JigCapabilities",
                                                       "JigTrace"};

std::string_view request_of(const Delivery& delivery) {
    const std::string_view key = delivery.routing_key;
    return key.substr(key.rfind('.') + 1);
}

bool is_urgent(const Delivery& delivery) {
    const auto request = request_of(delivery);
    return !delivery.redelivered &&
           (request == safe_state ||
            std::find(own_requests.begin(), own_requests.end(), request) != own_requests.end());
}

/// FNV-1a.
void add(std::uint64_t& hash, std::string_view text) {
    constexpr std::uint64_t prime = 1'099'511'628'211U;
    for (const char letter : text) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * prime;
    }
    hash = (hash ^ 0x100U) * prime; // the end of this text
}

} // namespace

std::string fingerprint(const Delivery& delivery) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    const auto& properties = delivery.properties;
    add(hash, delivery.routing_key);
    for (const auto* property : {&properties.reply_to, &properties.correlation_id, &properties.message_id}) {
        add(hash, property->value_or(""));
    }
    add(hash, delivery.body);
    add(hash, std::to_string(delivery.body_size)); // of a body that was too long to keep
    return fmt::format("{:016x}", hash);
}

void RedeliveryGuard::activate(std::vector<std::string> stored, Store store) {
    active_ = true;
    suspects_ = std::move(stored);
    store_ = std::move(store);
}

void RedeliveryGuard::on_serving(TimePoint now, Duration ttl) {
    if (ends_ == TimePoint::max()) {
        ends_ = now + ttl;
    }
}

bool RedeliveryGuard::passes(const Delivery& delivery, TimePoint now) {
    if (active_ && idle() && now >= ends_) {
        active_ = false;
        superseded_.clear();
        if (!std::exchange(suspects_, {}).empty()) {
            store_({});
        }
    }
    if (!active_) {
        return true;
    }
    if (is_urgent(delivery)) {
        if (request_of(delivery) == safe_state) {
            supersede_held();
        }
        return true;
    }
    return idle() && !delivery.redelivered;
}

void RedeliveryGuard::hold(Delivery delivery, TimePoint due) {
    restore_superseded(delivery);
    if (request_of(delivery) == safe_state) {
        supersede_held();
        held_.push_front({std::move(delivery), due});
    } else {
        held_.push_back({std::move(delivery), due});
    }
}

std::optional<RedeliveryGuard::Released> RedeliveryGuard::next() {
    if (under_way_ || held_.empty()) {
        return std::nullopt;
    }
    auto& first = held_.front().delivery;
    Released released;
    if (first.redelivered) {
        auto name = fingerprint(first);
        released.refused = std::find(suspects_.begin(), suspects_.end(), name) != suspects_.end();
        if (!released.refused) {
            auto stored = suspects_;
            stored.push_back(std::move(name));
            store_(stored);
            under_way_ = first.ticket;
        }
    }
    released.delivery = std::move(first);
    held_.pop_front();
    return released;
}

std::vector<Delivery> RedeliveryGuard::take_overdue(TimePoint now) {
    std::vector<Delivery> overdue;
    std::erase_if(held_, [&](Held& each) {
        if (now < each.due) {
            return false;
        }
        overdue.push_back(std::move(each.delivery));
        return true;
    });
    return overdue;
}

TimePoint RedeliveryGuard::next_due() const {
    auto next = TimePoint::max();
    for (const auto& each : held_) {
        next = std::min(next, each.due);
    }
    return next;
}

void RedeliveryGuard::on_answered(const Ticket& ticket) {
    if (under_way_ == ticket) {
        under_way_.reset();
        store_(suspects_);
    }
}

void RedeliveryGuard::on_connection_lost() {
    for (const auto& each : held_) {
        if (each.delivery.superseded) {
            superseded_.push_back(fingerprint(each.delivery));
            ends_ = TimePoint::max();
        }
    }
    held_.clear();
    under_way_.reset();
}

bool RedeliveryGuard::holds_redelivery() const {
    return std::any_of(held_.begin(), held_.end(),
                       [](const Held& each) { return each.delivery.redelivered; });
}

void RedeliveryGuard::supersede_held() {
    for (auto& each : held_) {
        each.delivery.superseded = true;
    }
}

/// Once for each that was held.
void RedeliveryGuard::restore_superseded(Delivery& delivery) {
    if (!delivery.redelivered || superseded_.empty()) {
        return;
    }
    const auto known = std::find(superseded_.begin(), superseded_.end(), fingerprint(delivery));
    if (known != superseded_.end()) {
        delivery.superseded = true;
        superseded_.erase(known);
    }
}

} // namespace jigd::amqp
