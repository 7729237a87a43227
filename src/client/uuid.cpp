#include "client/uuid.hpp"

#include <array>

namespace jigd::client {

namespace {

std::mt19937_64 seeded_by_the_system() {
    std::random_device device;
    std::array<std::random_device::result_type, 8> entropy{};
    for (auto& word : entropy) {
        word = device();
    }
    std::seed_seq seed(entropy.begin(), entropy.end());
    return std::mt19937_64(seed);
}

void append_hex(std::string& text, std::uint64_t value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
        text += "0123456789abcdef"[(value >> shift) & 0xf];
    }
}

} // namespace

UuidSource::UuidSource() : random_(seeded_by_the_system()), prefix_(static_cast<std::uint32_t>(random_())) {}

UuidSource::UuidSource(std::seed_seq& seed) : random_(seed), prefix_(static_cast<std::uint32_t>(random_())) {}

std::string UuidSource::next() {
    const std::uint64_t middle = random_();
    const std::uint64_t last = random_();
    std::string text;
    text.reserve(36);
    append_hex(text, prefix_, 8);
    text += '-';
    append_hex(text, middle & 0xffff, 4);
    text += '-';
    append_hex(text, 0x4000 | ((middle >> 16) & 0x0fff), 4); // version 4
    text += '-';
    append_hex(text, 0x8000 | ((middle >> 28) & 0x3fff), 4); // variant 10
    text += '-';
    append_hex(text, last & 0xffff'ffff'ffff, 12);
    return text;
}

} // namespace jigd::client
