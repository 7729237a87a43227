#include "jigsim/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "jigsim/console_words.hpp"
#include "yaml/document.hpp"

namespace jigd::jigsim {

namespace {

struct KindWord {
    std::string_view word;
    Fault::Kind kind;
    std::string_view example; ///< of what belongs to it; "" = nothing
};

constexpr std::array<KindWord, 10> kinds{{
    {"silent", Fault::Kind::silent, ""},
    {"late", Fault::Kind::late, "800ms"},
    {"half", Fault::Kind::half, ""},
    {"garbled", Fault::Kind::garbled, ""},
    {"noise", Fault::Kind::noise, ""},
    {"echo", Fault::Kind::echo, ""},
    {"prompt", Fault::Kind::prompt, "> "},
    {"refuse", Fault::Kind::refuse, "ERR 12 relay fault"},
    {"identity", Fault::Kind::identity, "ID TESTX-JIG JIG-0042 1.4.2"},
    {"none", Fault::Kind::none, ""},
}};

std::string all_kinds() {
    std::string words;
    for (const auto& kind : kinds) {
        words += (words.empty() ? "" : ", ") + std::string(kind.word);
    }
    return words;
}

/// "800ms" or "2s"
Milliseconds parse_duration(std::string_view text) {
    constexpr std::int64_t longest_ms = 3'600'000;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t factor = unit == "s" ? 1000 : 1;
    const bool has_unit = unit == "ms" || unit == "s";
    if (error != std::errc{} || !has_unit || number < 0 || number > longest_ms / factor) {
        throw std::invalid_argument("'" + std::string(text) +
                                    "' is not a duration up to 1 h, such as 800ms or 2s");
    }
    return Milliseconds(number * factor);
}

/// "once", "3 times"; 0 where neither is in front of `text`.
unsigned take_times(std::string_view& text) {
    auto rest = text;
    const auto word = take_word(rest);
    if (word == "once") {
        text = rest;
        return 1;
    }
    if (word.find_first_of("0123456789") != 0) {
        return 0;
    }
    unsigned times = 0;
    const auto* const last = word.data() + word.size();
    const auto [end, error] = std::from_chars(word.data(), last, times);
    if (error != std::errc{} || end != last || times == 0 || take_word(rest) != "times") {
        throw std::invalid_argument("'" + word + "': expected how often, such as once or 3 times");
    }
    text = rest;
    return times;
}

/// As a profile would have it in double quotes.
std::string quoted(std::string_view text) {
    std::string scalar = "\"";
    for (const auto letter : text) {
        scalar += letter == '"' ? "\\\"" : std::string(1, letter);
    }
    return scalar + "\"";
}

/// In the middle of the body, so that beginning and end of the frame stay what they are.
std::string garbled(std::string frame, std::string_view body) {
    const auto start = frame.find(body); // not there where bytes are stuffed
    const auto at = start == std::string::npos ? frame.size() / 2 : start + body.size() / 2;
    if (at < frame.size()) {
        frame[at] = static_cast<char>(static_cast<unsigned char>(frame[at]) ^ 1U);
    }
    return frame;
}

} // namespace

std::string read_body(std::string_view text, const profile::Codec& codec) {
    yaml::Problems problems;
    std::optional<std::string> body;
    try {
        body = codec.read_body(yaml::parse(quoted(text), "console"), problems);
    } catch (const yaml::Invalid& invalid) {
        throw std::invalid_argument(invalid.what());
    }
    if (!body) {
        throw std::invalid_argument(problems.text());
    }
    return *body;
}

Fault parse_fault(std::string_view text, const profile::Codec& codec) {
    Fault fault{.times = take_times(text)};
    const auto word = take_word(text);
    const auto* const found =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.word == word; });
    if (found == kinds.end()) {
        throw std::invalid_argument("'" + word + "' is not a fault; there are: " + all_kinds());
    }
    fault.kind = found->kind;
    if (fault.kind == Fault::Kind::late) {
        fault.delay = parse_duration(take_word(text));
    } else if (!found->example.empty()) {
        if (text.empty()) {
            throw std::invalid_argument("the fault '" + word + "' needs what the board says then, such as: " +
                                        word + " " + std::string(found->example));
        }
        fault.bytes = read_body(std::exchange(text, {}), codec);
    }
    if (!take_word(text).empty()) {
        throw std::invalid_argument("too many words for the fault '" + word + "'");
    }
    return fault;
}

std::string_view noise() {
    return {"\xf8\x00~}\x7f{\x13\xff~\x01", 10};
}

std::string spoilt(const Fault& fault, Answer answer, std::string_view command, const profile::Codec& codec) {
    switch (fault.kind) {
    case Fault::Kind::none:
    case Fault::Kind::late:
    case Fault::Kind::refuse:
    case Fault::Kind::identity:
        return answer.frame;
    case Fault::Kind::silent:
        return {};
    case Fault::Kind::half:
        return answer.frame.substr(0, answer.frame.size() / 2);
    case Fault::Kind::garbled:
        return garbled(std::move(answer.frame), answer.body);
    case Fault::Kind::noise:
        return codec.framed(noise());
    case Fault::Kind::echo:
        return codec.framed(command) + answer.frame;
    case Fault::Kind::prompt:
        return answer.frame + fault.bytes;
    }
    return answer.frame;
}

} // namespace jigd::jigsim
