#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/binary/escaping.hpp"
#include "drivers/binary/layout.hpp"
#include "drivers/binary/stuffing.hpp"
#include "drivers/hex_text.hpp"

namespace jigd::drivers {

/// How a body becomes bytes on the line, as one profile configures it.
struct BinaryWire {
    Layout layout;
    std::optional<Stuffing> stuffing{}; ///< round the frame
    std::optional<Escaping> escaping{}; ///< within it; never beside `stuffing`
    ByteOrder order = ByteOrder::big;

    /// Whether a frame tells by itself where it ends, whatever its body is.
    [[nodiscard]] bool ends_itself() const { return stuffing || ends_by_tail() || layout.has_length(); }
    /// Whether its last bytes stand nowhere else in it.
    [[nodiscard]] bool ends_by_tail() const {
        return escaping && !layout.tail().empty() && escaping->escapes(layout.tail().front());
    }
    /// How many bytes at its end are never escaped.
    [[nodiscard]] std::size_t clear_behind() const { return ends_by_tail() ? layout.tail().size() : 0; }

    [[nodiscard]] std::string frame(std::string_view body, std::uint64_t number) const {
        auto bytes = layout.build(body, number);
        return stuffing   ? stuffing->stuffed(bytes)
               : escaping ? escaping->escaped(bytes, layout.head().size(), clear_behind())
                          : bytes;
    }
    /// All of `frame` as one frame.
    [[nodiscard]] Layout::Parsed parse(std::string_view frame) const {
        if (escaping && frame.size() >= layout.head().size()) {
            return layout.parse(escaping->unescaped(frame, layout.head().size()));
        }
        if (!stuffing) {
            return layout.parse(frame);
        }
        const auto first = frame.find_first_not_of(stuffing->end);
        if (first == std::string_view::npos) {
            return {.body = {}, .number = {}, .damage = "an empty frame"};
        }
        frame = frame.substr(first, frame.find_last_not_of(stuffing->end) - first + 1);
        const auto bytes = stuffing->unstuffed(frame);
        return bytes ? layout.parse(*bytes)
                     : Layout::Parsed{.body = std::string(frame),
                                      .number = {},
                                      .damage = to_hex(std::string(1, stuffing->escape)) +
                                                " escapes nothing there"};
    }
};

} // namespace jigd::drivers
