#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "profile/codec.hpp"

namespace jigd::drivers {

/// Frames of Modbus RTU (MODBUS over Serial Line 1.02, 2.5.1): address, function, data, CRC. Their length
/// follows from the function, never from silence, as USB adapters pause within frames. The body is the frame
/// without its CRC.
class ModbusFinder final : public profile::FrameFinder {
  public:
    /// `echo`: the host hears its own frames.
    ModbusFinder(profile::Side side, bool echo) : side_(side), has_echo_(echo) {}

    void feed(std::string_view bytes) override;
    void expect(const profile::StepForm* step, std::string_view frame) override;
    [[nodiscard]] std::optional<profile::Frame> next() override;
    [[nodiscard]] std::string_view partial() const override { return buffer_; }
    [[nodiscard]] bool is_within_frame() const override { return !buffer_.empty(); }
    void drop_partial() override { buffer_.clear(); }
    [[nodiscard]] std::uint64_t overlong() const override { return 0; }

  private:
    enum class Look { nothing, incomplete, damaged, whole };
    struct Place {
        Look look = Look::nothing;
        std::size_t length = 0; ///< of the frame
    };
    [[nodiscard]] Place look_at(std::string_view bytes) const;
    [[nodiscard]] std::optional<std::size_t> length_of(std::string_view bytes) const;
    [[nodiscard]] bool is_expected(std::string_view bytes) const;
    [[nodiscard]] profile::Frame take_damaged();

    const profile::Side side_;
    const bool has_echo_;
    std::string buffer_;
    std::string expected_; ///< address and function of the answer that is awaited
    std::string echo_;     ///< the frame that was sent, until it was heard
};

} // namespace jigd::drivers
