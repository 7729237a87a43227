#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "jigsim/line_end.hpp"
#include "jigsim/link.hpp"
#include "os/fd.hpp"

namespace jigd::jigsim {

/// A pseudo-terminal with a thread of its own: whoever opens path() finds a LineEnd on a serial line. Like a
/// real line it forgets what nobody reads: when the last peer goes, unread bytes, its terminal settings and
/// its exclusive lock go with it.
class PtyLine {
  public:
    /// Told of what crosses the line, on the line's thread; must not throw.
    using Observer = std::function<void(bool to_board, std::string_view bytes)>;

    struct Options {
        std::string link{}; ///< a symbolic link to path(), replaced if there is one; "" = none
        Observer observer{};
    };

    /// `end` must outlive it, and is used on the line's thread from now on. Throws std::system_error, or
    /// std::runtime_error when something that is not a link stands in the link's place.
    PtyLine(LineEnd& end, Options options);
    PtyLine(const PtyLine&) = delete;
    PtyLine& operator=(const PtyLine&) = delete;
    /// The line hangs up.
    ~PtyLine();

    /// The device that the other side opens.
    [[nodiscard]] const std::string& path() const { return path_; }

    /// Calls `act`, from any thread, in between what the line does with its end.
    void with(const std::function<void(TimePoint now)>& act);

  private:
    void run(const std::stop_token& stop);
    [[nodiscard]] TimePoint next_due();
    [[nodiscard]] bool notice_peers();
    void take_input();
    void look_for_peers();
    void give_output();
    void forget_unread();

    std::mutex mutex_; ///< guards end_
    LineEnd& end_;
    Observer observer_;
    os::Fd line_;  ///< our side
    os::Fd slave_; ///< theirs, kept open: without it the line is dead while nobody else has it open
    os::Fd peers_; ///< inotify: who opens and closes the slave
    os::EventFd changed_;
    std::string path_;
    Link link_;
    bool has_peer_ = false;
    std::string output_;  ///< what the line has not taken yet
    std::jthread thread_; ///< last: it uses all of the above
};

} // namespace jigd::jigsim
