#pragma once

#include <string>
#include <string_view>

#include "core/deadline.hpp"

namespace jigd::jigsim {

/// Who sits at the board's end of a line: a simulated board, or a trace played back. Pure, with time passed
/// in; not thread-safe (PtyLine adds the lock).
class LineEnd {
  public:
    LineEnd() = default;
    LineEnd(const LineEnd&) = default;
    LineEnd(LineEnd&&) = default;
    LineEnd& operator=(const LineEnd&) = delete;
    LineEnd& operator=(LineEnd&&) = delete;
    virtual ~LineEnd() = default;

    /// The other side opened the line, which nobody had open before.
    virtual void opened(TimePoint /*now*/) {}
    /// Bytes of the other side.
    virtual void receive(std::string_view bytes, TimePoint now) = 0;
    /// What was said up to now and nobody has taken yet.
    [[nodiscard]] virtual std::string transmit(TimePoint now) = 0;
    /// When transmit() has something next; TimePoint::max() when only a command can bring it.
    [[nodiscard]] virtual TimePoint next_due() const = 0;
};

} // namespace jigd::jigsim
