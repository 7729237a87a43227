#include "jigctl/board/learn_session.hpp"

#include <array>

#include <poll.h>

#include "drivers/hex_text.hpp"
#include "jigctl/console.hpp"
#include "os/fd.hpp"

namespace jigd::jigctl {

namespace {

constexpr std::string_view prompt = "> ";
constexpr Milliseconds write_timeout{2000};
constexpr std::size_t max_answer = std::size_t{64} * 1024;

constexpr std::string_view help = "  :drop  forget the last command\n"
                                  "  :quit  end, and write the profile; so does Ctrl-D\n";

class Session {
  public:
    Session(drivers::Port& port, Transcript& transcript, const Terminal& terminal,
            const SessionOptions& options)
        : port_(port), transcript_(transcript), terminal_(terminal), options_(options) {}

    void run() {
        for (;;) {
            show(terminal_, prompt);
            await_line();
            const auto line = read_line(terminal_);
            if (!line || *line == ":quit") {
                return;
            }
            follow(*line);
        }
    }

  private:
    /// Until the person has typed something, also while the board talks without end.
    void await_line() {
        for (;;) {
            std::array<os::Watch, 2> watches{os::Watch{.fd = terminal_.input, .events = POLLIN},
                                             os::Watch{.fd = port_.handle(), .events = POLLIN}};
            os::wait(watches.data(), watches.size(), Deadline::never());
            if (watches[1].revents != 0) {
                take_unasked();
            }
            if (watches[0].revents != 0) {
                return;
            }
        }
    }

    void follow(const std::string& line) {
        if (line == ":drop") {
            if (!transcript_.exchanges.empty()) {
                show(terminal_, "  forgotten: " + shown(transcript_.exchanges.back().tx) + "\n");
                transcript_.exchanges.pop_back();
            }
        } else if (line == ":help") {
            show(terminal_, help);
        } else if (transcript_.is_hex) {
            const auto bytes = drivers::from_hex(line);
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
        return transcript_.is_hex ? drivers::to_hex(bytes) : displayable(bytes);
    }

    /// Text as the lines that it has, each behind `mark`; its ends are not shown.
    [[nodiscard]] std::string in_lines(const std::string& mark, std::string_view bytes) const {
        if (transcript_.is_hex) {
            return mark + drivers::to_hex(bytes) + "\n";
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

} // namespace jigd::jigctl
