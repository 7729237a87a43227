#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "jigsim/board.hpp"
#include "jigsim/link.hpp"
#include "os/fd.hpp"

namespace jigd::jigsim {

/// A simulated board on a pseudo-terminal, with a thread of its own: whoever opens path() finds the board on
/// a serial line. Like a real line it forgets what nobody reads: when the last peer goes, unread bytes, its
/// terminal settings and its exclusive lock go with it.
class PtyBoard {
  public:
    /// Told of what crosses the line, on the board's thread; must not throw.
    using Observer = std::function<void(bool to_board, std::string_view bytes)>;

    struct Options {
        std::string serial;     ///< what the board calls itself; "" = as in the profile
        std::string link;       ///< a symbolic link to path(), replaced if there is one; "" = none
        bool powers_on = false; ///< begins deaf, then says its banner
        Observer observer = {};
    };

    /// `profile` must outlive it. Throws std::system_error, or std::runtime_error when something that is no
    /// link stands in the link's place.
    PtyBoard(const profile::Profile& profile, Options options);
    PtyBoard(const PtyBoard&) = delete;
    PtyBoard& operator=(const PtyBoard&) = delete;
    /// The line hangs up.
    ~PtyBoard();

    /// The device that the other side opens.
    [[nodiscard]] const std::string& path() const { return path_; }

    /// Calls `act` with the board, from any thread, in between what the line does.
    void with(const std::function<void(SimulatedBoard& board, TimePoint now)>& act);

  private:
    void run(const std::stop_token& stop);
    [[nodiscard]] TimePoint next_due();
    [[nodiscard]] bool notice_peers();
    void take_input();
    void look_for_peers();
    void give_output();
    void forget_unread();

    std::mutex mutex_; ///< guards board_
    SimulatedBoard board_;
    Observer observer_;
    os::Fd line_;  ///< our side
    os::Fd slave_; ///< theirs, kept open: without it the line is dead while nobody else has it open
    os::Fd peers_; ///< inotify: who opens and closes the slave
    os::Event changed_;
    std::string path_;
    Link link_;
    bool has_peer_ = false;
    std::string output_;  ///< what the line has not taken yet
    std::jthread thread_; ///< last: it uses all of the above
};

} // namespace jigd::jigsim
