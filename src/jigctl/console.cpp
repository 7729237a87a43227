#include "jigctl/console.hpp"

#include <cerrno>

#include <unistd.h>

namespace jigd::jigctl {

void show(const Terminal& terminal, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(terminal.output, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return;
        }
        text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

std::optional<std::string> read_line(const Terminal& terminal) {
    std::string line;
    for (;;) {
        char letter = 0;
        const auto count = ::read(terminal.input, &letter, 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return line.empty() ? std::nullopt : std::optional(line);
        }
        if (letter == '\n') {
            return line;
        }
        line += letter;
    }
}

bool confirm(const Terminal& terminal, std::string_view question) {
    show(terminal, question);
    const auto answer = read_line(terminal).value_or("");
    return answer == "y" || answer == "yes";
}

} // namespace jigd::jigctl
