#pragma once

#include <cstdint>
#include <random>

#include "core/deadline.hpp"

namespace jigd {

/// Waiting times between attempts: the first retry at once, then full jitter (uniform from nothing to a
/// ceiling, so that those who lost the same broker don't come back to it in step) with a ceiling that doubles
/// from `initial` up to `cap`. The seed comes in, so tests are repeatable.
class Backoff {
  public:
    Backoff(Milliseconds initial, Milliseconds cap, std::uint64_t seed)
        : initial_(initial), cap_(cap), ceiling_(initial), random_(seed) {}

    [[nodiscard]] Milliseconds next() {
        if (first_) {
            first_ = false;
            return Milliseconds::zero();
        }
        std::uniform_int_distribution<Milliseconds::rep> uniform(0, ceiling_.count());
        ceiling_ = std::min(ceiling_ * 2, cap_);
        return Milliseconds(uniform(random_));
    }

    void reset() {
        first_ = true;
        ceiling_ = initial_;
    }

  private:
    Milliseconds initial_;
    Milliseconds cap_;
    Milliseconds ceiling_;
    bool first_ = true;
    std::mt19937_64 random_;
};

} // namespace jigd
