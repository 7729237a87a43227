#include "jigsim/pty.hpp"

#include <utility>

namespace jigd::jigsim {

PtyBoard::PtyBoard(const profile::Profile& profile, Options options)
    : board_(profile, std::move(options.serial)),
      line_(board_, {.link = std::move(options.link), .observer = std::move(options.observer)}) {
    if (options.powers_on) {
        with([](SimulatedBoard& board, TimePoint now) { board.power_on(now); });
    }
}

void PtyBoard::with(const std::function<void(SimulatedBoard& board, TimePoint now)>& act) {
    line_.with([&](TimePoint now) { act(board_, now); });
}

} // namespace jigd::jigsim
