#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/deadline.hpp"

/// What the chaotic board speaks. Each dialect has the same four commands: who are you; the value of a
/// number; the current reading; carry this number out. No answer repeats what was asked, so nothing in it
/// tells whose it is. The bytes are put together here, by hand, and never by the code under test.
namespace jigd::test {

struct ChaoticCommand {
    enum class Kind { identify, get, now, set };
    Kind kind{};
    int number = 0;      ///< of get and set
    std::string frame;   ///< as it came
    std::size_t tag = 0; ///< which answers to it carry, where they carry one
};

class Dialect {
  public:
    Dialect() = default;
    Dialect(const Dialect&) = delete;
    Dialect& operator=(const Dialect&) = delete;
    virtual ~Dialect() = default;

    /// The profile that describes it to the host.
    [[nodiscard]] virtual std::string profile(bool echo, Milliseconds reply, Milliseconds gap) const = 0;
    /// Takes the first whole command out of `heard`, and what stands before it.
    [[nodiscard]] virtual std::optional<ChaoticCommand> take(std::string& heard) const = 0;
    /// `word` is what it tells; "" for a command that is only carried out.
    [[nodiscard]] virtual std::string answer(const ChaoticCommand& command,
                                             const std::string& word) const = 0;
    [[nodiscard]] virtual std::string refusal(const ChaoticCommand& command) const = 0;
    [[nodiscard]] virtual bool can_echo() const { return true; }
    /// The line repeats what was sent, in one of its ways.
    [[nodiscard]] virtual std::string echo(const ChaoticCommand& command, bool /*other_way*/) const {
        return command.frame;
    }
    /// What comes unasked, and is no answer.
    [[nodiscard]] virtual std::string event(int number) const = 0;
    /// What a restarted board says; "" when it says nothing.
    [[nodiscard]] virtual std::string banner() const = 0;
    [[nodiscard]] virtual std::string end() const { return ""; }
    [[nodiscard]] virtual std::string prompt() const { return ""; }
    /// Whether its refusal means that the command is to be sent again.
    [[nodiscard]] virtual bool asks_again() const { return false; }
    /// Whether a damaged answer can be told from a true one.
    [[nodiscard]] virtual bool has_checksum() const { return true; }
    /// A byte that makes an answer all by itself, together with an end.
    [[nodiscard]] virtual char forbidden_in_noise() const { return '\0'; }
};

/// ID? → ID CHAOS <word> 1.0;  GET <n> → VALUE <word>;  NOW? → <word>;  SET <n> → OK
class LineDialect final : public Dialect {
  public:
    [[nodiscard]] std::string profile(bool echo, Milliseconds reply, Milliseconds gap) const override {
        return fmt::format(R"(
spec: 1
name: chaos
driver: line
line: {{send_end: "\n", reply_end: "\r\n", echo: {}}}
timeouts: {{reply: {}ms, gap: {}ms}}
identify: {{send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: "ID CHAOS 1 1.0"}}
errors: [{{match: '^ERR (?P<code>\d+) (?P<text>.*)$'}}]
events: [{{name: Happened, match: '^!EVENT (?P<number>\d+)$', values: {{number: {{type: integer}}}}}}]
noise: [{{match: '^> $'}}, {{match: 'boot: ready', restart: true}}]
requests:
  Get:
    kind: read
    params: {{number: {{type: integer}}}}
    steps: [{{send: "GET {{number}}", match: '^VALUE (?P<value>[0-9a-f]{{8}})$'}}]
    result: {{value: {{type: string}}}}
  Now:
    kind: read
    steps: [{{send: "NOW?", match: '^(?P<reading>[0-9a-f]{{10}})$'}}]
    result: {{reading: {{type: string}}}}
  Set:
    kind: set
    params: {{number: {{type: integer}}}}
    steps: [{{send: "SET {{number}}", match: '^OK$'}}]
)",
                           echo, reply.count(), gap.count());
    }

    [[nodiscard]] std::optional<ChaoticCommand> take(std::string& heard) const override {
        const auto length = heard.find('\n');
        if (length == std::string::npos) {
            return std::nullopt;
        }
        const auto line = heard.substr(0, length);
        heard.erase(0, length + 1);
        using Kind = ChaoticCommand::Kind;
        if (line == "ID?" || line == "NOW?") {
            return ChaoticCommand{.kind = line == "ID?" ? Kind::identify : Kind::now, .frame = line};
        }
        return ChaoticCommand{.kind = line.starts_with("GET ") ? Kind::get : Kind::set,
                              .number = std::stoi(line.substr(4)),
                              .frame = line};
    }

    [[nodiscard]] std::string answer(const ChaoticCommand& command, const std::string& word) const override {
        switch (command.kind) {
        case ChaoticCommand::Kind::identify:
            return "ID CHAOS " + word + " 1.0" + end();
        case ChaoticCommand::Kind::get:
            return "VALUE " + word + end();
        case ChaoticCommand::Kind::now:
            return word + end();
        default:
            return "OK" + end();
        }
    }
    [[nodiscard]] std::string refusal(const ChaoticCommand&) const override {
        return "ERR 12 not today" + end();
    }
    [[nodiscard]] std::string echo(const ChaoticCommand& command, bool other_way) const override {
        return command.frame + (other_way ? "\r\n" : "\n");
    }
    [[nodiscard]] std::string event(int number) const override {
        return "!EVENT " + std::to_string(number) + end();
    }
    [[nodiscard]] std::string banner() const override { return "boot: ready" + end(); }
    [[nodiscard]] std::string end() const override { return "\r\n"; }
    [[nodiscard]] std::string prompt() const override { return "> "; }
    [[nodiscard]] bool has_checksum() const override { return false; }
    [[nodiscard]] char forbidden_in_noise() const override { return 'K'; }
};

/// The CRC of Modbus (MODBUS over serial line 1.02, section 6.2.2), bit by bit; the low byte goes first.
[[nodiscard]] inline std::string with_modbus_crc(std::string bytes) {
    unsigned crc = 0xFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
        }
    }
    bytes += static_cast<char>(crc & 0xFFU);
    bytes += static_cast<char>(crc >> 8U);
    return bytes;
}
[[nodiscard]] inline unsigned byte_at(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes.at(index));
}
[[nodiscard]] inline int big_endian_at(std::string_view bytes, std::size_t index) {
    return static_cast<int>((byte_at(bytes, index) << 8U) | byte_at(bytes, index + 1));
}
/// These bytes of `bytes`, each a number; for what no string can be written for.
[[nodiscard]] inline std::string bytes_of(std::initializer_list<int> bytes) {
    std::string text;
    for (const int byte : bytes) {
        text += static_cast<char>(byte);
    }
    return text;
}

/// Words are texts in registers: input n has the value of n, holding 0x7000 the name, 0x7100 the reading.
/// What is carried out is a coil that is set. Unit 2 is on the same line, and what it says looks like our
/// answers.
class ModbusDialect final : public Dialect {
  public:
    [[nodiscard]] std::string profile(bool echo, Milliseconds reply, Milliseconds gap) const override {
        return fmt::format(R"(
spec: 1
name: chaos
driver: modbus_rtu
modbus: {{unit: 1, echo: {}}}
timeouts: {{reply: {}ms, gap: {}ms}}
identify: {{read: {{holding: 0x7000, count: 4}}, fields: {{serial: {{at: 0, type: text, length: 4}}}}}}
requests:
  Get:
    kind: read
    params: {{number: {{type: integer, minimum: 0, maximum: 65000}}}}
    steps: [{{read: {{input: "{{number}}", count: 4}}, fields: {{value: {{at: 0, type: text, length: 4}}}}}}]
    result: {{value: {{type: string}}}}
  Now:
    kind: read
    steps: [{{read: {{holding: 0x7100, count: 5}}, fields: {{reading: {{at: 0, type: text, length: 5}}}}}}]
    result: {{reading: {{type: string}}}}
  Set:
    kind: set
    params: {{number: {{type: integer, minimum: 0, maximum: 65535}}}}
    steps: [{{write: {{coil: "{{number}}", value: 0xFF00}}}}]
)",
                           echo, reply.count(), gap.count());
    }

    [[nodiscard]] std::optional<ChaoticCommand> take(std::string& heard) const override {
        // Each command of this profile is of eight bytes.
        constexpr std::size_t size = 8;
        while (heard.size() >= size && heard.substr(0, size) != with_modbus_crc(heard.substr(0, size - 2))) {
            heard.erase(0, 1);
        }
        if (heard.size() < size) {
            return std::nullopt;
        }
        ChaoticCommand command{.number = big_endian_at(heard, 2), .frame = heard.substr(0, size)};
        heard.erase(0, size);
        using Kind = ChaoticCommand::Kind;
        switch (byte_at(command.frame, 1)) {
        case 3:
            command.kind = command.number == 0x7000 ? Kind::identify : Kind::now;
            break;
        case 4:
            command.kind = Kind::get;
            break;
        default:
            command.kind = Kind::set;
        }
        return command;
    }

    [[nodiscard]] std::string answer(const ChaoticCommand& command, const std::string& word) const override {
        if (command.kind == ChaoticCommand::Kind::set) {
            return command.frame;
        }
        const auto size = command.kind == ChaoticCommand::Kind::now ? 10U : 8U;
        auto text = word;
        text.resize(size, '\0');
        return with_modbus_crc(command.frame.substr(0, 2) + static_cast<char>(size) + text);
    }
    [[nodiscard]] std::string refusal(const ChaoticCommand& command) const override {
        return with_modbus_crc(
            bytes_of({1, static_cast<int>(byte_at(command.frame, 1) | 0x80U), 4})); // server device failure
    }
    [[nodiscard]] std::string event(int number) const override {
        return with_modbus_crc(bytes_of({2, 4, 8}) + fmt::format("{:08}", number));
    }
    [[nodiscard]] std::string banner() const override { return ""; }
};

/// Frames of AA, length, body and checksum; where `numbered`, each carries the number of the command that it
/// answers (0 for what comes unasked); where `escaped`, 7D stands in front of each 7D and AA within, whose
/// bit 5 is inverted.
///
///     49 → 49 <8 characters>;  47 <n:u16> → 56 <8 characters>;  4E → 4E <10 characters>;  53 <n:u16> → 4F;
///     refused, and to be sent again: FF 0C
class BinaryDialect final : public Dialect {
  public:
    explicit BinaryDialect(bool numbered, bool escaped = false) : numbered_(numbered), escaped_(escaped) {}

    [[nodiscard]] bool can_echo() const override { return false; }
    [[nodiscard]] bool asks_again() const override { return true; }
    [[nodiscard]] std::string profile(bool /*echo*/, Milliseconds reply, Milliseconds gap) const override {
        return fmt::format(R"(
spec: 1
name: chaos
driver: binary
binary:
  frame: ["AA", {{length: u8, of: [{}body]}}, {} body,
          {{checksum: crc16_modbus, of: [length, {}body], order: little}}]
{}
timeouts: {{reply: {}ms, gap: {}ms}}
identify: {{send: "49", match: "49 {{serial:ascii 8}}", example: "49 31 32 33 34 35 36 37 38"}}
errors: [{{match: "FF {{code:u8}}", again: true}}]
events: [{{name: Happened, match: "C0 {{number:u8}}", values: {{number: {{type: integer}}}}}}]
noise: [{{match: "42 4F 4F 54", restart: true}}]
requests:
  Get:
    kind: read
    params: {{number: {{type: integer, minimum: 0, maximum: 65535}}}}
    steps: [{{send: "47 {{number:u16}}", match: "56 {{value:ascii 8}}"}}]
    result: {{value: {{type: string}}}}
  Now:
    kind: read
    steps: [{{send: "4E", match: "4E {{reading:ascii 10}}"}}]
    result: {{reading: {{type: string}}}}
  Set:
    kind: set
    params: {{number: {{type: integer, minimum: 0, maximum: 65535}}}}
    steps: [{{send: "53 {{number:u16}}", match: "4F"}}]
)",
                           numbered_ ? "sequence, " : "",
                           numbered_ ? "{sequence: u8, first: 1, last: 255, unasked: 0}," : "",
                           numbered_ ? "sequence, " : "",
                           escaped_ ? "  stuffing: {escape: \"7D\", xor: \"20\", of: [\"AA\", \"7D\"]}" : "",
                           reply.count(), gap.count());
    }

    [[nodiscard]] std::optional<ChaoticCommand> take(std::string& heard) const override {
        for (; !heard.empty(); heard.erase(0, 1)) {
            if (heard.front() != '\xAA') {
                continue;
            }
            const auto plain = escaped_ ? unescaped(heard) : heard;
            const auto size = plain.size() > 1 ? byte_at(plain, 1) + 4U : plain.size() + 1;
            if (plain.size() < size) {
                return std::nullopt;
            }
            const auto content = plain.substr(2, size - 4);
            if (heard.starts_with(frame_of(content))) {
                heard.erase(0, frame_of(content).size());
                return parse(frame_of(content), content);
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string answer(const ChaoticCommand& command, const std::string& word) const override {
        auto text = word;
        switch (command.kind) {
        case ChaoticCommand::Kind::identify:
            text.resize(8, '\0');
            return say(command.tag, 'I' + text);
        case ChaoticCommand::Kind::get:
            return say(command.tag, 'V' + text);
        case ChaoticCommand::Kind::now:
            return say(command.tag, 'N' + text);
        default:
            return say(command.tag, "O");
        }
    }
    [[nodiscard]] std::string refusal(const ChaoticCommand& command) const override {
        return say(command.tag, "\xFF\x0C");
    }
    [[nodiscard]] std::string event(int number) const override { return say(0, bytes_of({0xC0, number})); }
    [[nodiscard]] std::string banner() const override { return say(0, "BOOT"); }

  private:
    [[nodiscard]] std::string frame_of(const std::string& content) const {
        const auto size = bytes_of({static_cast<int>(content.size())});
        std::string frame("\xAA");
        for (const char byte : with_modbus_crc(size + content)) {
            if (escaped_ && (byte == '\x7D' || byte == '\xAA')) {
                frame += '\x7D';
                frame += byte == '\x7D' ? '\x5D' : '\x8A';
            } else {
                frame += byte;
            }
        }
        return frame;
    }
    [[nodiscard]] static std::string unescaped(const std::string& heard) {
        std::string plain;
        for (std::size_t place = 0; place < heard.size(); ++place) {
            const bool is_escape = heard[place] == '\x7D' && place + 1 < heard.size();
            plain += is_escape ? bytes_of({static_cast<int>(byte_at(heard, ++place) ^ 0x20U)})
                               : heard.substr(place, 1);
        }
        return plain;
    }
    [[nodiscard]] std::string say(std::size_t tag, const std::string& body) const {
        return frame_of(numbered_ ? bytes_of({static_cast<int>(tag)}) + body : body);
    }
    [[nodiscard]] ChaoticCommand parse(const std::string& frame, const std::string& content) const {
        using Kind = ChaoticCommand::Kind;
        const auto body = numbered_ ? content.substr(1) : content;
        const auto kind = body.front() == 'I'   ? Kind::identify
                          : body.front() == 'G' ? Kind::get
                          : body.front() == 'N' ? Kind::now
                                                : Kind::set;
        return {.kind = kind,
                .number = body.size() > 2 ? big_endian_at(body, 1) : 0,
                .frame = frame,
                .tag = numbered_ ? byte_at(content, 0) : 0U};
    }

    const bool numbered_;
    const bool escaped_;
};

} // namespace jigd::test
