#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jigd::drivers {

/// CRC-16/MODBUS (MODBUS over Serial Line 1.02, appendix B): sent low byte first.
[[nodiscard]] std::uint16_t crc16_modbus(std::string_view bytes);

/// A checksum that profiles can name. CRCs are named as in the catalogue of parametrised CRC algorithms
/// (reveng.sourceforge.io/crc-catalogue), whose check values the tests use.
enum class Checksum {
    sum8,              ///< the low byte of the sum
    sum8_complement,   ///< 0xFF minus sum8
    lrc,               ///< 0x100 minus sum8 (MODBUS over Serial Line 1.02, 2.5.2.2)
    exclusive_or,      ///< all bytes, exclusive or
    crc8,              ///< CRC-8/SMBUS
    crc16_modbus,      ///< CRC-16/MODBUS
    crc16_ccitt_false, ///< CRC-16/IBM-3740
    crc16_xmodem,      ///< CRC-16/XMODEM
    crc16_kermit,      ///< CRC-16/KERMIT
    crc16_x25,         ///< CRC-16/IBM-SDLC, that of HDLC
    crc32,             ///< CRC-32/ISO-HDLC, that of Ethernet and zip
};

/// As profiles write it: nullopt for another word.
[[nodiscard]] std::optional<Checksum> checksum_named(std::string_view name);
[[nodiscard]] std::string_view name_of(Checksum kind);
/// All names, for messages.
[[nodiscard]] std::vector<std::string> checksum_names();

/// 1, 2 or 4 bytes.
[[nodiscard]] std::size_t size_of(Checksum kind);
[[nodiscard]] std::uint32_t checksum(Checksum kind, std::string_view bytes);

} // namespace jigd::drivers
