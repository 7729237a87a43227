#include "jigctl/board/learned_profile.hpp"

#include "jigctl/board/guess.hpp"
#include "jigctl/board/shape.hpp"
#include "jigctl/display.hpp"
#include "jigctl/profile/yaml_text.hpp"

namespace jigd::jigctl {

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

std::string in_braces(const Values& values) {
    std::string text;
    for (const auto& [name, value] : values) {
        text.append(text.empty() ? "" : ", ").append(name).append(": ").append(value);
    }
    return "{" + text + "}";
}

std::string schemas(const std::string& key, const std::vector<GuessedValue>& values) {
    if (values.empty()) {
        return "";
    }
    std::string text = "    " + key + ":\n";
    for (const auto& value : values) {
        text += "      " + value.name + ": " + value.schema + "\n";
    }
    return text;
}

/// Between the brackets of a list or map, words that are plain elsewhere need no more quotes than these.
std::string example_of(const GuessedExample& example) {
    auto text = "      - wire: [{tx: " + yaml_text(example.tx) +
                (example.rx.empty() ? "" : ", rx: " + yaml_text(example.rx)) + "}]\n";
    if (!example.params.empty()) {
        text += "        params: " + in_braces(example.params) + "\n";
    }
    if (!example.result.empty()) {
        text += "        result: " + in_braces(example.result) + "\n";
    }
    return text;
}

std::string request_of(const GuessedRequest& request, bool is_hex) {
    auto text = "  " + request.name + ":\n    kind: " + request.kind + "\n";
    text += schemas("params", request.params);
    text += "    steps:\n      - send: " + yaml_text(request.send) + "\n";
    if (request.match) {
        text +=
            "        match: " + (is_hex ? yaml_text(*request.match) : yaml_pattern(*request.match)) + "\n";
    }
    text += schemas("result", request.result);
    text += "    examples:\n";
    for (const auto& example : request.examples) {
        text += example_of(example);
    }
    return text;
}

std::string identify_of(const Guess& guess) {
    if (!guess.identity) {
        return "# Nothing in the session tells who the board is; if it can be asked, write it "
               "here.\nidentify: none\n";
    }
    return "# Guessed: which part is the model, which the serial, which the firmware?\nidentify:\n  send: " +
           yaml_text(guess.identity->send) + "\n  match: " + yaml_pattern(guess.identity->match) +
           "\n  example: " + yaml_text(guess.identity->example) + "\n";
}

std::string matches(const std::string& key, const std::vector<std::string>& patterns, bool is_hex) {
    std::string text = patterns.empty() ? "" : key + ":\n";
    for (const auto& pattern : patterns) {
        text += "  - match: " + (is_hex ? yaml_text(pattern) : yaml_pattern(pattern)) + "\n";
    }
    return text;
}

std::string unclear_of(const Guess& guess) {
    if (guess.unclear.empty()) {
        return "";
    }
    std::string text =
        "\n# Not guessed: answers of several lines, and those of one command in several forms.\n#\n";
    for (const auto& [tx, rx] : guess.unclear) {
        text += "#   > " + displayable(tx) + "\n";
        for (std::size_t at = 0; at < rx.size();) {
            const auto end = rx.find('\n', at);
            text += "#   < " + displayable(rx.substr(at, end - at)) + "\n";
            at = end + 1;
        }
    }
    return text;
}

std::string driver_of(const Transcript& transcript, const Guess& guess) {
    if (transcript.is_hex) {
        return "driver: binary\nserial: " + transcript.serial +
               "\n# If each command has a start, a length or a checksum, say so once, in frame.\nbinary: "
               "{frame: none}\n";
    }
    const auto& prompt = guess.ends.prompt;
    return "driver: line\nserial: " + transcript.serial +
           "\nline: {send_end: " + yaml_text(transcript.send_end) +
           ", reply_end: " + yaml_text(guess.ends.line) +
           (prompt.empty() ? "" : ", prompt: " + yaml_text(prompt)) + (guess.has_echo ? ", echo: true" : "") +
           "}\n" +
           (prompt.empty()
                ? ""
                : "# An empty line is answered by the prompt alone.\nresync: {send: \"\", until: prompt}\n");
}

} // namespace

std::string learned_profile(const std::string& name, const Transcript& transcript) {
    const auto is_hex = transcript.is_hex;
    const auto guess = is_hex ? guess_bytes(transcript) : guess_lines(transcript);
    std::string text =
        "# " + name + ": guessed by jigctl learn from a session with the board. Look at each name, kind " +
        "and range:\n# the bounds of numbers are those that were typed, and what is not surely a read or " +
        "a set is a pulse.\nspec: 1\nname: " + name + "\n" + driver_of(transcript, guess);
    text += "\n" + identify_of(guess);
    text += matches("errors", guess.errors, is_hex);
    if (!guess.noise.empty()) {
        auto noise = guess.noise;
        for (auto& line : noise) {
            line = is_hex ? line : escaped(line);
        }
        text += "# Said unasked. What tells something of the jig is better an event (docs/profiles.md).\n" +
                matches("noise", noise, is_hex);
    }
    text += guess.requests.empty() ? "\nrequests: {}\n" : "\nrequests:\n";
    for (const auto& request : guess.requests) {
        text += request_of(request, is_hex) + (&request == &guess.requests.back() ? "" : "\n");
    }
    return text + unclear_of(guess);
}

} // namespace jigd::jigctl
