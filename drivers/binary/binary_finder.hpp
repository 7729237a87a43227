#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/binary/body.hpp"
#include "drivers/binary/wire.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// Frames of the `binary` protocol. They end by their length item, by SLIP's END, by a last byte that is
/// escaped elsewhere, or, where they have none of these, as the bodies do that the profile knows: the awaited
/// answer first, then the others.
///
/// Bytes before a frame's start are skipped, and count as damage when no frame follows. Where a frame has
/// neither start bytes nor a checksum nothing shows where the next one starts: what fits no body, and all
/// behind it, lasts until the line has paused. Memory is bounded by the longest frame and one read.
class BinaryFinder final : public profile::FrameFinder {
  public:
    /// `known`: the bodies that may come besides the awaited answer. Without any, all that came at once is
    /// one frame where it does not end itself.
    BinaryFinder(std::shared_ptr<const BinaryWire> wire, profile::Side side,
                 std::vector<std::shared_ptr<const Body>> known);

    void feed(std::string_view bytes) override;
    /// `step` must be a BinaryForm.
    void expect(const profile::StepForm* step, std::string_view frame) override;
    [[nodiscard]] std::optional<profile::Frame> next() override;
    [[nodiscard]] std::string_view partial() const override { return buffer_; }
    [[nodiscard]] bool is_within_frame() const override { return begin_ < buffer_.size(); }
    void drop_partial() override;
    [[nodiscard]] std::uint64_t overlong() const override { return overlong_; }
    [[nodiscard]] bool ends_at_pause() const override { return is_strict_ && side_ == profile::Side::host; }

  private:
    enum class Look { nothing, incomplete, impossible, damaged, whole };
    struct Place {
        Look look = Look::nothing;
        std::size_t size = 0; ///< of a whole or damaged frame
        std::string damage{};
    };
    [[nodiscard]] Place look_at(std::string_view bytes) const;
    [[nodiscard]] Place look_at_plain(std::string_view bytes) const;
    [[nodiscard]] Place look_at_escaped(std::string_view bytes) const;
    [[nodiscard]] Place look_by_length(std::string_view bytes) const;
    [[nodiscard]] Place look_by_bodies(std::string_view bytes) const;
    [[nodiscard]] Place look_for(const Body& body, std::string_view bytes) const;
    [[nodiscard]] Place judged(std::string_view frame) const;
    [[nodiscard]] std::optional<profile::Frame> next_stuffed();
    [[nodiscard]] std::optional<profile::Frame> next_unknown();
    [[nodiscard]] std::optional<profile::Frame> skipped();
    [[nodiscard]] profile::Frame take(std::size_t size, std::string damage);
    [[nodiscard]] profile::Frame numbered(Layout::Parsed parsed) const;
    [[nodiscard]] std::size_t to_next_head() const;
    void skip();
    void cut();

    const std::shared_ptr<const BinaryWire> wire_;
    const profile::Side side_;
    const std::vector<std::shared_ptr<const Body>> known_;
    const bool is_strict_; ///< nothing shows where a frame starts
    std::shared_ptr<const Body> awaited_;
    bool is_awaited_ = false;
    std::optional<std::uint64_t> number_; ///< that the answer must carry
    std::string buffer_;
    std::size_t begin_ = 0; ///< before it in the buffer: what was skipped
    bool is_cut_ = false;   ///< of what has started only the beginning is kept
    std::uint64_t overlong_ = 0;
};

} // namespace jigd::drivers
