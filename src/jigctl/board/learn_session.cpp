#include "jigctl/board/learn_session.hpp"

#include <array>

#include <poll.h>

#include "jigctl/console.hpp"
#include "os/fd.hpp"

namespace jigd::jigctl {

namespace {

constexpr std::string_view prompt = "> ";
constexpr Milliseconds write_timeout{2000};
constexpr std::size_t max_answer = std::size_t{64} * 1024;

constexpr std::string_view help = "  :drop  forget the last command\n"
                                  "  :quit  end, and write the profile; so does Ctrl-D\n";

std::optional<unsigned> digit_of(char letter) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto place =
        digits.find(letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter);
    return place == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(place));
}

std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char byte : bytes) {
        const unsigned value = static_cast<unsigned char>(byte);
        text += text.empty() ? "" : " ";
        text += digits[value / 16];
        text += digits[value % 16];
    }
    return text;
}

class Session {
  public:
    Session(drivers::Port& port, Transcript& transcript, const Terminal& terminal,
            const SessionOptions& options)
        : port_(port), transcript_(transcript), terminal_(terminal), options_(options) {}

    void run() {
        for (;;) {
            show(terminal_, prompt);
            while (!is_typed()) {
                take_unasked();
            }
            const auto line = read_line(terminal_);
            if (!line || *line == ":quit") {
                return;
            }
            follow(*line);
        }
    }

  private:
    /// True when a line was typed, false when the board says something.
    bool is_typed() {
        std::array<os::Watch, 2> watches{os::Watch{.fd = terminal_.input, .events = POLLIN},
                                         os::Watch{.fd = port_.handle(), .events = POLLIN}};
        os::wait(watches.data(), watches.size(), Deadline::never());
        return watches[1].revents == 0;
    }

    void follow(const std::string& line) {
        if (line == ":drop") {
            if (!transcript_.exchanges.empty()) {
                show(terminal_, "  forgotten: " + shown(transcript_.exchanges.back().tx) + "\n");
                transcript_.exchanges.pop_back();
            }
        } else if (line.starts_with(':')) {
            show(terminal_, help);
        } else if (transcript_.is_hex) {
            const auto bytes = bytes_of(line);
            if (!bytes) {
                show(terminal_, "  not bytes: write two hexadecimal digits for each, such as 5A 01\n");
            } else if (!bytes->empty()) {
                ask(*bytes, *bytes);
            }
        } else if (!line.empty()) {
            ask(line, line + transcript_.send_end);
        }
    }

    void ask(const std::string& command, const std::string& frame) {
        port_.write(frame, Deadline::in(write_timeout, port_.now()));
        auto answer = read_until_quiet(options_.reply);
        show(terminal_, answer.empty() ? "  (no answer)\n" : in_lines("< ", answer));
        transcript_.exchanges.push_back({command, std::move(answer)});
    }

    void take_unasked() {
        const auto said = read_until_quiet(options_.quiet);
        if (!said.empty()) {
            show(terminal_, "\r" + in_lines("! ", said) + std::string(prompt));
            transcript_.unasked.push_back(said);
        }
    }

    std::string read_until_quiet(Milliseconds first) {
        std::string bytes;
        auto timeout = first;
        while (bytes.size() < max_answer) {
            std::array<char, 4096> buffer{};
            const auto count = port_.read(buffer, Deadline::in(timeout, port_.now()));
            if (count == 0) {
                break;
            }
            bytes.append(buffer.data(), count);
            timeout = options_.quiet;
        }
        return bytes;
    }

    [[nodiscard]] std::string shown(std::string_view bytes) const {
        return transcript_.is_hex ? hex_of(bytes) : displayable(bytes);
    }

    /// Text as the lines that it has, each behind `mark`; its ends are not shown.
    [[nodiscard]] std::string in_lines(const std::string& mark, std::string_view bytes) const {
        if (transcript_.is_hex) {
            return mark + hex_of(bytes) + "\n";
        }
        std::string text;
        while (!bytes.empty()) {
            const auto end = bytes.find_first_of("\r\n");
            if (end != 0) {
                text += mark + displayable(bytes.substr(0, end)) + "\n";
            }
            bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        }
        return text;
    }

    drivers::Port& port_;
    Transcript& transcript_;
    const Terminal& terminal_;
    const SessionOptions options_;
};

} // namespace

void hold_session(drivers::Port& port, Transcript& transcript, const Terminal& terminal,
                  const SessionOptions& options) {
    Session(port, transcript, terminal, options).run();
}

std::optional<std::string> bytes_of(std::string_view hex) {
    std::string bytes;
    std::optional<unsigned> high;
    for (const char letter : hex) {
        if (letter == ' ' && !high) {
            continue;
        }
        const auto digit = digit_of(letter);
        if (!digit) {
            return std::nullopt;
        }
        if (high) {
            bytes += static_cast<char>(*high * 16 + *digit);
            high.reset();
        } else {
            high = digit;
        }
    }
    return high ? std::nullopt : std::optional(bytes);
}

} // namespace jigd::jigctl
