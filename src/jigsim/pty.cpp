#include "jigsim/pty.hpp"

#include <utility>

#include "drivers/line_speed.hpp"

namespace jigd::jigsim {

PtyBoard::PtyBoard(const profile::Profile& profile, Options options)
    : options_(std::move(options)), board_(profile, options_.serial) {
    if (options_.baud_timing) {
        timing_.emplace(board_, drivers::time_on_wire(1, profile.serial));
    }
    plug_in();
    if (options_.powers_on) {
        with([](SimulatedBoard& board, TimePoint now) { board.power_on(now); });
    }
}

void PtyBoard::with(const std::function<void(SimulatedBoard& board, TimePoint now)>& act) {
    if (!line_) {
        act(board_, Clock::now());
        return;
    }
    line_->with([&](TimePoint now) { act(board_, now); });
}

void PtyBoard::unplug() {
    line_.reset();
}

void PtyBoard::plug_in() {
    (void)end().transmit(Clock::now()); // what nobody was there to hear
    line_ = std::make_unique<PtyLine>(end(),
                                      PtyLine::Options{.link = options_.link, .observer = options_.observer});
}

LineEnd& PtyBoard::end() {
    return timing_ ? static_cast<LineEnd&>(*timing_) : board_;
}

} // namespace jigd::jigsim
