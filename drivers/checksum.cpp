#include "drivers/checksum.hpp"

#include <algorithm>
#include <array>

namespace jigd::drivers {

namespace {

struct Name {
    std::string_view text;
    Checksum kind;
};
constexpr std::array names = {Name{"sum8", Checksum::sum8},
                              Name{"sum8_complement", Checksum::sum8_complement},
                              Name{"lrc", Checksum::lrc},
                              Name{"xor", Checksum::exclusive_or},
                              Name{"crc8", Checksum::crc8},
                              Name{"crc16_modbus", Checksum::crc16_modbus},
                              Name{"crc16_ccitt_false", Checksum::crc16_ccitt_false},
                              Name{"crc16_xmodem", Checksum::crc16_xmodem},
                              Name{"crc16_kermit", Checksum::crc16_kermit},
                              Name{"crc16_x25", Checksum::crc16_x25},
                              Name{"crc32", Checksum::crc32}};

/// Bytes go in with their highest bit first. `polynomial` and `crc` are left-aligned in 32 bits.
std::uint32_t highest_bit_first(std::string_view bytes, std::uint32_t polynomial, std::uint32_t crc) {
    for (const char byte : bytes) {
        crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 24U;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x80000000U) != 0 ? (crc << 1U) ^ polynomial : crc << 1U;
        }
    }
    return crc;
}

/// Bytes go in with their lowest bit first; `polynomial` is reversed.
std::uint32_t lowest_bit_first(std::string_view bytes, std::uint32_t polynomial, std::uint32_t crc) {
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ polynomial : crc >> 1U;
        }
    }
    return crc;
}

std::uint32_t sum8(std::string_view bytes) {
    std::uint32_t sum = 0;
    for (const char byte : bytes) {
        sum += static_cast<unsigned char>(byte);
    }
    return sum & 0xFFU;
}

std::uint32_t exclusive_or(std::string_view bytes) {
    std::uint32_t all = 0;
    for (const char byte : bytes) {
        all ^= static_cast<unsigned char>(byte);
    }
    return all;
}

} // namespace

std::uint16_t crc16_modbus(std::string_view bytes) {
    return static_cast<std::uint16_t>(lowest_bit_first(bytes, 0xA001, 0xFFFF));
}

std::optional<Checksum> checksum_named(std::string_view name) {
    const auto* found =
        std::find_if(names.begin(), names.end(), [&](const Name& each) { return each.text == name; });
    return found == names.end() ? std::nullopt : std::optional(found->kind);
}

std::string_view name_of(Checksum kind) {
    return std::find_if(names.begin(), names.end(), [&](const Name& each) { return each.kind == kind; })
        ->text;
}

std::vector<std::string> checksum_names() {
    std::vector<std::string> texts;
    texts.reserve(names.size());
    for (const auto& each : names) {
        texts.emplace_back(each.text);
    }
    return texts;
}

std::size_t size_of(Checksum kind) {
    switch (kind) {
    case Checksum::sum8:
    case Checksum::sum8_complement:
    case Checksum::lrc:
    case Checksum::exclusive_or:
    case Checksum::crc8:
        return 1;
    case Checksum::crc16_modbus:
    case Checksum::crc16_ccitt_false:
    case Checksum::crc16_xmodem:
    case Checksum::crc16_kermit:
    case Checksum::crc16_x25:
        return 2;
    case Checksum::crc32:
        return 4;
    }
    return 0;
}

std::uint32_t checksum(Checksum kind, std::string_view bytes) {
    switch (kind) {
    case Checksum::sum8:
        return sum8(bytes);
    case Checksum::sum8_complement:
        return 0xFFU - sum8(bytes);
    case Checksum::lrc:
        return (0x100U - sum8(bytes)) & 0xFFU;
    case Checksum::exclusive_or:
        return exclusive_or(bytes);
    case Checksum::crc8:
        return highest_bit_first(bytes, 0x07000000U, 0) >> 24U;
    case Checksum::crc16_modbus:
        return crc16_modbus(bytes);
    case Checksum::crc16_ccitt_false:
        return highest_bit_first(bytes, 0x10210000U, 0xFFFF0000U) >> 16U;
    case Checksum::crc16_xmodem:
        return highest_bit_first(bytes, 0x10210000U, 0) >> 16U;
    case Checksum::crc16_kermit:
        return lowest_bit_first(bytes, 0x8408, 0);
    case Checksum::crc16_x25:
        return lowest_bit_first(bytes, 0x8408, 0xFFFF) ^ 0xFFFFU;
    case Checksum::crc32:
        return ~lowest_bit_first(bytes, 0xEDB88320U, 0xFFFFFFFFU);
    }
    return 0;
}

} // namespace jigd::drivers
