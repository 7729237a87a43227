#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jigd::drivers {

/// Bytes in any portions → lines. Memory is bounded: of a line longer than `longest` bytes nothing is kept,
/// it only counts as overlong; or its beginning is, where that is enough to know that it is not a command.
class LineSplitter {
  public:
    /// `end` ends a line and is not part of it. Where it is empty, all that has come is a line.
    LineSplitter(std::string end, std::size_t longest, bool cuts_overlong = false);

    void feed(std::string_view bytes);

    /// The next complete line, in order; nullopt when there is none yet.
    [[nodiscard]] std::optional<std::string> next();

    /// Takes `text` away where it stands at the beginning of a line, behind blanks, line ends and NULs at
    /// most; false when it does not. What follows it begins a line.
    [[nodiscard]] bool take(std::string_view text);

    /// Everything that has come and belongs to no line yet.
    [[nodiscard]] std::string_view waiting() const { return buffer_; }
    /// Takes a part of that out.
    void erase(std::size_t begin, std::size_t length);

    /// The beginning of a line whose end has not come; "" within an overlong one. Only meaningful after
    /// next() said nullopt.
    [[nodiscard]] std::string_view partial() const;

    /// Whether a line has started whose end has not come, an overlong one included. As meaningful as
    /// partial().
    [[nodiscard]] bool is_within_line() const { return skipping_ || !buffer_.empty(); }

    /// Forgets the line that has started; what follows is the beginning of another.
    void drop_partial();

    /// Overlong lines so far.
    [[nodiscard]] std::uint64_t overlong() const { return overlong_; }

  private:
    void skip_overlong();

    std::string end_;
    std::size_t longest_;
    bool cuts_overlong_;
    std::string buffer_;
    std::size_t scanned_ = 0; ///< bytes of buffer_ in which no end begins
    bool skipping_ = false;   ///< within an overlong line
    std::uint64_t overlong_ = 0;
};

} // namespace jigd::drivers
