#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jigd::drivers {

/// Byte stuffing behind start bytes: a frame begins with them as they are, and within it each byte of `of` is
/// `escape` and that byte with the bits of `inverted` inverted. So a start byte on the line always begins a
/// frame. Pure and immutable.
struct Escaping {
    char escape = '\0';
    unsigned inverted = 0;
    std::string of{}; ///< with the escape and the first of the start bytes

    /// How the byte goes over the line, behind an escape.
    [[nodiscard]] char inverse(char byte) const {
        return static_cast<char>(static_cast<unsigned char>(byte) ^ inverted);
    }
    [[nodiscard]] bool escapes(char byte) const { return of.find(byte) != std::string::npos; }

    /// `plain` as it goes over the line, but for what stands in front and behind, which stays as it is.
    [[nodiscard]] std::string escaped(std::string_view plain, std::size_t in_front, std::size_t behind) const;
    /// Back. Any byte may follow an escape; one behind which nothing has come yet is left out.
    [[nodiscard]] std::string unescaped(std::string_view bytes, std::size_t in_front) const;
    /// How many bytes on the line the first `size` bytes of unescaped() are.
    [[nodiscard]] std::size_t size_on_line(std::string_view bytes, std::size_t in_front,
                                           std::size_t size) const;
};

} // namespace jigd::drivers
