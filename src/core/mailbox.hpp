#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace jigd {

/// A bounded queue between two threads. push() wakes the reader through the functor it was given (an
/// eventfd's signal), so the reader can wait for this and its own link in one poll.
template<typename T>
class Mailbox {
  public:
    Mailbox(std::size_t capacity, std::function<void()> wake) : capacity_(capacity), wake_(std::move(wake)) {}

    /// Any thread. False, and `item` untouched, when the box is full, unless it `must_fit`.
    [[nodiscard]] bool push(T&& item, bool must_fit = false) {
        {
            const std::lock_guard lock(mutex_);
            if (items_.size() >= capacity_ && !must_fit) {
                return false;
            }
            items_.push_back(std::move(item));
        }
        wake_();
        return true;
    }

    /// The same for news, of which the latest count: a full box loses its oldest item. False when it did.
    bool push_over(T&& item) {
        bool fits = true;
        {
            const std::lock_guard lock(mutex_);
            fits = items_.size() < capacity_;
            if (!fits) {
                items_.pop_front();
            }
            items_.push_back(std::move(item));
        }
        wake_();
        return fits;
    }

    /// The reader's thread. Everything that has arrived, oldest first.
    [[nodiscard]] std::deque<T> take_all() {
        const std::lock_guard lock(mutex_);
        return std::exchange(items_, {});
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

  private:
    const std::size_t capacity_;
    const std::function<void()> wake_;
    mutable std::mutex mutex_;
    std::deque<T> items_;
};

} // namespace jigd
