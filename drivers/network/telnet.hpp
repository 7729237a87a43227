#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Telnet as RFC 2217 needs it: the client's end. Pure.
namespace jigd::drivers {

/// Options of telnet that are of use here.
enum class TelnetOption : std::uint8_t {
    binary = 0,            ///< RFC 856: bytes as they are
    suppress_go_ahead = 3, ///< RFC 858
    com_port = 44,         ///< RFC 2217: the line's settings
};

/// What the server says inside of the COM-PORT option.
struct ComPortMessage {
    std::uint8_t command = 0;
    std::string value; ///< bytes, IAC not doubled
};

/// Takes telnet's commands out of the bytes that come in, in any portions, and knows what was agreed.
/// Memory is bounded, whatever comes.
class TelnetStream {
  public:
    /// What this side says first: it offers COM-PORT, and asks for bytes as they are in both directions.
    [[nodiscard]] std::string start();
    /// Leaves only the line's own bytes, at the front of `bytes`. Returns how many they are.
    [[nodiscard]] std::size_t decode(std::span<char> bytes);
    /// What the server is to be answered; empty when it asked for nothing new.
    [[nodiscard]] std::string take_replies();
    [[nodiscard]] std::vector<ComPortMessage> take_messages();

    /// Whether the server takes `option` from this side; nullopt as long as it has not answered.
    [[nodiscard]] std::optional<bool> may_send(TelnetOption option) const;
    /// Whether the server itself uses it.
    [[nodiscard]] std::optional<bool> receives(TelnetOption option) const;

    /// The line's own bytes as they go out: each IAC (255) doubled.
    [[nodiscard]] static std::string escaped(std::string_view bytes);
    /// A COM-PORT command as it goes out.
    [[nodiscard]] static std::string com_port(std::uint8_t command, std::string_view value);

  private:
    enum class State {
        data,
        command,           ///< behind IAC
        option,            ///< behind IAC and WILL, WONT, DO or DONT
        subnegotiation,    ///< behind IAC SB
        subnegotiation_iac ///< behind an IAC inside of one
    };

    /// True when `byte` is one of the line's own.
    [[nodiscard]] bool is_data(std::uint8_t byte);
    void take_option(std::uint8_t option);
    void take_subnegotiation();

    State state_ = State::data;
    std::uint8_t verb_ = 0;
    std::string inside_; ///< of a subnegotiation
    std::string replies_;
    std::vector<ComPortMessage> messages_;
    std::map<std::uint8_t, std::optional<bool>> ours_;   ///< that this side offered → the answer
    std::map<std::uint8_t, std::optional<bool>> theirs_; ///< that the server was asked for → the answer
};

} // namespace jigd::drivers
