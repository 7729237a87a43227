#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace jigd::client {

/// Random version 4 UUIDs (RFC 4122) whose first eight digits are the same for all of one source, so that the
/// requests of one client can be told from others' in a log. One thread.
class UuidSource {
  public:
    /// Seeded by the system's entropy.
    UuidSource();
    /// Repeatable (tests).
    explicit UuidSource(std::seed_seq& seed);

    [[nodiscard]] std::string next();

  private:
    std::mt19937_64 random_;
    std::uint32_t prefix_;
};

} // namespace jigd::client
