#pragma once

#include <string>
#include <string_view>

#include "core/deadline.hpp"
#include "profile/codec.hpp"

namespace jigd::jigsim {

/// What is wrong with a board, to see what the other side makes of it.
struct Fault {
    enum class Kind {
        none,
        silent,   ///< carries commands out, but answers nothing
        late,     ///< carries commands out at once, answers `delay` later
        half,     ///< of each answer only the first half comes
        garbled,  ///< in each answer one bit is another: a checksum tells, where there is one
        noise,    ///< instead of each answer, bytes that mean nothing
        echo,     ///< repeats each command in front of its answer
        prompt,   ///< leaves `bytes` behind each answer, which no end follows
        refuse,   ///< carries nothing out and answers `bytes`
        identity, ///< says that it is `bytes`, to the questions of identify that these answer, or to all
    };
    Kind kind = Kind::none;
    Milliseconds delay{0};
    std::string bytes{}; ///< a body, where the kind has one
    unsigned times = 0;  ///< gone after so many commands; 0 = stays
};

/// "once late 800ms", "2 times refuse ERR 12 relay fault": a kind and what belongs to it; a body is written
/// as the profile's examples write one. Throws std::invalid_argument that says what is wrong.
[[nodiscard]] Fault parse_fault(std::string_view text, const profile::Codec& codec);

/// A body as the profile's examples write one. Throws std::invalid_argument.
[[nodiscard]] std::string read_body(std::string_view text, const profile::Codec& codec);

/// Bytes that no board means: no UTF-8, with control bytes, and no frame of any protocol.
[[nodiscard]] std::string_view noise();

/// An answer as it is, and as it goes over the wire.
struct Answer {
    std::string body;
    std::string frame;
};

/// What goes over the wire instead; `command` is the body that is answered.
[[nodiscard]] std::string spoilt(const Fault& fault, Answer answer, std::string_view command,
                                 const profile::Codec& codec);

} // namespace jigd::jigsim
