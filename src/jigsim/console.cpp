#include "jigsim/console.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace jigd::jigsim {

namespace {

/// Takes the first word off `rest`.
std::string take_word(std::string_view& rest) {
    const auto begin = std::min(rest.find_first_not_of(' '), rest.size());
    rest.remove_prefix(begin);
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return std::string(word);
}

/// "800ms" or "2s"
Milliseconds parse_duration(const std::string& text) {
    constexpr std::int64_t longest_ms = 3'600'000;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t factor = unit == "s" ? 1000 : 1;
    const bool has_unit = unit == "ms" || unit == "s";
    if (error != std::errc{} || !has_unit || number < 0 || number > longest_ms / factor) {
        throw std::invalid_argument("'" + text + "' is not a duration up to 1 h, such as 800ms or 2s");
    }
    return Milliseconds(number * factor);
}

Fault parse_fault(std::string_view rest) {
    static constexpr std::array<std::pair<std::string_view, Fault::Kind>, 6> kinds{{
        {"none", Fault::Kind::none},
        {"silent", Fault::Kind::silent},
        {"late", Fault::Kind::late},
        {"half", Fault::Kind::half},
        {"noise", Fault::Kind::noise},
        {"refuse", Fault::Kind::refuse},
    }};
    Fault fault;
    auto word = take_word(rest);
    if (word == "once") {
        fault.once = true;
        word = take_word(rest);
    }
    const auto* const found =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.first == word; });
    if (found == kinds.end()) {
        throw std::invalid_argument("'" + word +
                                    "' is not a fault; there are: silent, late, half, noise, refuse, none");
    }
    fault.kind = found->second;
    if (fault.kind == Fault::Kind::late) {
        fault.delay = parse_duration(take_word(rest));
    }
    if (fault.kind == Fault::Kind::refuse) {
        fault.answer = std::exchange(rest, {});
        if (fault.answer.empty()) {
            throw std::invalid_argument(
                "what does the board refuse with? Such as: fault refuse ERR 12 relay fault");
        }
    }
    if (!take_word(rest).empty()) {
        throw std::invalid_argument("too many words for the fault '" + word + "'");
    }
    return fault;
}

/// A value as JSON where it is some, else as text: door=open, vbus_mv=4800, relays=[true,…].
nlohmann::json parse_value(std::string_view text) {
    auto value = nlohmann::json::parse(text, nullptr, false);
    return value.is_discarded() ? nlohmann::json(text) : value;
}

} // namespace

std::string_view console_help() {
    return R"(On standard input, one command a line, each answered on standard output:
  NAME=VALUE                 the world changes a value of the board (door=open); the board says so
                             where it would
  state                      all values of the board as JSON
  fault [once] silent        commands are carried out, but not answered
  fault [once] late 800ms    answers come so much later
  fault [once] half          answers break off in the middle
  fault [once] noise         instead of answers come bytes without meaning
  fault [once] refuse TEXT   nothing is carried out; TEXT is the answer (ERR 12 relay fault)
  fault none                 all is well again
A fault lasts until the next `fault` command; with `once` it is gone after one command of the other side.)";
}

std::string run_console_line(SimulatedBoard& board, std::string_view line, TimePoint now) {
    auto rest = line;
    const auto word = take_word(rest);
    if (word == "state") {
        return nlohmann::json(board.state()).dump();
    }
    if (word == "fault") {
        board.set_fault(parse_fault(rest));
        return "ok";
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
        throw std::invalid_argument("'" + std::string(line) +
                                    "' is not a command; there are: NAME=VALUE, state, fault (see --help)");
    }
    board.set_state(std::string(line.substr(0, equals)), parse_value(line.substr(equals + 1)), now);
    return "ok";
}

} // namespace jigd::jigsim
