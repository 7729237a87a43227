#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
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
#include "support/chaotic_dialect.hpp"
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
/// Its thread runs from construction to destruction; every member may be called from any thread.
class ChaoticBoard {
  public:
    struct Options {
        const Dialect& dialect;
        std::uint64_t seed = 0;
        bool echo = false;    ///< repeats each command before its answer
        bool prompt = false;  ///< leaves the dialect's prompt behind each answer
        Milliseconds reply{}; ///< the profile's timeouts
        Milliseconds gap{};
        std::atomic<int>* floods = nullptr; ///< how many floods of noise all boards together may still make
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
    /// Whether it was told to carry `number` out, and has.
    [[nodiscard]] bool has_set(int number) const {
        const std::lock_guard lock(mutex_);
        return set_.contains(number);
    }
    /// A number that it has carried out more than once; nullopt when there is none.
    [[nodiscard]] std::optional<int> set_twice() const {
        const std::lock_guard lock(mutex_);
        return set_twice_;
    }
    /// How often it has taken its reading.
    [[nodiscard]] std::uint64_t readings() const { return readings_; }
    /// How many bytes it has said, or is just saying.
    [[nodiscard]] std::uint64_t said() const { return said_; }

    [[nodiscard]] std::string serial() const { return fmt::format("{:08x}", options_.seed & 0xFFFF'FFFFU); }
    /// The value of `number`, and the `count`-th reading.
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
        for (auto command = dialect_.take(heard); command; command = dialect_.take(heard)) {
            answer(*command);
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

    void answer(const ChaoticCommand& command) {
        last_frame_ = command.frame;
        const bool identifies = command.kind == ChaoticCommand::Kind::identify;
        const bool misbehaves = !behaves_ && dice_.one_in(identifies ? 5 : 3);
        const bool refuses = misbehaves && !identifies && dice_.one_in(10);
        const bool is_deaf = misbehaves && dice_.one_in(12);
        if (is_deaf) {
            return;
        }
        if (misbehaves && dialect_.asks_again() && dice_.one_in(10)) {
            say(dialect_.refusal(command) + carry_out(command)); // the former is of what came before
            return;
        }
        const auto echo = options_.echo ? dialect_.echo(command, dice_.one_in(2)) : std::string{};
        const auto text = echo + (refuses ? dialect_.refusal(command) : carry_out(command)) +
                          (options_.prompt ? dialect_.prompt() : "");
        if (misbehaves && !refuses) {
            misbehave(text, text.substr(echo.size()));
        } else {
            say(text);
        }
    }

    std::string carry_out(const ChaoticCommand& command) {
        switch (command.kind) {
        case ChaoticCommand::Kind::identify:
            return dialect_.answer(command, serial());
        case ChaoticCommand::Kind::now:
            return dialect_.answer(command, reading(++readings_));
        case ChaoticCommand::Kind::get:
            return dialect_.answer(command, value(command.number));
        default: {
            const std::lock_guard lock(mutex_);
            if (!set_.insert(command.number).second) {
                set_twice_ = command.number;
            }
            return dialect_.answer(command, "");
        }
        }
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
            [&] { interrupt(text, dialect_.end() + event()); },
            [&] { say(garbled(event()) + text); },
            [&] { say(text + garbled(event())); },
            [&] { interrupt(text, garbled(event())); },
            [&] { say(text + dialect_.prompt()); },
            [&] { say(dialect_.prompt() + text); },
            [&] { say(dialect_.has_checksum() ? damaged(text) : text); },
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
            while (flood.size() < 256 * 1024) {
                flood += noise();
            }
            say(flood + (dice_.one_in(2) ? dialect_.end() : std::string{}));
        }
        say(text);
    }

    /// None of it is a whole answer: that one would be an answer to anybody.
    std::string noise() {
        const auto end = dice_.one_in(2) ? dialect_.end() : std::string{};
        const auto other = part_of_another_answer();
        switch (dice_.between(0, 3)) {
        case 0:
            return other.substr(0, cut(other)) + end;
        case 1:
            return other.substr(other.size() - cut(other)) + end;
        case 2:
            return std::string(static_cast<std::size_t>(dice_.between(1, 40)), '\0') + end;
        default: {
            std::string bytes;
            for (int count = dice_.between(1, 60); count > 0; --count) {
                const auto byte = static_cast<char>(dice_.between(0, 255));
                bytes += byte == dialect_.forbidden_in_noise() ? '\n' : byte;
            }
            return bytes + end;
        }
        }
    }

    /// Whole, but for the line's end.
    std::string part_of_another_answer() {
        using Kind = ChaoticCommand::Kind;
        const auto text =
            dice_.one_in(2)
                ? dialect_.answer({.kind = Kind::get, .frame = last_frame_}, value(dice_.between(0, 9999)))
                : dialect_.answer({.kind = Kind::now, .frame = last_frame_}, reading(readings_));
        return text.substr(0, text.size() - dialect_.end().size());
    }

    /// One bit of it is another.
    std::string damaged(std::string text) {
        const auto at = static_cast<std::size_t>(dice_.between(0, static_cast<int>(text.size()) - 1));
        text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << dice_.between(0, 7)));
        return text;
    }

    /// What was still to be said never comes.
    void restart(std::string last_words) {
        speeches_.clear();
        say(std::move(last_words));
    }

    std::string banner() {
        const auto text = dialect_.banner();
        return !text.empty() && dice_.one_in(2) ? garbled(text) : text;
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
            return text.substr(0, cut(text)) + dialect_.end();
        }
    }

    std::string event() { return dialect_.event(dice_.between(0, 99)); }
    /// Somewhere inside: at least a byte on either side.
    std::size_t cut(const std::string& text) {
        return static_cast<std::size_t>(dice_.between(1, static_cast<int>(text.size()) - 1));
    }
    Milliseconds lateness() { return options_.reply + options_.reply * dice_.between(1, 20) / 10; }
    /// Below, at and above the gap.
    Milliseconds pause() { return options_.gap * dice_.between(1, 30) / 10; }

    const Options options_;
    const Dialect& dialect_ = options_.dialect;
    const PtyBoard line_;
    const os::EventFd stop_;
    std::atomic<bool> behaves_ = false;
    std::atomic<std::uint64_t> said_ = 0;
    std::atomic<std::uint64_t> readings_ = 0;
    mutable std::mutex mutex_;
    std::set<int> set_;
    std::optional<int> set_twice_;
    Dice dice_; ///< this and the rest: the thread's own
    std::string last_frame_;
    std::deque<Speech> speeches_;
    TimePoint last_due_{};
    std::thread thread_;
};

} // namespace jigd::test
