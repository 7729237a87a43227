#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/request.hpp"
#include "profile/bits.hpp"
#include "profile/codec.hpp"
#include "profile/pattern.hpp"
#include "profile/schema.hpp"
#include "profile/state_name.hpp"
#include "profile/words.hpp"
#include "yaml/document.hpp"

/// A board as data (docs/profiles.md). Pure values: nothing here opens, sends or waits.
namespace jigd::profile {

/// A modem line at open: driven high, driven low, or left as the kernel sets it.
enum class Level { leave, on, off };
enum class Parity { none, odd, even, mark, space };
enum class Flow { none, rts_cts, xon_xoff };

/// Half duplex on two wires: the kernel raises RTS while it sends (TIOCSRS485).
struct Rs485 {
    Milliseconds delay_before{0}; ///< from RTS to the first bit
    Milliseconds delay_after{0};  ///< from the last bit to the end of RTS
};

struct Serial {
    int baud = 9600; ///< bits per second, 50 … 4,000,000
    int data_bits = 8;
    Parity parity = Parity::none;
    int stop_bits = 1;
    Flow flow = Flow::none;
    Level dtr = Level::leave;
    Level rts = Level::leave;
    Milliseconds settle{0};  ///< silence after open, before the first command (a board may reset at open)
    bool low_latency = true; ///< ask the adapter to hand over each byte at once, where it can (FTDI: 16 ms)
    std::optional<Rs485> rs485;
};

struct Timeouts {
    Milliseconds reply{500};     ///< from the command's last byte to the answer's first
    Milliseconds gap{50};        ///< between two bytes of an answer
    Milliseconds pace{0};        ///< rest between an answer and the next command
    Milliseconds byte_pace{0};   ///< rest between two bytes of a command
    Milliseconds reopen{20'000}; ///< without a reply for so long the port is opened anew; 0 = never
};

/// One exchange with the board: send, then wait for the answer that fits.
struct Step {
    std::shared_ptr<const StepForm> form;  ///< in the terms of the protocol; never null
    std::optional<Milliseconds> timeout{}; ///< overrides Timeouts::reply
    /// The parameter (milliseconds) by which the board's answer comes later, such as how long a button is
    /// held.
    std::optional<std::string> extended_by{};
    std::vector<std::string> secrets{};  ///< the request's parameters whose values are shown nowhere
    bool more_follows = false;           ///< the next step awaits one more answer to this command
    std::map<std::string, Bits> lists{}; ///< the request's lists of which the form takes other bits

    /// `params` as the form takes them: the first item of a list is the lowest bit, and 1 is true.
    [[nodiscard]] nlohmann::json on_wire(nlohmann::json params) const;
};

/// A parameter of a request. The schema is JSON Schema (draft 7) for one value.
struct Param {
    std::string name;
    Schema schema;
    std::optional<nlohmann::json> otherwise; ///< the default; without one the parameter is required
    bool secret = false;                     ///< never written down or shown
    std::optional<Bits> bits{};              ///< which bits of a number a list is, unless the usual ones
};

/// How a number that the board says becomes the value: number * factor + offset, exact to the digits that
/// these two have.
struct Scale {
    double factor = 1;
    double offset = 0;
    std::optional<double> null_at{}; ///< the number that means "not known"

    /// null at null_at.
    [[nodiscard]] nlohmann::json of(const nlohmann::json& number) const;
    /// The number for a value; that of null is null_at.
    [[nodiscard]] nlohmann::json inverse(const nlohmann::json& value) const;
};

/// A member of a result, and how it is read from what the board said.
struct Field {
    /// How text on the wire becomes the JSON value.
    enum class Form {
        plain, ///< by the schema's type: integer, number, string
        words, ///< by `words`
        bits,  ///< a list of booleans, by `bits`
    };
    std::string name;
    std::string group; ///< the capture that it is read from; the name unless said otherwise
    Schema schema;
    Form form = Form::plain;
    std::optional<Words> words;
    /// The value of the jig that this is, in JigStatus's terms: "door", "relays[channel]". The name unless
    /// said.
    StateName state;
    std::optional<Scale> scale{};
    bool is_latin1 = false; ///< a text's bytes on the wire
    std::optional<Bits> bits{};
    /// Of a list that is read from several groups: each of its items. `group` and `form` mean nothing then.
    std::vector<Field> items{};
};

/// Says what a request does to a value of the jig: `relays[channel]` becomes parameter `on`.
struct Effect {
    StateName state;         ///< as in Field::state
    nlohmann::json value{};  ///< a constant, or
    std::string param{};     ///< the parameter that holds it, or
    std::string field{};     ///< the field of the request's result that says it, or
    bool is_unknown = false; ///< it has changed in a way that only the board knows

    /// The value after a request with `params` and `result`; null when it is not known.
    [[nodiscard]] nlohmann::json value_after(const nlohmann::json& params,
                                             const nlohmann::json& result) const;
};

/// The bodies of a command and its answer.
struct Exchange {
    std::string tx;
    std::string rx; ///< "" = the board says nothing
};

struct Example {
    nlohmann::json params = nlohmann::json::object();
    std::vector<Exchange> wire;
    nlohmann::json result = nlohmann::json::object();
};

/// What another request must read: `relays[channel]: "{on}"`, `usb: off`.
struct Expectation {
    StateName member;       ///< of its result; an index is a number, a parameter of ours, or every item
    nlohmann::json value{}; ///< a constant, or
    std::string param{};    ///< our parameter that holds it ("" = constant)
};

/// A request that proves another: after SetRelay, GetRelay must answer what was set.
struct Verify {
    std::string request;
    std::map<std::string, std::string> params; ///< its parameter → ours
    std::vector<Expectation> expect;
    double tolerance = 0; ///< by how much numbers may differ
};

/// Whether `result`, of the request that proves, shows what `params` have set; else what it shows instead, as
/// "relays[3] = false where true was set".
[[nodiscard]] std::optional<std::string> contradiction(const Verify& verify, const nlohmann::json& params,
                                                       const nlohmann::json& result);

/// A condition on a value of the jig, as read from the board, that must hold before a request acts:
/// `door == closed, max_age 500ms`.
struct Requirement {
    enum class Comparison { equal, not_equal, less, at_most, greater, at_least };
    std::string text; ///< the condition as the profile writes it, for people
    StateName state;  ///< as in Field::state; an index is a number or a parameter of the request
    Comparison comparison = Comparison::equal;
    nlohmann::json value;    ///< a constant of the type that the value has
    Milliseconds max_age{0}; ///< how old the observation may be; 0 = read for this request
    std::string read;        ///< the request without parameters that observes the value
};

struct Request {
    std::string name;
    std::string description;
    Kind kind = Kind::read;
    /// A read that is a part of this other one, which is run for it: it has no steps of its own, and each
    /// field's `group` is the field of the other's result that it is taken from.
    std::string from{};
    std::vector<Param> params;
    std::vector<Step> steps;
    std::vector<Field> result;
    std::vector<Effect> sets;
    std::optional<Verify> verify;
    std::vector<Requirement> requirements; ///< all must hold; empty for reads
    bool restarts = false; ///< the board restarts after its answer: it is identified before the next command
    std::vector<Example> examples;

    [[nodiscard]] bool has_secrets() const;
};

/// A step that jigd itself takes, and an exchange that shows it.
struct OwnStep {
    Step step;
    Exchange example;
};

struct Identify {
    Step step;
    Exchange example;
    std::vector<OwnStep> further{}; ///< asked after `step`, each when the one before was answered
    /// "model", "serial", "firmware" → what it is made of: "GRBL", "{major}.{minor}". Others are the group of
    /// their name.
    std::map<std::string, std::string> parts{};

    /// A part of it in pieces: text, and the groups in braces.
    struct Piece {
        std::string text;
        bool is_group = false;
    };
    [[nodiscard]] static std::vector<Piece> pieces_of(std::string_view part);

    /// The groups of all steps.
    [[nodiscard]] std::vector<std::string> captures() const;
    /// Whether the board's `part` can be told.
    [[nodiscard]] bool tells(const std::string& part) const;
    /// The board's `part` as its answers say it; nullopt when they don't.
    [[nodiscard]] std::optional<std::string> part(const std::string& part, const Captures& captures) const;
};

/// What is asked after the steps of each set and pulse, of a board that keeps its refusals to itself until
/// then.
struct Check {
    Step step;
    std::map<std::string, nlohmann::json> good; ///< what its answer captures where nothing was refused
    Exchange example;                           ///< with such an answer
};

/// What the board says unasked.
struct Event {
    std::string name;
    std::shared_ptr<const Matcher> match;
    std::vector<Field> values;
    std::optional<std::string> example;
    std::vector<Effect> sets;  ///< what the board did to itself before it said so; constants only
    bool ends = false;         ///< the command that is running has failed: no other answer comes
    bool also_answers = false; ///< the board says the same when it is asked
    std::shared_ptr<const StepForm> reply{}; ///< what the board waits for after it said so; null = nothing
};

/// An answer that means no.
struct Refusal {
    std::shared_ptr<const Matcher> match; ///< with the groups code and text
    bool again = false; ///< the board did not take the command: the same frame is sent once more
};

/// What is not an answer (a boot banner, debug output): dropped and counted.
struct Noise {
    std::shared_ptr<const Matcher> match;
    bool restart = false;  ///< it says that the board has just started by itself
    bool anywhere = false; ///< cut out of what comes, wherever it stands, before frames are looked for

    /// A restart is recognised anywhere, also behind the rubbish of a power-on; other noise is the whole
    /// body.
    [[nodiscard]] bool matches(std::string_view body) const {
        return restart ? match->find(body) : match->match(body).has_value();
    }
};

/// One command of the way to safety.
struct SafeStep {
    std::string request;
    nlohmann::json params = nlohmann::json::object();
};

/// What examples can't tell a simulated board (see jigsim/board.hpp). All optional.
struct Simulation {
    struct Refusal {
        std::map<std::string, nlohmann::json> when; ///< parameter or state name → value that refuses
        std::string answer;
    };
    struct Rule {
        std::vector<Refusal> refuse;
        std::optional<std::string> answers_after; ///< the parameter (milliseconds) that delays the answer
        std::optional<std::string> counts;        ///< the state that each carried-out command raises by one
        bool interrupts = false;                  ///< makes a delayed answer before it come at once
    };
    Milliseconds deaf{0}; ///< after power-on and after each request that `restarts`
    std::string banner;
    std::string unknown_command;                 ///< the answer to what is not a command; "" = silence
    std::string bad_argument;                    ///< the answer to a known command with impossible arguments
    std::map<std::string, nlohmann::json> state; ///< initial values beside those of the examples
    std::map<std::string, Rule> rules;           ///< by request
};

/// A board.
struct Profile {
    std::string name;
    std::string description;
    std::string driver; ///< a Protocol's
    std::string path;   ///< the file it was read from
    Serial serial;
    Timeouts timeouts;
    std::shared_ptr<const Codec> codec; ///< never null in a profile that was loaded
    /// How the board is asked who it is (groups model, serial, firmware). Without it the profile must say
    /// `identify: none`, and the board is shown as unverified.
    std::optional<Identify> identify;
    /// Sent after a doubt, when the line is quiet, such as a line end that flushes half a command. What the
    /// board answers to it is dropped.
    std::optional<Step> resync;
    std::optional<Check> check;
    /// What brings the board into the state that requests rely on, after each open and each restart.
    std::vector<OwnStep> on_open;
    std::vector<Refusal> errors;
    std::vector<Noise> noise;
    std::vector<Event> events;
    std::map<std::string, Request> requests;
    std::vector<SafeStep> safe_state;
    /// Whether safe_state is sent to a board that was identified since its port was opened and no longer
    /// answers.
    bool safe_state_when_silent = false;
    Simulation simulation;

    /// Every step that the board may be sent.
    [[nodiscard]] std::vector<const StepForm*> forms() const;

    [[nodiscard]] const Request* find(const std::string& request) const {
        const auto found = requests.find(request);
        return found == requests.end() ? nullptr : &found->second;
    }
};

/// The file of a profile that is called by its name alone. Throws std::runtime_error that says where it
/// looked.
using FindProfile = std::function<std::string(const std::string& name)>;

/// Reads a profile of one of `protocols`. Everything wrong with it comes at once, as yaml::Invalid: unknown
/// keys, patterns that don't compile, placeholders without a parameter, result fields without a group,
/// examples that don't hold. `overrides`: the site's own sections `serial`, `timeouts`, `define` and the
/// protocol's own (docs/configuration.md), whose keys take the place of the profile's. What is wrong with
/// them is said of the file that they stand in. `find`: where a profile is that this one extends and that is
/// not beside it.
[[nodiscard]] Profile load(const std::string& path, Protocols protocols,
                           const std::optional<yaml::Node>& overrides = std::nullopt,
                           const FindProfile& find = {});
/// The same for text; `name` stands for the file in messages, and what it extends is beside that.
[[nodiscard]] Profile parse(const std::string& yaml, const std::string& name, Protocols protocols,
                            const std::optional<yaml::Node>& overrides = std::nullopt,
                            const FindProfile& find = {});

/// Which of the groups that are `demanded` of the board's identity ("model", "firmware") the profile's
/// `identify` can't say: a sentence for each, for the configuration's reader.
[[nodiscard]] std::vector<std::string> unanswerable(const Profile& profile,
                                                    const std::vector<std::string>& demanded);

/// `params` of a caller, completed with defaults and spelt as their schemas spell them (Schema::canonical).
/// Throws Error{bad_request} naming the parameter that is
/// missing, unknown (with the nearest), mistyped or out of range.
[[nodiscard]] nlohmann::json complete(const Request& request, const nlohmann::json& params);

/// What the board said, as the request's result. Throws Error{jig_protocol} naming the field that is not what
/// the profile declares.
[[nodiscard]] nlohmann::json to_result(const std::vector<Field>& fields, const Captures& captures);

/// The result of `request`, which is a part of `said`, the result of the one that it is from. Throws
/// Error{jig_protocol} when that has no such item.
[[nodiscard]] nlohmann::json part_of(const Request& request, const nlohmann::json& params,
                                     const nlohmann::json& said);

/// One value, both ways. from_wire throws Error{jig_protocol}; to_wire is for the simulator.
[[nodiscard]] nlohmann::json from_wire(const Field& field, const nlohmann::json& captured);
[[nodiscard]] std::string to_wire(const Field& field, const nlohmann::json& value);

/// What the board says of its no, for an error's details: `board_code`, a number where it is one, and
/// `board_text`; each where there is such a group.
[[nodiscard]] nlohmann::json refusal_details(const Captures& captures);
/// Whether the answer to a check says that nothing was refused.
[[nodiscard]] bool is_good(const Check& check, const Captures& answer);

/// The parameters that the body `command` carries by `form`, of one of the request's steps, for the
/// simulator; nullopt when it is not that command. A value that is not of its parameter's type stays text,
/// for the schema to refuse.
[[nodiscard]] std::optional<nlohmann::json> to_params(const Request& request, const StepForm& form,
                                                      std::string_view command);

/// The parameters whose values are shown nowhere.
[[nodiscard]] std::vector<std::string> secrets_of(const Request& request);

/// The values of the jig that JigStatus shows, by the base of their names: what JigStatus reads (every
/// request where the profile has none) and what requests set.
[[nodiscard]] std::set<std::string> shown_states(const Profile& profile);
/// The JSON Schema of JigStatus's `values`: each of shown_states(), null where it is not known.
[[nodiscard]] nlohmann::json values_schema(const Profile& profile);

/// JSON Schemas (draft 7) of a request's parameters and result, for JigCapabilities.
[[nodiscard]] nlohmann::json params_schema(const Request& request);
[[nodiscard]] nlohmann::json result_schema(const Request& request);

} // namespace jigd::profile
