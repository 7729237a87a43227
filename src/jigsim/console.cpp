#include "jigsim/console.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "jigsim/console_words.hpp"
#include "jigsim/fault.hpp"

namespace jigd::jigsim {

namespace {

/// A value as JSON where it is some, else as text: door=open, vbus_mv=4800, relays=[true,…].
nlohmann::json parse_value(std::string_view text) {
    auto value = nlohmann::json::parse(text, nullptr, false);
    return value.is_discarded() ? nlohmann::json(text) : value;
}

} // namespace

std::string_view console_help() {
    return R"(On standard input, one command a line, each answered on standard output:
  NAME=VALUE                  the world changes a value of the board (door=open); the board says so
                              where it would
  state                       all values of the board as JSON
  say BODY                    the board says it unasked: an event, or what means nothing
  reboot [rubbish]            the board loses power and comes back; `rubbish`: bytes without meaning
                              come in front of its banner
  unplug, plug                the cable: the pseudo-terminal hangs up and is gone; a new one is there
  fault [once] silent         commands are carried out, but not answered
  fault [once] late 800ms     answers come so much later
  fault [once] half           answers break off in the middle
  fault [once] garbled        a bit of each answer is another (and so the checksum, where there is one)
  fault [once] noise          instead of answers come bytes without meaning
  fault [once] echo           each command is repeated in front of its answer
  fault [once] prompt BYTES   each answer leaves these behind, without an end
  fault [once] refuse BODY    nothing is carried out; BODY is the answer (ERR 12 relay fault)
  fault [once] identity BODY  whatever it is, it says that it is BODY: where it is asked for such an answer,
                              or whenever it is asked who it is
  fault none                  all is well again
A fault lasts until the next `fault` command; with `once` it is gone after one command of the other side, with
`3 times` (fault 3 times silent) after three.
A BODY is written as the profile's examples write it: text, or bytes in hexadecimal; on Modbus an exception's
code alone is enough to refuse (02).)";
}

std::string run_console_line(SimulatedBoard& board, std::string_view line, TimePoint now) {
    auto rest = line;
    const auto word = take_word(rest);
    if (word == "state") {
        return nlohmann::json(board.state()).dump();
    }
    if (word == "fault") {
        board.set_fault(parse_fault(rest, board.codec()));
        return "ok";
    }
    if (word == "say") {
        board.say(read_body(rest, board.codec()), now);
        return "ok";
    }
    if (word == "reboot" && (rest.empty() || rest == "rubbish")) {
        board.power_on(now, !rest.empty());
        return "ok";
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
        throw std::invalid_argument(
            "'" + std::string(line) +
            "' is not a command; there are: NAME=VALUE, state, say, reboot, unplug, plug, fault "
            "(see --help)");
    }
    board.set_state(std::string(line.substr(0, equals)), parse_value(line.substr(equals + 1)), now);
    return "ok";
}

} // namespace jigd::jigsim
