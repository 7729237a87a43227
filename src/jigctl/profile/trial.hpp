#pragma once

#include <string>
#include <vector>

#include "drivers/port.hpp"
#include "profile/profile.hpp"

/// A profile tried out: on its own simulated board, and on a real one.
namespace jigd::jigctl {

/// One thing that was tried.
struct Trial {
    std::string what;    ///< "SetRelay channel=3 on=true"
    std::string problem; ///< "" = it went as it should
    std::string result;  ///< what a read gave, on a real board
};

/// Each example, each event and the safe state, on a simulated board in the state that the example shows.
[[nodiscard]] std::vector<Trial> try_on_simulator(const profile::Profile& profile);

/// Which board must be there.
struct WantedBoard {
    std::string serial{};        ///< "" = any
    bool may_be_unknown = false; ///< also one that can't be asked who it is
};

/// Asks the board on the open `port` who it is, sends it the profile's on_open, and asks each read, with the
/// parameters of its examples. Nothing else is sent; nothing more than who it is where it is not the wanted
/// board. Throws Error when the port is gone.
[[nodiscard]] std::vector<Trial> try_on_board(const profile::Profile& profile, drivers::Port& port,
                                              const WantedBoard& wanted);

} // namespace jigd::jigctl
