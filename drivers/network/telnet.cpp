#include "drivers/network/telnet.hpp"

#include <utility>

namespace jigd::drivers {

namespace {

// RFC 854
constexpr std::uint8_t end_of_subnegotiation = 240;
constexpr std::uint8_t begin_of_subnegotiation = 250;
constexpr std::uint8_t will = 251;
constexpr std::uint8_t wont = 252;
constexpr std::uint8_t do_it = 253;
constexpr std::uint8_t dont = 254;
constexpr std::uint8_t iac = 255;

/// The longest that RFC 2217 knows is a signature, which nobody asks for here.
constexpr std::size_t max_subnegotiation = 1024;
constexpr std::size_t max_messages = 64;
constexpr std::size_t max_replies = 1024;

constexpr auto com_port_option = static_cast<std::uint8_t>(TelnetOption::com_port);

std::string bytes_of(std::initializer_list<std::uint8_t> bytes) {
    std::string text;
    for (const auto byte : bytes) {
        text += static_cast<char>(byte);
    }
    return text;
}

std::optional<bool> answer_in(const std::map<std::uint8_t, std::optional<bool>>& options,
                              TelnetOption option) {
    const auto found = options.find(static_cast<std::uint8_t>(option));
    return found == options.end() ? std::nullopt : found->second;
}

} // namespace

std::string TelnetStream::start() {
    std::string text;
    for (const auto option :
         {TelnetOption::com_port, TelnetOption::binary, TelnetOption::suppress_go_ahead}) {
        const auto number = static_cast<std::uint8_t>(option);
        ours_[number] = std::nullopt;
        text += bytes_of({iac, will, number});
        if (option != TelnetOption::com_port) {
            theirs_[number] = std::nullopt;
            text += bytes_of({iac, do_it, number});
        }
    }
    return text;
}

std::size_t TelnetStream::decode(std::span<char> bytes) {
    std::size_t kept = 0;
    for (const auto byte : bytes) {
        if (is_data(static_cast<std::uint8_t>(byte))) {
            bytes[kept++] = byte;
        }
    }
    return kept;
}

bool TelnetStream::is_data(std::uint8_t byte) {
    switch (state_) {
    case State::data:
        state_ = byte == iac ? State::command : State::data;
        return byte != iac;
    case State::command:
        verb_ = byte;
        inside_.clear();
        if (byte >= will && byte <= dont) {
            state_ = State::option;
        } else {
            state_ = byte == begin_of_subnegotiation ? State::subnegotiation : State::data;
        }
        return byte == iac;
    case State::option:
        state_ = State::data;
        take_option(byte);
        return false;
    case State::subnegotiation:
        if (byte == iac) {
            state_ = State::subnegotiation_iac;
        } else if (inside_.size() < max_subnegotiation) {
            inside_ += static_cast<char>(byte);
        }
        return false;
    case State::subnegotiation_iac:
        state_ = byte == end_of_subnegotiation ? State::data : State::subnegotiation;
        if (byte == end_of_subnegotiation) {
            take_subnegotiation();
        } else if (byte == iac && inside_.size() < max_subnegotiation) {
            inside_ += static_cast<char>(byte);
        }
        return false;
    }
    return false;
}

/// What was offered or asked for is answered by this; anything else is refused. Answers are given to changes
/// only, or the two sides would never stop (RFC 1143).
void TelnetStream::take_option(std::uint8_t option) {
    const bool is_about_us = verb_ == do_it || verb_ == dont;
    const bool is_yes = verb_ == do_it || verb_ == will;
    auto& known = is_about_us ? ours_ : theirs_;
    if (const auto found = known.find(option); found != known.end()) {
        found->second = is_yes;
    } else if (is_yes && replies_.size() < max_replies) {
        replies_ += bytes_of({iac, is_about_us ? wont : dont, option});
    }
}

void TelnetStream::take_subnegotiation() {
    if (inside_.size() >= 2 && static_cast<std::uint8_t>(inside_[0]) == com_port_option &&
        messages_.size() < max_messages) {
        messages_.push_back({.command = static_cast<std::uint8_t>(inside_[1]), .value = inside_.substr(2)});
    }
}

std::string TelnetStream::take_replies() {
    return std::exchange(replies_, {});
}

std::vector<ComPortMessage> TelnetStream::take_messages() {
    return std::exchange(messages_, {});
}

std::optional<bool> TelnetStream::may_send(TelnetOption option) const {
    return answer_in(ours_, option);
}

std::optional<bool> TelnetStream::receives(TelnetOption option) const {
    return answer_in(theirs_, option);
}

std::string TelnetStream::escaped(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const auto byte : bytes) {
        text += byte;
        if (static_cast<std::uint8_t>(byte) == iac) {
            text += byte;
        }
    }
    return text;
}

std::string TelnetStream::com_port(std::uint8_t command, std::string_view value) {
    return bytes_of({iac, begin_of_subnegotiation, com_port_option, command}) + escaped(value) +
           bytes_of({iac, end_of_subnegotiation});
}

} // namespace jigd::drivers
