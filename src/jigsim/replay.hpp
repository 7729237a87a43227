#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/deadline.hpp"
#include "core/wire_trace.hpp"
#include "jigsim/line_end.hpp"

namespace jigd::jigsim {

/// A trace of `jigd --trace`, one entry a line, empty lines skipped. Throws std::runtime_error that names
/// file and line.
[[nodiscard]] std::vector<WireEntry> load_trace(const std::string& path);

/// Plays the board's side of a trace. A command that comes in is looked for in the trace: where the trace
/// goes on, then further on, then from its start; and answered with what was received after it there, up to
/// the next command, as long after it as it was then. So whoever asks in another order or more often than
/// when it was recorded still gets recorded answers. Not in doubt which command came as long as none of the
/// trace begins with another.
class Replay final : public LineEnd {
  public:
    struct Options {
        double speed = 1; ///< delays are divided by it; 0 = no delays
        /// Told of each command that the trace has nowhere, once; it gets no answer. May be empty.
        std::function<void(std::string_view command)> on_unknown{};
    };

    Replay(const std::vector<WireEntry>& trace, Options options);

    /// What the trace has before its first command is said.
    void opened(TimePoint now) override;
    void receive(std::string_view bytes, TimePoint now) override;
    [[nodiscard]] std::string transmit(TimePoint now) override;
    [[nodiscard]] TimePoint next_due() const override;

  private:
    struct Saying {
        Duration delay{0}; ///< after the command, or after the first of the greeting
        std::string bytes;
    };
    struct Exchange {
        std::string command;
        std::vector<Saying> sayings;
        Duration takes{0}; ///< until the answer is complete; the next command is not carried out before
    };

    void say(const std::vector<Saying>& sayings, TimePoint begin);
    void carry_out(std::size_t exchange, TimePoint now);
    [[nodiscard]] std::optional<std::size_t> find_command() const;
    [[nodiscard]] bool may_become_command() const;
    [[nodiscard]] std::size_t unknown_length() const;
    void report(const std::string& unknown);

    const Options options_;
    std::vector<Saying> greeting_;
    std::vector<Exchange> exchanges_;
    std::optional<char> command_end_; ///< with which all commands of the trace end
    std::size_t next_ = 0;            ///< where the trace goes on
    std::string input_;               ///< the beginning of a command
    TimePoint free_at_{};             ///< when the last answer is complete
    std::multimap<TimePoint, std::string> due_;
    std::set<std::string> reported_;
};

} // namespace jigd::jigsim
