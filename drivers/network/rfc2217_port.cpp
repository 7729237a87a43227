#include "drivers/network/rfc2217_port.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"

namespace jigd::drivers {

namespace {

/// For the few bytes of telnet's own; the network takes them at once or is stuck.
constexpr Milliseconds aside_timeout{500};

} // namespace

std::size_t Rfc2217Port::read_connection(std::span<char> into, Deadline deadline) {
    const auto got = telnet_.decode(into.first(connection_->read(into, deadline)));
    if (const auto replies = telnet_.take_replies(); !replies.empty()) {
        try {
            connection_->write(replies, Deadline::in(aside_timeout, now()));
        } catch (const Error& error) {
            // What it says is of these few bytes, and not of a command that waits for its answer.
            throw error.with(Executed::unknown);
        }
    }
    return got;
}

std::size_t Rfc2217Port::read(std::span<char> into, Deadline deadline) {
    for (;;) {
        const auto got = read_connection(into, deadline);
        (void)telnet_.take_messages(); // the answers to a purge, and reports that were not asked for
        if (got > 0 || deadline.passed(now())) {
            return got;
        }
    }
}

void Rfc2217Port::write(std::string_view bytes, Deadline deadline) {
    connection_->write(TelnetStream::escaped(bytes), deadline);
}

void Rfc2217Port::discard_input() {
    connection_->write(purge_received(), Deadline::in(aside_timeout, now()));
    std::array<char, 4096> rest;
    while (read_connection(rest, {now()}) > 0) {
    }
}

std::size_t Rfc2217Port::discard_output() {
    (void)connection_->discard_output();
    try {
        connection_->write(purge_unsent(), Deadline::in(aside_timeout, now()));
    } catch (const Error&) {
        // The connection is gone or was cut, which the next read says.
    }
    return 0;
}

void Rfc2217Port::set_up(const profile::Serial& settings, Deadline deadline) {
    connection_->write(telnet_.start(), deadline);
    agree(deadline);
    const auto wanted = line_settings(settings);
    auto commands = clean_start();
    for (const auto& setting : wanted) {
        commands += TelnetStream::com_port(setting.command, setting.value);
    }
    connection_->write(commands, deadline);
    confirm(wanted, deadline);
}

void Rfc2217Port::agree(Deadline deadline) {
    std::array<char, 1024> bytes;
    for (;;) {
        const auto com_port = telnet_.may_send(TelnetOption::com_port);
        const auto binary_out = telnet_.may_send(TelnetOption::binary);
        const auto binary_in = telnet_.receives(TelnetOption::binary);
        if (com_port == false || binary_out == false || binary_in == false) {
            throw Error(
                Code::jig_offline,
                fmt::format("{}: the server speaks telnet, but refuses {}; switch RFC 2217 on there, or "
                            "write tcp:// for a port without it",
                            path(), com_port == false ? "RFC 2217 (the COM-PORT option)" : "binary bytes"));
        }
        if (com_port && binary_out && binary_in) {
            return;
        }
        if (deadline.passed(now())) {
            throw Error(
                Code::jig_offline,
                fmt::format("{}: the server does not answer in telnet; write tcp:// if it gives the line's "
                            "bytes without RFC 2217, else switch that on there",
                            path()));
        }
        (void)read_connection(bytes, deadline);
    }
}

/// What the line says meanwhile is older than the setting of its speed, and means nothing.
void Rfc2217Port::confirm(std::vector<LineSetting> settings, Deadline deadline) {
    const auto must_be_confirmed = [](const LineSetting& setting) { return setting.must_be_confirmed; };
    std::array<char, 1024> bytes;
    for (;;) {
        for (const auto& message : telnet_.take_messages()) {
            apply(message, settings);
        }
        if (std::none_of(settings.begin(), settings.end(), must_be_confirmed)) {
            return;
        }
        if (deadline.passed(now())) {
            std::erase_if(settings, std::not_fn(must_be_confirmed));
            std::vector<std::string> missing;
            missing.reserve(settings.size());
            for (const auto& setting : settings) {
                missing.push_back(setting.what);
            }
            throw Error(Code::jig_offline,
                        fmt::format("{}: the server does not confirm {}; check the port's settings there",
                                    path(), fmt::join(missing, ", ")));
        }
        (void)read_connection(bytes, deadline);
    }
}

/// Takes what `message` confirms out of `settings`.
void Rfc2217Port::apply(const ComPortMessage& message, std::vector<LineSetting>& settings) const {
    const auto asked = std::find_if(settings.begin(), settings.end(), [&](const LineSetting& setting) {
        return setting.is_answered_by(message);
    });
    if (asked == settings.end()) {
        return;
    }
    if (!asked->is_met_by(message)) {
        const auto set = shown_value(message);
        throw Error(
            Code::jig_offline,
            fmt::format("{} can't do {}{}; correct the profile's `serial`, or the port's settings on the "
                        "server",
                        path(), asked->what, set.empty() ? "" : " (it set " + set + ")"));
    }
    settings.erase(asked);
}

} // namespace jigd::drivers
