#include "drivers/modbus_rtu/modbus_codec.hpp"

#include <chrono>
#include <utility>

#include "drivers/checksum.hpp"
#include "drivers/hex_text.hpp"
#include "drivers/modbus_rtu/modbus_finder.hpp"
#include "drivers/modbus_rtu/read_modbus_step.hpp"
#include "profile/profile.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

constexpr std::size_t min_frame = 4; ///< unit, function, checksum

/// Low byte first.
std::string checksum_of(std::string_view body) {
    const auto crc = crc16_modbus(body);
    return {static_cast<char>(crc & 0xFF), static_cast<char>(crc >> 8)};
}

/// Whether a command or an answer of the functions 01 to 06 can be so long.
bool is_whole(std::string_view body) {
    constexpr std::size_t command = 6; // and what repeats it
    constexpr std::size_t head = 3;    // of what was read: unit, function, number of bytes
    return body.size() == command ||
           (body.size() > head && body.size() == head + static_cast<unsigned char>(body[2]));
}

/// Documents show a frame with its checksum.
void take_checksum(std::string& bytes, const yaml::Node& node, yaml::Problems& problems) {
    const auto body = bytes.substr(0, bytes.size() - 2);
    const auto said = bytes.substr(body.size());
    const bool is_common = bytes[1] >= 0x01 && bytes[1] <= 0x06;
    if (said == checksum_of(body)) {
        bytes = body;
    } else if (is_common && is_whole(body) && !is_whole(bytes)) {
        problems.add(node.mark(), "'" + profile::cut(to_hex(bytes)) + "' has the checksum " + to_hex(said) +
                                      ", where " + to_hex(checksum_of(body)) +
                                      " is right; write that one, or leave it out");
    }
}

} // namespace

std::shared_ptr<const profile::Codec> ModbusCodec::read(const std::optional<yaml::Node>& section,
                                                        const profile::Serial& /*serial*/,
                                                        yaml::Problems& problems) {
    Options options;
    if (section) {
        yaml::MapReader reader(*section, "modbus", problems);
        options.unit = static_cast<std::uint8_t>(reader.integer_or("unit", options.unit, {1, 247}));
        options.echo = reader.bool_or("echo", options.echo);
        reader.finish();
    }
    return std::make_shared<ModbusCodec>(options);
}

std::shared_ptr<const profile::StepForm> ModbusCodec::read_step(yaml::MapReader& step,
                                                                yaml::Problems& problems) const {
    auto request = read_modbus_step(step, options_.unit, problems);
    return request ? std::make_shared<ModbusForm>(std::move(*request)) : nullptr;
}

std::shared_ptr<const profile::Matcher> ModbusCodec::read_match(const yaml::Node& match,
                                                                yaml::Problems& problems) const {
    problems.add(match.mark(),
                 "match: a Modbus device says nothing unasked, and jigd knows its exceptions; leave out "
                 "errors, events and noise");
    return nullptr;
}

std::shared_ptr<const profile::Matcher> ModbusCodec::read_banner(const yaml::Node& match,
                                                                 yaml::Problems& problems) const {
    return read_match(match, problems);
}

std::optional<std::string> ModbusCodec::read_body(const yaml::Node& node, yaml::Problems& problems) const {
    const auto text = yaml::read_string(node, problems);
    auto bytes = text ? from_hex(*text) : std::nullopt;
    if (text && !bytes) {
        problems.add(node.mark(),
                     "'" + profile::cut(*text) +
                         "' is not bytes in hexadecimal; write them as in \"01 05 00 00 FF 00\"");
    }
    if (bytes && bytes->size() >= min_frame) {
        take_checksum(*bytes, node, problems);
    }
    return bytes;
}

std::string ModbusCodec::capture_of(std::string_view name) const {
    const std::string called(name);
    return "as: " + called + ", or fields: {" + called + ": {at: 0}}, in the step that reads it";
}

void ModbusCodec::check(const profile::Profile& profile, const yaml::Node& root,
                        yaml::Problems& problems) const {
    for (const auto& [name, request] : profile.requests) {
        if (request.has_secrets()) {
            problems.add(root.find("requests")->find(name)->mark(),
                         "request '" + name + "' has a secret, which a Modbus device would repeat");
        }
    }
}

std::unique_ptr<profile::FrameFinder> ModbusCodec::finder(profile::Side side) const {
    return std::make_unique<ModbusFinder>(side, options_.echo && side == profile::Side::host);
}

std::string ModbusCodec::framed(std::string_view body) const {
    return std::string(body).append(checksum_of(body));
}

std::string ModbusCodec::refusal(std::string_view refusal, std::string_view command) const {
    if (refusal.size() != 1 || command.size() < 2) {
        return std::string(refusal);
    }
    std::string body(command.substr(0, 2));
    body[1] = static_cast<char>(static_cast<unsigned char>(body[1]) | 0x80U);
    return body.append(refusal);
}

std::string ModbusCodec::describe(std::string_view bytes) const {
    return to_hex(bytes);
}

/// 3.5 characters, and 1.75 ms above 19,200 baud (MODBUS over Serial Line 1.02, 2.5.1.1); behind a broadcast
/// the 100 ms that everybody may need to carry it out (2.4.1).
Duration ModbusCodec::rest_after(const profile::StepForm& step, const profile::Serial& serial) const {
    constexpr Milliseconds turnaround{100};
    const std::chrono::duration<double> characters(3.5 * 11 / serial.baud);
    const Duration silence = serial.baud > 19'200 ? std::chrono::microseconds(1750)
                                                  : std::chrono::duration_cast<Duration>(characters);
    return step.is_answered() ? silence : silence + turnaround;
}

std::optional<std::string> ModbusCodec::behind_echo(std::string_view body, std::string_view frame) const {
    return framed(body) == frame ? std::optional(std::string()) : std::nullopt;
}

std::string ModbusCodec::about_overlong() const {
    return "is longer than a frame of Modbus can be";
}

std::string ModbusCodec::about_partial() const {
    return "before the frame was whole and its checksum right; raise timeouts.gap, or check speed, parity "
           "and the cable";
}

} // namespace jigd::drivers
