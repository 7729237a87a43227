#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/binary/number_bytes.hpp"
#include "drivers/checksum.hpp"

namespace jigd::drivers {

/// What stands round a body: start bytes, its length, a sequence number, checksums. Pure and immutable.
class Layout {
  public:
    struct Item {
        enum class Kind { literal, length, sequence, body, checksum };
        Kind kind = Kind::body;
        std::string name{};    ///< by which `of` names it: "body", "length", a literal as it is written
        std::string literal{}; ///< its bytes
        std::size_t size = 0;  ///< in bytes; 0 for the body
        ByteOrder order = ByteOrder::big;
        std::vector<std::size_t> of{}; ///< what a length counts or a checksum is made of: places in the list
        std::int64_t adds = 0;         ///< what a length says beyond that
        Checksum checksum = Checksum::sum8;
    };
    /// The numbers of commands: first … last, and again. Frames that come unasked carry another.
    struct Sequence {
        std::uint64_t first = 0;
        std::uint64_t last = 255;
        std::optional<std::uint64_t> unasked{};

        [[nodiscard]] std::uint64_t of(std::uint64_t index) const {
            return first + index % (last - first + 1);
        }
        [[nodiscard]] bool holds(std::uint64_t number) const { return number >= first && number <= last; }
    };
    static constexpr std::size_t max_longest = 65'536;

    /// One item is the body, at most one the length and one the sequence number. `longest`: bytes of a whole
    /// frame.
    Layout(std::vector<Item> items, Sequence sequence, std::size_t longest);

    [[nodiscard]] const Sequence& sequence() const { return sequence_; }
    [[nodiscard]] bool has_sequence() const { return has(Item::Kind::sequence); }
    [[nodiscard]] bool has_length() const { return has(Item::Kind::length); }
    [[nodiscard]] bool has_checksum() const { return has(Item::Kind::checksum); }
    [[nodiscard]] std::size_t longest() const { return longest_; }
    /// The bytes that each frame begins with; may be "".
    [[nodiscard]] const std::string& head() const { return head_; }
    /// The bytes that each frame ends with; may be "".
    [[nodiscard]] const std::string& tail() const { return tail_; }
    /// The bytes of a frame beside its body.
    [[nodiscard]] std::size_t overhead() const { return overhead_; }
    /// Where the body begins.
    [[nodiscard]] std::size_t body_at() const { return body_at_; }

    /// Throws Error{bad_request} when the body is too long.
    [[nodiscard]] std::string build(std::string_view body, std::uint64_t number) const;

    /// How long the frame is that begins with `bytes`, by its length item.
    struct Total {
        std::optional<std::size_t> size; ///< nullopt: not known yet, or impossible
        std::string damage;              ///< why no frame can be so
    };
    [[nodiscard]] Total total(std::string_view bytes) const;

    struct Parsed {
        std::string body;
        std::optional<std::uint64_t> number;
        std::string damage; ///< "" = whole
    };
    /// All of `frame` as one frame.
    [[nodiscard]] Parsed parse(std::string_view frame) const;

  private:
    [[nodiscard]] bool has(Item::Kind kind) const;
    [[nodiscard]] std::string covered(const Item& item, const std::vector<std::string>& parts) const;
    [[nodiscard]] std::string length_bytes(const Item& item, std::size_t body) const;
    [[nodiscard]] std::size_t counted_beside_body(const Item& item) const;
    [[nodiscard]] std::string damage_of(const Item& item, const std::vector<std::string>& parts,
                                        std::size_t place) const;

    const std::vector<Item> items_;
    const Sequence sequence_;
    const std::size_t longest_;
    std::string head_;
    std::string tail_;
    std::size_t overhead_ = 0;
    std::size_t body_at_ = 0;
};

} // namespace jigd::drivers
