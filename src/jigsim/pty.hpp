#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "jigsim/board.hpp"
#include "jigsim/line_timing.hpp"
#include "jigsim/pty_line.hpp"

namespace jigd::jigsim {

/// A simulated board on a pseudo-terminal, with a thread of its own.
class PtyBoard {
  public:
    struct Options {
        std::string serial;       ///< what the board calls itself; "" = as in the profile
        std::string link;         ///< as PtyLine's
        bool powers_on = false;   ///< begins deaf, then says its banner
        bool baud_timing = false; ///< bytes take the time that the profile's speed gives them
        PtyLine::Observer observer = {};
    };

    /// `profile` must outlive it. Throws what PtyLine throws.
    PtyBoard(const profile::Profile& profile, Options options);

    /// The device that the other side opens. Only while it is plugged in.
    [[nodiscard]] const std::string& path() const { return line_->path(); }

    /// Calls `act` with the board, from any thread but one at a time, in between what the line does.
    void with(const std::function<void(SimulatedBoard& board, TimePoint now)>& act);

    [[nodiscard]] bool is_plugged_in() const { return line_ != nullptr; }
    /// The line hangs up, and its device and link are gone; the board goes on. Not beside any other call.
    void unplug();
    /// A new device, under another name perhaps, and the link. Throws what PtyLine throws.
    void plug_in();

  private:
    [[nodiscard]] LineEnd& end();

    Options options_;
    SimulatedBoard board_;
    std::optional<LineTiming> timing_;
    std::unique_ptr<PtyLine> line_; ///< null while unplugged
};

} // namespace jigd::jigsim
