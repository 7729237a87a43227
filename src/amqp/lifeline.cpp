#include "amqp/lifeline.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace jigd::amqp {

void Lifeline::attach(int socket) {
    const std::lock_guard lock(mutex_);
    socket_ = os::Fd(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
    if (cut_ && socket_.valid()) {
        (void)::shutdown(socket_.get(), SHUT_RDWR);
    }
}

void Lifeline::detach() {
    const std::lock_guard lock(mutex_);
    socket_.reset();
}

bool Lifeline::attached() const {
    const std::lock_guard lock(mutex_);
    return socket_.valid();
}

bool Lifeline::cut_if_stuck(Duration timeout, TimePoint now) {
    const auto entered = entered_.load(std::memory_order_relaxed);
    if (entered == outside || now - TimePoint(Duration(entered)) <= timeout) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    if (cut_ || !socket_.valid()) {
        return false;
    }
    cut_ = true;
    (void)::shutdown(socket_.get(), SHUT_RDWR);
    return true;
}

void Lifeline::cut() {
    const std::lock_guard lock(mutex_);
    cut_ = true;
    if (socket_.valid()) {
        (void)::shutdown(socket_.get(), SHUT_RDWR);
    }
}

bool Lifeline::was_cut() const {
    const std::lock_guard lock(mutex_);
    return cut_;
}

} // namespace jigd::amqp
