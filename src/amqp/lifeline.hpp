#pragma once

#include <atomic>
#include <mutex>

#include "core/deadline.hpp"
#include "os/fd.hpp"

namespace jigd::amqp {

/// A hold on a connection's socket for another thread than the one that uses it. rabbitmq-c 0.11 can wait
/// without end inside a call (alanxz/rabbitmq-c issues 519, 780); shutting the socket down is what ends such
/// a wait.
class Lifeline {
  public:
    /// Marks the owner's time inside the library, from construction to destruction.
    class Call {
      public:
        explicit Call(Lifeline* lifeline) : lifeline_(lifeline) {
            if (lifeline_ != nullptr) {
                lifeline_->entered_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
            }
        }
        ~Call() {
            if (lifeline_ != nullptr) {
                lifeline_->entered_.store(outside, std::memory_order_relaxed);
            }
        }
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

      private:
        Lifeline* lifeline_;
    };

    /// The owner's thread: from now on `socket` can be cut, also after its number was closed and used anew.
    void attach(int socket);
    /// The owner's thread: the connection is over, nothing is left to cut.
    void detach();
    /// Any thread.
    [[nodiscard]] bool attached() const;

    /// Any thread: ends the connection when its owner has been inside one call for longer than `timeout`.
    /// True when it did so now.
    bool cut_if_stuck(Duration timeout, TimePoint now);
    /// Any thread: ends the connection, at once or as soon as it is attached.
    void cut();
    [[nodiscard]] bool was_cut() const;

  private:
    static constexpr Clock::rep outside = 0;

    std::atomic<Clock::rep> entered_{outside}; ///< when the owner went into the library
    mutable std::mutex mutex_;
    os::Fd socket_; ///< a duplicate
    bool cut_ = false;
};

} // namespace jigd::amqp
