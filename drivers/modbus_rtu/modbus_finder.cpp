#include "drivers/modbus_rtu/modbus_finder.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/checksum.hpp"

namespace jigd::drivers {

namespace {

constexpr std::size_t longest = 256; // MODBUS over Serial Line 1.02, 2.5.1
constexpr std::size_t crc_size = 2;

std::size_t byte_at(std::string_view bytes, std::size_t place) {
    return static_cast<unsigned char>(bytes[place]);
}

std::uint16_t received_crc(std::string_view frame) {
    return static_cast<std::uint16_t>(byte_at(frame, frame.size() - 2) | byte_at(frame, frame.size() - 1)
                                                                             << 8U);
}

bool has_right_crc(std::string_view frame) {
    return crc16_modbus(frame.substr(0, frame.size() - crc_size)) == received_crc(frame);
}

/// A frame with a count of bytes at `place`, once that has come.
std::optional<std::size_t> counted(std::string_view bytes, std::size_t place) {
    return bytes.size() > place ? std::optional(place + 1 + byte_at(bytes, place) + crc_size) : std::nullopt;
}

constexpr std::size_t unknown = 0;

} // namespace

void ModbusFinder::feed(std::string_view bytes) {
    buffer_ += bytes;
}

void ModbusFinder::expect(const profile::StepForm* step, std::string_view frame) {
    expected_ = step == nullptr ? std::string() : std::string(frame.substr(0, 2));
    echo_ = step != nullptr && has_echo_ ? std::string(frame) : std::string();
}

/// The length of the frame that `bytes` begin with: `unknown` for a function that says nothing of it, nullopt
/// while it can't be known yet.
std::optional<std::size_t> ModbusFinder::length_of(std::string_view bytes) const {
    if (bytes.size() < 2) {
        return std::nullopt;
    }
    const auto function = byte_at(bytes, 1);
    const bool is_answer = side_ == profile::Side::host;
    if (is_answer && (function & 0x80U) != 0) {
        return 5;
    }
    switch (function) {
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x04:
        return is_answer ? counted(bytes, 2) : 8;
    case 0x05:
    case 0x06:
        return 8;
    case 0x0F:
    case 0x10:
        return is_answer ? 8 : counted(bytes, 6);
    case 0x11:
        return is_answer ? counted(bytes, 2) : 4;
    default:
        return unknown;
    }
}

ModbusFinder::Place ModbusFinder::look_at(std::string_view bytes) const {
    const auto length = length_of(bytes);
    if (length == unknown || (length && *length > longest)) {
        return {};
    }
    if (!length || bytes.size() < *length) {
        return {.look = Look::incomplete};
    }
    return {.look = has_right_crc(bytes.substr(0, *length)) ? Look::whole : Look::damaged, .length = *length};
}

/// An answer of the right unit to the right function, or its exception.
bool ModbusFinder::is_expected(std::string_view bytes) const {
    return expected_.size() == 2 && bytes.size() > 1 && bytes[0] == expected_[0] &&
           (byte_at(bytes, 1) & 0x7FU) == byte_at(expected_, 1);
}

std::optional<profile::Frame> ModbusFinder::next() {
    if (!echo_.empty() && !buffer_.empty()) {
        if (buffer_.starts_with(echo_)) {
            buffer_.erase(0, echo_.size());
            const auto heard = std::exchange(echo_, {});
            return profile::Frame{.body = heard.substr(0, heard.size() - crc_size)};
        }
        if (echo_.starts_with(buffer_)) {
            return std::nullopt;
        }
        echo_.clear();
    }
    // A line that changes its direction often puts a byte of nothing before a frame: what is whole further on
    // is believed, for its checksum is right.
    bool may_still_come = false;
    for (std::size_t place = 0; place < buffer_.size(); ++place) {
        const auto bytes = std::string_view(buffer_).substr(place);
        const bool is_ours = is_expected(bytes);
        if (place > 0 && side_ == profile::Side::host && !is_ours) {
            continue;
        }
        const auto found = look_at(bytes);
        if (found.look == Look::whole) {
            profile::Frame frame{.body = std::string(bytes.substr(0, found.length - crc_size))};
            buffer_.erase(0, place + found.length);
            return frame;
        }
        may_still_come = may_still_come || found.look == Look::incomplete;
        if (found.look == Look::incomplete && is_ours) {
            break; // its data may look like a frame
        }
    }
    if (buffer_.empty() || (may_still_come && buffer_.size() <= longest)) {
        return std::nullopt;
    }
    return take_damaged();
}

profile::Frame ModbusFinder::take_damaged() {
    const auto found = look_at(buffer_);
    profile::Frame frame{.body = std::exchange(buffer_, {}), .damage = "not a frame of Modbus RTU"};
    if (found.look == Look::damaged) {
        const auto bytes = std::string_view(frame.body).substr(0, found.length);
        const auto right = crc16_modbus(bytes.substr(0, bytes.size() - crc_size));
        const auto received = received_crc(bytes);
        frame.damage = fmt::format("checksum {:02X} {:02X} instead of {:02X} {:02X}", received & 0xFFU,
                                   received >> 8U, right & 0xFFU, right >> 8U);
    }
    return frame;
}

} // namespace jigd::drivers
