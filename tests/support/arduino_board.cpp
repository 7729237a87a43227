/// The sketch of docs/firmware on a PC: `arduino_board` prints the device to open, then `ready`, and `pin N
/// LEVEL` for each change of an output. A line `pin N LEVEL` on standard input sets an input.

#include <Arduino.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include "jig_board.ino"

namespace {

int line = -1;
std::map<int, int> levels;
std::string heard;

void take_input() {
    std::array<char, 256> bytes{};
    const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size() - 1);
    int pin = 0;
    int level = 0;
    if (got <= 0) {
        std::exit(0);
    }
    if (std::sscanf(bytes.data(), "pin %d %d", &pin, &level) == 2) {
        levels[pin] = level;
    }
}

void take_bytes() {
    std::array<char, 256> bytes{};
    const auto got = ::read(line, bytes.data(), bytes.size());
    if (got > 0) {
        heard.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

SerialLine Serial;

void SerialLine::begin(long /*baud*/) {}
int SerialLine::available() {
    return static_cast<int>(heard.size());
}
int SerialLine::read() {
    const auto first = static_cast<byte>(heard.front());
    heard.erase(0, 1);
    return first;
}
void SerialLine::write(unsigned value) {
    const auto one = static_cast<byte>(value);
    write(&one, 1);
}
void SerialLine::write(const byte* bytes, std::size_t count) {
    if (::write(line, bytes, count) != static_cast<ssize_t>(count)) {
        std::exit(1);
    }
}

unsigned long millis() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<unsigned long>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}
void pinMode(int pin, int mode) {
    if (mode == INPUT_PULLUP) {
        levels.emplace(pin, HIGH);
    }
}
void digitalWrite(int pin, int level) {
    const auto [at, is_new] = levels.emplace(pin, LOW);
    if (at->second != level) {
        at->second = level;
        std::printf("pin %d %d\n", pin, level);
        std::fflush(stdout);
    }
}
int digitalRead(int pin) {
    return levels[pin];
}

int main() {
    int device = -1; // kept open: without it the line is dead while nobody else has it open
    std::array<char, 64> path{};
    termios raw{};
    cfmakeraw(&raw);
    if (openpty(&line, &device, path.data(), &raw, nullptr) != 0) {
        return 1;
    }
    setup();
    std::printf("%s\nready\n", path.data());
    std::fflush(stdout);
    for (;;) {
        std::array<pollfd, 2> watches{pollfd{line, POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
        constexpr int look_again_ms = 20;
        (void)::poll(watches.data(), watches.size(), look_again_ms);
        if ((watches[0].revents & POLLIN) != 0) {
            take_bytes();
        }
        if (watches[1].revents != 0) {
            take_input();
        }
        loop();
    }
}
