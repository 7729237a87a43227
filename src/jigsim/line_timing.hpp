#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "jigsim/line_end.hpp"

namespace jigd::jigsim {

/// Another end of the line behind a UART: each byte takes its time, in both directions at once. What the
/// other side writes in one go arrives byte by byte, and the last byte of an answer leaves as late as on a
/// real line.
class LineTiming final : public LineEnd {
  public:
    /// `end` must outlive it.
    LineTiming(LineEnd& end, Duration byte_time) : end_(end), byte_time_(byte_time) {}

    void opened(TimePoint now) override;
    void receive(std::string_view bytes, TimePoint now) override;
    [[nodiscard]] std::string transmit(TimePoint now) override;
    [[nodiscard]] TimePoint next_due() const override;

  private:
    struct Byte {
        TimePoint at; ///< when its last bit is through
        char value;
    };

    void advance(TimePoint now);
    void put(std::deque<Byte>& line, std::string_view bytes, TimePoint now, TimePoint& free_at) const;

    LineEnd& end_;
    Duration byte_time_;
    std::deque<Byte> incoming_;
    std::deque<Byte> outgoing_;
    TimePoint incoming_free_at_{}; ///< when the last byte that came was through
    TimePoint outgoing_free_at_{};
};

} // namespace jigd::jigsim
