#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/// As much of Arduino as docs/firmware needs, on a PC: the serial line is a pseudo-terminal, pins are printed when they
/// change and set by the lines of standard input (arduino_board.cpp).
using byte = std::uint8_t;

constexpr int LOW = 0;
constexpr int HIGH = 1;
constexpr int OUTPUT = 1;
constexpr int INPUT_PULLUP = 2;

inline byte highByte(unsigned value) { return static_cast<byte>(value >> 8U); }
inline byte lowByte(unsigned value) { return static_cast<byte>(value & 0xFFU); }
inline unsigned word(byte high, byte low) { return static_cast<unsigned>(high) << 8U | low; }
inline void bitWrite(byte& value, int bit, bool on) {
    value = static_cast<byte>(on ? value | (1U << bit) : value & ~(1U << bit));
}

unsigned long millis();
void pinMode(int pin, int mode);
void digitalWrite(int pin, int level);
int digitalRead(int pin);

struct SerialLine {
    void begin(long baud);
    int available();
    int read();
    void write(unsigned value);
    void write(const byte* bytes, std::size_t count);
};
extern SerialLine Serial;
