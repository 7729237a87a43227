#pragma once

#include <functional>
#include <string>

#include "jigsim/board.hpp"
#include "jigsim/pty_line.hpp"

namespace jigd::jigsim {

/// A simulated board on a pseudo-terminal, with a thread of its own.
class PtyBoard {
  public:
    struct Options {
        std::string serial;     ///< what the board calls itself; "" = as in the profile
        std::string link;       ///< as PtyLine's
        bool powers_on = false; ///< begins deaf, then says its banner
        PtyLine::Observer observer = {};
    };

    /// `profile` must outlive it. Throws what PtyLine throws.
    PtyBoard(const profile::Profile& profile, Options options);

    /// The device that the other side opens.
    [[nodiscard]] const std::string& path() const { return line_.path(); }

    /// Calls `act` with the board, from any thread, in between what the line does.
    void with(const std::function<void(SimulatedBoard& board, TimePoint now)>& act);

  private:
    SimulatedBoard board_;
    PtyLine line_;
};

} // namespace jigd::jigsim
