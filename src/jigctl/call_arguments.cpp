#include "jigctl/call_arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <CLI/CLI.hpp>

#include "client/names.hpp"
#include "core/reply.hpp"
#include "core/url.hpp"

namespace jigd::jigctl {

namespace {

constexpr auto min_timeout = Milliseconds(1);
constexpr auto max_timeout = Milliseconds(std::chrono::hours(24));
constexpr std::size_t max_message_id = 255;

constexpr const char* call_footer =
    R"(A value that is JSON (1, true, 2.5, "1", [1,2]) is sent as that, any other as text.
The serial _all asks every jig and prints a line for each answer that comes within --timeout. Options may also
stand before the command. Nothing is ever asked a second time.

Examples:
  jigctl call JIG-0001 JigStatus
  jigctl call JIG-0001 SetRelay channel=1 on=true --timeout 3s
  jigctl call JIG-0001 JigStatus --json | jq .result.values
  jigctl call _all JigIdentity

Exit status:
  0  the reply is a result (of _all: each reply)
  1  the reply is an error (busy, jig_refused, superseded, …)
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
            throw UsageError("the value of '" + name + "' is not UTF-8 text");
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

Url url_of(const CallArguments& call) {
    try {
        return parse_url(call.broker);
    } catch (const std::invalid_argument& error) {
        throw UsageError(std::string("the broker's URL (--broker or JIGCTL_BROKER) is wrong: ") +
                         error.what());
    }
}

/// The files of TLS: for amqps:// what the command line leaves out comes from the environment. That is set
/// for other brokers, too, so an amqp:// URL ignores it, and only files on the command line are refused.
void complete_tls(CallArguments& call, const Environment& environment) {
    auto& tls = call.tls;
    if (!url_of(call).tls) {
        if (tls.ca_file || tls.certificate_file || tls.key_file) {
            throw UsageError(
                "--ca-file, --certificate-file and --key-file are for amqps://; an amqp:// URL is not "
                "encrypted: write --broker amqps://… or leave them out");
        }
        return;
    }
    const auto complete = [](std::optional<std::string>& file, const std::optional<std::string>& fallback) {
        if (!file) {
            file = fallback;
        }
    };
    complete(tls.ca_file, environment.ca_file);
    complete(tls.certificate_file, environment.certificate_file);
    complete(tls.key_file, environment.key_file);
    if (tls.certificate_file.has_value() != tls.key_file.has_value()) {
        throw UsageError("a certificate and its key go together: --certificate-file (or "
                         "JIGCTL_CERTIFICATE_FILE) and --key-file (or JIGCTL_KEY_FILE)");
    }
    if (tls.certificate_file && !names_user(call.broker)) {
        call.authentication = Authentication::external;
    }
}

void check(const CallArguments& call) {
    if (!client::is_serial(call.serial)) {
        throw UsageError("'" + call.serial +
                         "' is not a jig's serial: 1-64 letters, digits, _ or -, such as JIG-0001");
    }
    if (call.request.find('.') != std::string::npos) {
        throw UsageError(
            "'" + call.request +
            "' is not a request's name: it has a dot; write only the last part, such as JigStatus");
    }
    if (!client::is_request_name(call.request)) {
        throw UsageError(
            "'" + call.request +
            "' is not a request's name: 1-64 printable characters without spaces, such as JigStatus");
    }
    if (call.message_id.size() > max_message_id) {
        throw UsageError("--id is longer than 255 bytes");
    }
}

} // namespace

nlohmann::json parse_params(const std::vector<std::string>& words) {
    auto params = nlohmann::json::object();
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) {
            const bool object = word.starts_with('{');
            throw UsageError("'" + word + "' is not a parameter: write name=value, such as " +
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
                         "' is not a timeout: write a number and its unit, ms, s or m, "
                         "such as 500ms, 1.5s or 2m");
    }
    const double milliseconds = std::round(number * unit->second);
    if (milliseconds < static_cast<double>(min_timeout.count()) ||
        milliseconds > static_cast<double>(max_timeout.count())) {
        throw UsageError("the timeout '" + std::string(text) + "' is not between 1ms and 24 hours (1440m)");
    }
    return Milliseconds(static_cast<Milliseconds::rep>(milliseconds));
}

CallParser::CallParser(Environment environment) : environment_(std::move(environment)) {
    call_.broker = environment_.broker.value_or("amqp://localhost");
    call_.password_file = environment_.password_file;
}

void CallParser::declare(CLI::App& parser) {
    parser.footer(call_footer);
    parser.add_option("SERIAL", call_.serial, "The jig's serial, such as JIG-0001, or _all: every jig")
        ->required()
        ->option_text(" ");
    parser.add_option("REQUEST", call_.request, "What to ask for, such as JigStatus or JigCapabilities")
        ->required()
        ->option_text(" ");
    parser.add_option("PARAMETERS", params_, "Parameters of the request, each name=value")
        ->option_text("...");
    declare_options(parser);
}

void CallParser::declare_options(CLI::App& parser) {
    parser.add_option("--timeout", timeout_, "How long to wait for an answer: 500ms, 1s, 2m (default: 1s)")
        ->option_text("TIME");
    parser
        .add_option("--broker", call_.broker,
                    "amqp://user:password@host:port/vhost, or amqps:// for TLS (default: the environment's "
                    "JIGCTL_BROKER, where a password is better hidden, else amqp://localhost)")
        ->option_text("URL");
    parser
        .add_option("--password-file", call_.password_file,
                    "Holds the password of a URL that carries none (default: JIGCTL_PASSWORD_FILE)")
        ->option_text("FILE");
    parser
        .add_option("--ca-file", call_.tls.ca_file,
                    "For amqps: the CAs one of which must have signed the broker's certificate, in PEM "
                    "(default: JIGCTL_CA_FILE, else the system's)")
        ->option_text("FILE");
    parser
        .add_option("--certificate-file", call_.tls.certificate_file,
                    "For amqps: your certificate, in PEM. It says who you are where the URL names no user "
                    "(default: JIGCTL_CERTIFICATE_FILE)")
        ->option_text("FILE");
    parser
        .add_option("--key-file", call_.tls.key_file,
                    "For amqps: the key of your certificate, in PEM (default: JIGCTL_KEY_FILE)")
        ->option_text("FILE");
    parser
        .add_option("--id", call_.message_id,
                    "Message id: a set or pulse with the id of an earlier one gets its outcome and is not "
                    "carried out again; in the jig's journal it is REQUEST_ID")
        ->option_text("ID");
    parser.add_flag("--json", call_.json, "Print the reply as it came, as one line of JSON");
}

CallArguments CallParser::finish() {
    auto call = call_;
    call.params = parse_params(params_);
    call.timeout = parse_timeout(timeout_);
    check(call);
    complete_tls(call, environment_);
    return call;
}

} // namespace jigd::jigctl
