#include "jigctl/arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>

#include "client/names.hpp"
#include "core/reply.hpp"
#include "core/url.hpp"

namespace jigd::jigctl {

namespace {

constexpr auto shortest_timeout = Milliseconds(1);
constexpr auto longest_timeout = Milliseconds(std::chrono::hours(24));
constexpr std::size_t longest_message_id = 255;

constexpr const char* call_footer =
    R"(A value that is JSON (1, true, 2.5, "1", [1,2]) is sent as that, any other as text.

Examples:
  jigctl call JIG-0001 JigStatus
  jigctl call JIG-0001 SetRelay channel=1 on=true --timeout 3s
  jigctl call JIG-0001 JigStatus --json | jq .result.values

Exit status:
  0  the reply is a result
  1  the reply is an error
  2  wrong usage
  3  no answer in time
  4  no connection to the broker
  5  nobody serves this jig)";

bool is_json(std::string_view text) {
    return nlohmann::json::accept(text);
}

nlohmann::json parse_value(const std::string& name, const std::string& text) {
    if (!is_json(text)) {
        nlohmann::json value = text;
        try {
            (void)value.dump();
        } catch (const nlohmann::json::exception&) {
            throw UsageError("the value of '" + name + "' is no UTF-8 text");
        }
        return value;
    }
    try {
        // The daemon refuses a body that is nested too deep; say so here, with the same words.
        return decode_body(R"({"value": )" + text + "}")["value"];
    } catch (const Error& error) {
        throw UsageError("the value of '" + name + "': " + error.what());
    }
}

void check_broker(const CallArguments& call) {
    const auto& tls = call.tls;
    if (tls.certificate_file.has_value() != tls.key_file.has_value()) {
        throw UsageError("a certificate and its key go together: --certificate-file (or "
                         "JIGCTL_CERTIFICATE_FILE) and --key-file (or JIGCTL_KEY_FILE)");
    }
    try {
        if (!parse_url(call.broker).tls && (tls.ca_file || tls.certificate_file)) {
            throw UsageError("the files of TLS (--ca-file, --certificate-file, --key-file, or JIGCTL_CA_FILE "
                             "and so on) are of no use to an amqp:// URL, which is not encrypted; write "
                             "--broker amqps://…");
        }
    } catch (const std::invalid_argument& error) {
        throw UsageError(std::string("the broker's URL (--broker or JIGCTL_BROKER) is wrong: ") +
                         error.what());
    }
}

void check(const CallArguments& call) {
    if (!client::is_serial(call.serial)) {
        throw UsageError("'" + call.serial +
                         "' is no serial of a jig: 1-64 letters, digits, _ or -, such as JIG-0001");
    }
    if (call.request.find('.') != std::string::npos) {
        throw UsageError(
            "'" + call.request +
            "' is no name of a request: it has a dot; write only the last part, such as JigStatus");
    }
    if (!client::is_request_name(call.request)) {
        throw UsageError(
            "'" + call.request +
            "' is no name of a request: 1-64 printable characters without spaces, such as JigStatus");
    }
    if (call.message_id.size() > longest_message_id) {
        throw UsageError("--id is longer than 255 bytes");
    }
    check_broker(call);
}

/// The options about the broker, each with its environment variable.
void add_broker_options(CLI::App& command, CallArguments& call) {
    command
        .add_option("--broker", call.broker,
                    "amqp://user:password@host:port/vhost, or amqps:// for TLS (default: the environment's "
                    "JIGCTL_BROKER, where a password is better hidden, else amqp://localhost)")
        ->option_text("URL");
    command
        .add_option("--password-file", call.password_file,
                    "Holds the password of a URL that carries none (default: JIGCTL_PASSWORD_FILE)")
        ->option_text("FILE");
    command
        .add_option("--ca-file", call.tls.ca_file,
                    "For amqps: the CAs one of which must have signed the broker's certificate, in PEM "
                    "(default: JIGCTL_CA_FILE, else the system's)")
        ->option_text("FILE");
    command
        .add_option("--certificate-file", call.tls.certificate_file,
                    "For amqps: your certificate, in PEM. It says who you are where the URL names no user "
                    "(default: JIGCTL_CERTIFICATE_FILE)")
        ->option_text("FILE");
    command
        .add_option("--key-file", call.tls.key_file,
                    "For amqps: the key of your certificate, in PEM (default: JIGCTL_KEY_FILE)")
        ->option_text("FILE");
}

/// Where the command line is silent, the environment speaks.
CallArguments defaults_from(const Environment& environment) {
    CallArguments call;
    call.broker = environment.broker.value_or("amqp://localhost");
    call.password_file = environment.password_file;
    call.tls = {.ca_file = environment.ca_file,
                .certificate_file = environment.certificate_file,
                .key_file = environment.key_file};
    return call;
}

} // namespace

nlohmann::json parse_params(const std::vector<std::string>& words) {
    auto params = nlohmann::json::object();
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) {
            const bool object = word.starts_with('{');
            throw UsageError("'" + word + "' is no parameter: write name=value, such as " +
                             (object || !client::is_request_name(word) ? "channel=1 on=true" : word + "=1"));
        }
        auto name = word.substr(0, equals);
        if (name.empty()) {
            throw UsageError("'" + word +
                             "' has no name before the '='; write name=value, such as channel=1");
        }
        auto value = parse_value(name, word.substr(equals + 1));
        if (!params.emplace(name, std::move(value)).second) {
            throw UsageError("the parameter '" + name + "' is given twice");
        }
    }
    return params;
}

Milliseconds parse_timeout(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, double>, 3> units{
        {{"ms", 1.0}, {"s", 1000.0}, {"m", 60'000.0}}};
    double number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
    const auto* const unit =
        std::find_if(units.begin(), units.end(), [suffix](const auto& each) { return each.first == suffix; });
    if (error != std::errc{} || unit == units.end() || !std::isfinite(number)) {
        throw UsageError("'" + std::string(text) +
                         "' is no timeout: write a number and its unit, ms, s or m, "
                         "such as 500ms, 1.5s or 2m");
    }
    const double milliseconds = std::round(number * unit->second);
    if (milliseconds < static_cast<double>(shortest_timeout.count()) ||
        milliseconds > static_cast<double>(longest_timeout.count())) {
        throw UsageError("the timeout '" + std::string(text) + "' is not between 1ms and 24 hours (1440m)");
    }
    return Milliseconds(static_cast<Milliseconds::rep>(milliseconds));
}

Command parse_arguments(const std::vector<std::string>& words, const Environment& environment) {
    auto call = defaults_from(environment);
    std::string timeout = "1s";
    std::vector<std::string> params;

    CLI::App program("Asks test jigs, through the AMQP broker that their jigd is connected to.", "jigctl");
    program.set_version_flag("--version", "jigctl " JIGD_VERSION);
    program.require_subcommand(1);
    program.footer("jigctl COMMAND --help explains a command.");
    auto* command = program.add_subcommand("call", "Ask a jig for something, and show its answer");
    command->footer(call_footer);
    command->add_option("SERIAL", call.serial, "The jig's serial, such as JIG-0001")
        ->required()
        ->option_text(" ");
    command->add_option("REQUEST", call.request, "What to ask for, such as JigStatus or JigCapabilities")
        ->required()
        ->option_text(" ");
    command->add_option("PARAMETERS", params, "Parameters of the request, each name=value")
        ->option_text("...");
    command->add_option("--timeout", timeout, "How long to wait for an answer: 500ms, 1s, 2m (default: 1s)")
        ->option_text("TIME");
    add_broker_options(*command, call);
    command
        ->add_option("--id", call.message_id,
                     "Message id: a set or pulse with the id of an earlier one gets its outcome and is not "
                     "carried out again; in the jig's journal it is REQUEST_ID")
        ->option_text("ID");
    command->add_flag("--json", call.json, "Print the reply as it came, as one line of JSON");

    try {
        // CLI11 takes the words from the back.
        program.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream problem;
        if (program.exit(error, out, problem) == 0) {
            return Information{out.str()};
        }
        throw UsageError(error.what());
    }
    call.params = parse_params(params);
    call.timeout = parse_timeout(timeout);
    check(call);
    if (call.tls.certificate_file && !names_user(call.broker)) {
        call.authentication = Authentication::external;
    }
    return call;
}

} // namespace jigd::jigctl
