#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "core/deadline.hpp"
#include "core/error.hpp"
#include "drivers/port.hpp"

namespace jigd::link {

/// Why a board does not answer, for the journal and for every request that it keeps from being served: since
/// when, and who else may take its replies. Jig thread only.
class SilenceReport {
  public:
    using WallTime = std::chrono::system_clock::time_point;

    /// `speed`: as the driver's errors have it, "115200 8N1".
    explicit SilenceReport(std::string speed) : speed_(std::move(speed)) {}

    void on_reply(WallTime now) { last_reply_ = now; }
    [[nodiscard]] const std::optional<WallTime>& last_reply() const { return last_reply_; }

    /// The text of `error`, with what else is known where it is a silence. `is_first`: the board answered
    /// before.
    [[nodiscard]] std::string explain(const Error& error, const drivers::Port& port, bool is_first);

  private:
    const std::string speed_;
    std::optional<WallTime> last_reply_;
    TimePoint looked_at_{};   ///< when other users of the port were searched
    std::string other_users_; ///< what was found
};

} // namespace jigd::link
