#include "drivers/line/line_judge.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace jigd::drivers {

namespace {

using namespace std::string_view_literals;

/// The board's own code as a number where it is one.
nlohmann::json board_code(const nlohmann::json& captured) {
    if (!captured.is_string()) {
        return captured;
    }
    const auto& text = captured.get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    return is_number ? nlohmann::json(number) : captured;
}

/// An answer that repeats what was asked must repeat it rightly: the state of relay 5 does not answer the
/// question for relay 3 (it came late, or the board chose another value).
void require_own_values(const profile::Template& send, const nlohmann::json& params,
                        const profile::Captures& captures, const std::string& line) {
    for (const auto& name : send.names()) {
        const auto repeated = captures.find(name);
        if (repeated == captures.end()) {
            continue;
        }
        const auto asked = on_wire(send, name, params.at(name));
        if (repeated->second != asked) {
            throw Error(Code::jig_protocol,
                        fmt::format("the board answered '{}' when {} {} was asked for; it is out of step, or "
                                    "does not take that value",
                                    printable(line), name, asked));
        }
    }
}

} // namespace

std::string on_wire(const profile::Template& send, const std::string& name, const nlohmann::json& value) {
    if (const auto* words = send.words(name)) {
        return words->to_wire(value).value_or("");
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string_view LineJudge::trimmed(std::string_view line) {
    const auto first = line.find_first_not_of("\0\r\n"sv);
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

bool LineJudge::is_blank(std::string_view text) {
    return text.find_first_not_of("\0\r\n \t"sv) == std::string_view::npos;
}

std::optional<Event> LineJudge::event(std::string_view line) const {
    if (sense(line) == Sense::restart) {
        return std::nullopt;
    }
    for (const auto& event : profile_.events) {
        const auto captures = event.match.match(line);
        if (!captures) {
            continue;
        }
        Event said{.name = event.name, .values = nullptr, .at = std::chrono::system_clock::now()};
        try {
            said.values = profile::to_result(event.values, *captures);
        } catch (const Error&) {
            return said;
        }
        return said;
    }
    return std::nullopt;
}

LineJudge::Sense LineJudge::sense(std::string_view line) const {
    auto sense = is_blank(line) ? Sense::noise : Sense::unexpected;
    for (const auto& noise : profile_.noise) {
        if (noise.matches(line)) {
            if (noise.restart) {
                return Sense::restart;
            }
            sense = Sense::noise;
        }
    }
    return sense;
}

std::optional<profile::Captures> LineJudge::answer(const profile::LineStep& step,
                                                   const nlohmann::json& params,
                                                   const std::string& line) const {
    auto captures = step.match ? step.match->match(line) : std::nullopt;
    // A board that has just started did not answer, whatever else its banner looks like.
    if (!captures && sense(line) == Sense::restart) {
        return std::nullopt;
    }
    refuse_if_error(step.send.text(), line);
    if (captures) {
        require_own_values(step.send, params, *captures, line);
    }
    return captures;
}

void LineJudge::refuse_if_error(const std::string& command, const std::string& line) const {
    for (const auto& pattern : profile_.errors) {
        const auto captures = pattern.match(line);
        if (!captures) {
            continue;
        }
        auto details = nlohmann::json::object();
        if (const auto code = captures->find("code"); code != captures->end()) {
            details["board_code"] = board_code(code->second);
        }
        const auto text = captures->find("text");
        details["board_text"] = text == captures->end() ? nlohmann::json(line) : text->second;
        throw Error(Code::jig_refused,
                    fmt::format("the board refused '{}': {}", printable(command), printable(line)),
                    Executed::no, std::move(details));
    }
}

} // namespace jigd::drivers
