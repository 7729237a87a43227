#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include "core/deadline.hpp"
#include "os/fd.hpp"
#include "support/pty_board.hpp"

namespace jigd::test {

/// Seeded numbers, the same on every machine (the standard's distributions are not).
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    /// From `least` to `most`, both included.
    [[nodiscard]] int between(int least, int most) {
        const auto range = static_cast<std::uint64_t>(most - least) + 1;
        return least + static_cast<int>(engine_() % range);
    }
    [[nodiscard]] bool one_in(int times) { return between(1, times) == 1; }

  private:
    std::mt19937_64 engine_;
};

/// `digits` hexadecimal digits that nobody guesses.
[[nodiscard]] inline std::string secret_word(std::uint64_t seed, std::uint64_t number, int digits) {
    std::mt19937_64 engine(seed * 1'000'003 + number);
    const auto value = engine();
    std::string word;
    for (int digit = 0; digit < digits; ++digit) {
        word += "0123456789abcdef"[(value >> (4 * digit)) & 0xFU];
    }
    return word;
}

/// A board on a real pseudo-terminal that does to its answers whatever boards, cables and adapters do, as its
/// seed says: late, doubled, cut, halted, drowned in noise, refused, missing, beside events and restarts that
/// are garbled, too. Three things it keeps, as without them nobody could tell whose an answer is: it answers
/// one command after the other, what it says a second time has started before the next command reaches it,
/// and after a restart it owes nothing.
///
///     ID? → ID CHAOS <seed> 1.0;  GET <n> → VALUE <8 digits>;  NOW? → <10 digits>;  SET <n> → OK
///
/// Its thread runs from construction to destruction; every member may be called from any thread.
class ChaoticBoard {
  public:
    struct Options {
        std::uint64_t seed = 0;
        bool echo = false;    ///< repeats each command before its answer
        bool prompt = false;  ///< leaves "> " behind each answer
        Milliseconds reply{}; ///< the profile's timeouts
        Milliseconds gap{};
        std::atomic<int>* floods =
            nullptr; ///< how many megabytes of noise all boards together may still make
    };

    explicit ChaoticBoard(const Options& options)
        : options_(options), dice_(options.seed), thread_([this] { run(); }) {}
    ~ChaoticBoard() {
        stop_.signal();
        thread_.join();
    }
    ChaoticBoard(const ChaoticBoard&) = delete;
    ChaoticBoard& operator=(const ChaoticBoard&) = delete;

    [[nodiscard]] const std::string& path() const { return line_.path(); }
    /// From the next command on it does as it should.
    void behave() { behaves_ = true; }
    /// Whether SET `number` was carried out.
    [[nodiscard]] bool has_set(int number) const {
        const std::lock_guard lock(mutex_);
        return set_.contains(number);
    }
    /// How many NOW? it got.
    [[nodiscard]] std::uint64_t readings() const { return readings_; }
    /// How many bytes it has said, or is just saying.
    [[nodiscard]] std::uint64_t said() const { return said_; }

    /// What it answers to GET `number`, and to the `count`-th NOW? that it gets.
    [[nodiscard]] std::string value(int number) const {
        return secret_word(options_.seed, static_cast<std::uint64_t>(number), 8);
    }
    [[nodiscard]] std::string reading(std::uint64_t count) const {
        return secret_word(~options_.seed, count, 10);
    }

  private:
    struct Speech {
        TimePoint due{};
        std::string bytes;
    };

    static constexpr std::string_view end = "\r\n";

    void run() {
        std::string heard;
        for (;;) {
            const bool is_due = !speeches_.empty() && speeches_.front().due <= Clock::now();
            std::array<os::Watch, 2> watches{
                os::Watch{.fd = stop_.fd(), .events = POLLIN},
                os::Watch{.fd = line_.handle(),
                          .events = static_cast<short>(is_due ? POLLIN | POLLOUT : POLLIN)}};
            const auto until = is_due || speeches_.empty() ? TimePoint::max() : speeches_.front().due;
            (void)os::wait(watches.data(), watches.size(), Deadline{until});
            if (watches[0].revents != 0) {
                return;
            }
            if ((watches[1].revents & POLLIN) != 0) {
                listen(heard);
            }
            speak();
        }
    }

    void listen(std::string& heard) {
        std::array<char, 4096> bytes{};
        const auto got = ::read(line_.handle(), bytes.data(), bytes.size());
        heard.append(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        for (auto length = heard.find('\n'); length != std::string::npos; length = heard.find('\n')) {
            const auto command = heard.substr(0, length);
            heard.erase(0, length + 1);
            answer(command);
        }
    }

    void speak() {
        while (!speeches_.empty() && speeches_.front().due <= Clock::now()) {
            auto& bytes = speeches_.front().bytes;
            if (!bytes.empty()) {
                // Known before anyone can hear it.
                const auto before = said_.load();
                const auto portion = std::min<std::size_t>(bytes.size(), 4096);
                said_ = before + portion;
                const auto written = ::write(line_.handle(), bytes.data(), portion);
                said_ = before + static_cast<std::uint64_t>(std::max<ssize_t>(written, 0));
                if (written <= 0) {
                    return;
                }
                bytes.erase(0, static_cast<std::size_t>(written));
            }
            if (bytes.empty()) {
                speeches_.pop_front();
            }
        }
    }

    /// After everything that is to be said already.
    void say(std::string bytes, Milliseconds pause = Milliseconds{0}) {
        last_due_ = std::max(last_due_, Clock::now()) + pause;
        speeches_.push_back({.due = last_due_, .bytes = std::move(bytes)});
    }

    void answer(const std::string& command) {
        readings_ += command == "NOW?" ? 1U : 0U;
        const bool misbehaves = !behaves_ && dice_.one_in(command == "ID?" ? 5 : 3);
        const bool refuses = misbehaves && command != "ID?" && dice_.one_in(10);
        const bool is_deaf = misbehaves && dice_.one_in(12);
        if (is_deaf) {
            return;
        }
        const auto echo = options_.echo ? command + (dice_.one_in(2) ? "\r\n" : "\n") : std::string{};
        const auto text = echo + (refuses ? "ERR 12 not today" : carry_out(command)) + std::string(end) +
                          (options_.prompt ? "> " : "");
        if (misbehaves && !refuses) {
            misbehave(text, text.substr(echo.size()));
        } else {
            say(text);
        }
    }

    std::string carry_out(const std::string& command) {
        if (command == "ID?") {
            return "ID CHAOS " + std::to_string(options_.seed) + " 1.0";
        }
        if (command == "NOW?") {
            return reading(readings_);
        }
        const auto number = std::stoi(command.substr(4));
        if (command.starts_with("GET ")) {
            return "VALUE " + value(number);
        }
        const std::lock_guard lock(mutex_);
        set_.insert(number);
        return "OK";
    }

    void misbehave(const std::string& text, const std::string& answer) {
        const std::vector<std::function<void()>> ways{
            [&] { say(text, lateness()); },
            [&] { say(text, lateness()); },
            [&] { say(text + answer, dice_.one_in(3) ? lateness() : Milliseconds{0}); },
            [&] { stutter(text, dice_.one_in(2) ? text : answer); },
            [&] { byte_by_byte(text, Milliseconds{0}); },
            [&] { byte_by_byte(text, options_.gap / 5); },
            [&] { halt(text); },
            [&] { say(noise() + text); },
            [&] {
                say(noise());
                say(text, pause());
            },
            [&] { flood(text); },
            [&] { say(event() + text); },
            [&] { say(text + event()); },
            [&] { interrupt(text, event()); },
            [&] { interrupt(text, std::string(end) + event()); },
            [&] { say(garbled(event()) + text); },
            [&] { say(text + garbled(event())); },
            [&] { interrupt(text, garbled(event())); },
            [&] { say(text + "> "); },
            [&] { say("> " + text); },
            [&] { restart(text + banner()); },
            [&] { restart(banner()); },
            [&] { restart(text.substr(0, cut(text)) + banner()); },
            [&] {},
            [&] { say(text.substr(0, cut(text))); },
        };
        ways.at(static_cast<std::size_t>(dice_.between(0, static_cast<int>(ways.size()) - 1)))();
    }

    /// The second answer has started when the first one ends, glued to noise or broken off; its rest takes a
    /// while.
    void stutter(const std::string& text, const std::string& again) {
        if (dice_.one_in(2)) {
            say(text + "~");
            say(again, pause());
        } else {
            const auto cut_at = cut(again);
            say(text + again.substr(0, cut_at));
            say(again.substr(cut_at), pause());
        }
    }

    void byte_by_byte(const std::string& text, Milliseconds apart) {
        for (const char byte : text) {
            say(std::string(1, byte), apart);
        }
    }

    void halt(const std::string& text) {
        const auto cut_at = cut(text);
        say(text.substr(0, cut_at));
        say(text.substr(cut_at), pause());
    }

    void interrupt(const std::string& text, const std::string& by) {
        const auto cut_at = cut(text);
        say(text.substr(0, cut_at) + by + text.substr(cut_at));
    }

    void flood(const std::string& text) {
        if (options_.floods != nullptr && options_.floods->fetch_sub(1) > 0) {
            std::string flood;
            while (flood.size() < 1024 * 1024) {
                flood += noise();
            }
            say(flood + (dice_.one_in(2) ? std::string(end) : std::string{}));
        }
        say(text);
    }

    /// None of it is a whole answer: that one would be an answer, whoever asked.
    std::string noise() {
        const auto line_end = dice_.one_in(2) ? std::string(end) : std::string{};
        const auto other = dice_.one_in(2) ? "VALUE " + value(dice_.between(0, 9999)) : reading(readings_);
        switch (dice_.between(0, 3)) {
        case 0:
            return other.substr(0, cut(other)) + line_end;
        case 1:
            return other.substr(other.size() - cut(other)) + line_end;
        case 2:
            return std::string(static_cast<std::size_t>(dice_.between(1, 40)), '\0') + line_end;
        default: {
            std::string bytes;
            for (int count = dice_.between(1, 60); count > 0; --count) {
                const auto byte = static_cast<char>(dice_.between(0, 255));
                bytes += byte == 'K' ? '\n' : byte; // no OK by accident
            }
            return bytes + line_end;
        }
        }
    }

    /// What was still to be said never comes.
    void restart(std::string last_words) {
        speeches_.clear();
        say(std::move(last_words));
    }

    std::string banner() {
        const auto text = "boot: ready" + std::string(end);
        return dice_.one_in(2) ? garbled(text) : text;
    }

    /// As it comes through when the line is disturbed, or somebody else speaks, too.
    std::string garbled(const std::string& text) {
        switch (dice_.between(0, 4)) {
        case 0:
            return std::string(1, '\0') + text;
        case 1:
            return std::string("\xff\xfe\0", 3) + text;
        case 2:
            return "dbg 12 " + text;
        case 3:
            return text.substr(0, cut(text));
        default:
            return text.substr(0, cut(text)) + std::string(end);
        }
    }

    std::string event() { return "!EVENT " + std::to_string(dice_.between(0, 99)) + std::string(end); }
    /// Somewhere inside: at least a byte on either side.
    std::size_t cut(const std::string& text) {
        return static_cast<std::size_t>(dice_.between(1, static_cast<int>(text.size()) - 1));
    }
    Milliseconds lateness() { return options_.reply + options_.reply * dice_.between(1, 20) / 10; }
    /// Below, at and above the gap.
    Milliseconds pause() { return options_.gap * dice_.between(1, 30) / 10; }

    const Options options_;
    const PtyBoard line_;
    const os::EventFd stop_;
    std::atomic<bool> behaves_ = false;
    std::atomic<std::uint64_t> said_ = 0;
    std::atomic<std::uint64_t> readings_ = 0;
    mutable std::mutex mutex_;
    std::set<int> set_;
    Dice dice_; ///< this and the rest: the thread's own
    std::deque<Speech> speeches_;
    TimePoint last_due_{};
    std::thread thread_;
};

} // namespace jigd::test
