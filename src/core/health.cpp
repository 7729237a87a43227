#include "core/health.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace jigd {

std::string_view to_string(BrokerState state) {
    switch (state) {
    case BrokerState::connecting:
        return "connecting";
    case BrokerState::connected:
        return "connected";
    case BrokerState::blocked:
        return "blocked";
    case BrokerState::standby:
        return "standby";
    case BrokerState::refused:
        return "refused";
    case BrokerState::down:
        return "down";
    }
    return "down";
}

std::string_view to_string(LinkState state) {
    switch (state) {
    case LinkState::absent:
        return "absent";
    case LinkState::busy_elsewhere:
        return "busy-elsewhere";
    case LinkState::opening:
        return "opening";
    case LinkState::settling:
        return "settling";
    case LinkState::identifying:
        return "identifying";
    case LinkState::online:
        return "online";
    case LinkState::suspect:
        return "suspect";
    case LinkState::mismatch:
        return "mismatch";
    }
    return "absent";
}

std::string_view contract_word(LinkState state) {
    switch (state) {
    case LinkState::absent:
    case LinkState::busy_elsewhere:
        return "offline";
    case LinkState::settling:
        return "opening";
    case LinkState::opening:
    case LinkState::identifying:
    case LinkState::online:
    case LinkState::suspect:
    case LinkState::mismatch:
        return to_string(state);
    }
    return "offline";
}

std::string_view to_string(Status status) {
    switch (status) {
    case Status::ok:
        return "ok";
    case Status::degraded:
        return "degraded";
    case Status::failed:
        return "failed";
    }
    return "failed";
}

std::optional<Transition> HealthMonitor::broker(BrokerState state, const std::string& reason, WallTime now) {
    if (state != BrokerState::connected && state != BrokerState::connecting && !reason.empty()) {
        broker_error_ = reason;
    }
    if (state == broker_) {
        if (!is_another_reason(state, reason)) {
            return std::nullopt;
        }
        broker_reasons_.push_back(reason);
        return Transition{"broker", to_string(state), to_string(state), reason};
    }
    if (state == BrokerState::connected && broker_ != BrokerState::blocked) {
        ++connects_;
    }
    Transition transition{"broker", to_string(broker_), to_string(state), reason};
    broker_ = state;
    broker_since_ = now;
    broker_reasons_ = {reason};
    return transition;
}

bool HealthMonitor::is_another_reason(BrokerState state, const std::string& reason) const {
    constexpr std::size_t max_reasons = 8;
    const bool trouble = state != BrokerState::connected && state != BrokerState::connecting;
    return trouble && !reason.empty() && broker_reasons_.size() < max_reasons &&
           std::find(broker_reasons_.begin(), broker_reasons_.end(), reason) == broker_reasons_.end();
}

std::optional<Transition> HealthMonitor::jig(const LinkReport& report, WallTime now) {
    const auto before = std::exchange(jig_, report);
    const bool is_trouble = report.state != LinkState::online && report.state != LinkState::settling &&
                            report.state != LinkState::identifying && !report.reason.empty();
    // A jig that is absent from the start changes nothing, but its reason is news.
    const bool is_first_reason = is_trouble && jig_error_.empty() && report.state == before.state;
    if (is_trouble) {
        jig_error_ = report.reason;
        jig_error_at_ = now;
    }
    if (report.state == before.state) {
        return is_first_reason ? std::optional(Transition{"jig", to_string(before.state),
                                                          to_string(report.state), report.reason})
                               : std::nullopt;
    }
    jig_since_ = now;
    return Transition{"jig", to_string(before.state), to_string(report.state), report.reason};
}

Status HealthMonitor::status() const {
    if (broker_ == BrokerState::refused || jig_.state == LinkState::mismatch) {
        return Status::failed;
    }
    const bool serving = broker_ == BrokerState::connected && jig_.state == LinkState::online;
    return serving ? Status::ok : Status::degraded;
}

nlohmann::json HealthMonitor::to_json() const {
    const auto or_null = [](const std::string& text) {
        return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
    };
    const auto time_or_null = [](const std::optional<WallTime>& time) {
        return time ? nlohmann::json(to_rfc3339(*time)) : nlohmann::json(nullptr);
    };
    return {
        {"status", to_string(status())},
        {"broker",
         {{"state", to_string(broker_)},
          {"since", to_rfc3339(broker_since_)},
          {"reconnects", connects_ > 0 ? connects_ - 1 : 0},
          {"replies_returned", replies_returned_},
          {"last_error", or_null(broker_error_)}}},
        {"jig",
         {{"state", contract_word(jig_.state)},
          {"link", to_string(jig_.state)},
          {"since", to_rfc3339(jig_since_)},
          {"reason", or_null(jig_.state == LinkState::online ? "" : jig_.reason)},
          {"reopens", jig_.opens > 0 ? jig_.opens - 1 : 0},
          {"last_reply", time_or_null(jig_.last_reply)},
          {"last_error", or_null(jig_error_)},
          {"last_error_at", time_or_null(jig_error_at_)}}},
    };
}

std::string to_rfc3339(std::chrono::system_clock::time_point time) {
    const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                  static_cast<int>(since_epoch.count() % 1000));
    return text.data();
}

} // namespace jigd
