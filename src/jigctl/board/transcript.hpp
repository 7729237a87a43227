#pragma once

#include <string>
#include <vector>

namespace jigd::jigctl {

/// A command that a person typed, and what the board said until it was quiet. Bytes as on the line, the
/// command without its end.
struct TypedExchange {
    std::string tx;
    std::string rx;
};

/// A session with a board.
struct Transcript {
    bool is_hex = false; ///< typed and shown as bytes, not as text
    std::string serial;  ///< as a profile writes it: {baud: 115200, mode: 8N1}
    std::string send_end;
    std::vector<TypedExchange> exchanges{};
    std::vector<std::string> unasked{}; ///< what the board said by itself
};

} // namespace jigd::jigctl
