#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/deadline.hpp"

namespace jigd {

/// Lets at most `max` things through in each window of time, and counts the others. Time comes in.
class RateLimit {
  public:
    RateLimit(int max, Duration window) : max_(max), window_(window) {}

    /// How many were held back since the last one that was let through; nullopt when this one is held back.
    [[nodiscard]] std::optional<std::uint64_t> admit(TimePoint now) {
        if (is_new_window(now)) {
            is_started_ = true;
            started_ = now;
            admitted_ = 0;
        }
        if (admitted_ >= max_) {
            ++held_back_;
            return std::nullopt;
        }
        ++admitted_;
        return std::exchange(held_back_, 0);
    }

    /// Whether the next one is let through.
    [[nodiscard]] bool is_open(TimePoint now) const { return is_new_window(now) || admitted_ < max_; }

  private:
    [[nodiscard]] bool is_new_window(TimePoint now) const {
        return !is_started_ || now - started_ >= window_;
    }

    int max_;
    Duration window_;
    bool is_started_ = false;
    TimePoint started_{}; ///< of the window
    int admitted_ = 0;
    std::uint64_t held_back_ = 0;
};

} // namespace jigd
