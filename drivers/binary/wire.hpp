#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/binary/layout.hpp"
#include "drivers/binary/slip.hpp"

namespace jigd::drivers {

/// How a body becomes bytes on the line, as one profile configures it.
struct BinaryWire {
    Layout layout;
    bool is_stuffed = false; ///< SLIP round the frame
    ByteOrder order = ByteOrder::big;

    /// Whether a frame tells by itself where it ends, whatever its body is.
    [[nodiscard]] bool ends_itself() const { return is_stuffed || layout.has_length(); }

    [[nodiscard]] std::string frame(std::string_view body, std::uint64_t number) const {
        auto bytes = layout.build(body, number);
        return is_stuffed ? slip::stuffed(bytes) : bytes;
    }
    /// All of `frame` as one frame.
    [[nodiscard]] Layout::Parsed parse(std::string_view frame) const {
        if (!is_stuffed) {
            return layout.parse(frame);
        }
        const auto first = frame.find_first_not_of(slip::end);
        if (first == std::string_view::npos) {
            return {.body = {}, .number = {}, .damage = "an empty frame"};
        }
        frame = frame.substr(first, frame.find_last_not_of(slip::end) - first + 1);
        const auto bytes = slip::unstuffed(frame);
        return bytes ? layout.parse(*bytes)
                     : Layout::Parsed{.body = std::string(frame),
                                      .number = {},
                                      .damage = "DB is followed by neither DC nor DD"};
    }
};

} // namespace jigd::drivers
