#include "drivers/modbus_rtu/modbus_form.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "drivers/checksum.hpp"
#include "drivers/hex_text.hpp"

namespace jigd::drivers {

namespace {

// MODBUS Application Protocol 1.1b3, section 6.
constexpr std::uint8_t read_input_registers = 0x04;
constexpr std::uint8_t write_coil = 0x05;
constexpr std::uint8_t write_register = 0x06;
constexpr std::uint8_t write_coils = 0x0F;
constexpr std::uint8_t write_registers = 0x10;
constexpr std::uint8_t report_server_id = 0x11;
constexpr std::uint8_t exception_bit = 0x80;
constexpr std::int64_t coil_on = 0xFF00;
/// Unit, function, address, and value or count.
constexpr std::size_t head_size = 6;

std::uint8_t byte_at(std::string_view bytes, std::size_t place) {
    return static_cast<std::uint8_t>(bytes[place]);
}

std::int64_t word_at(std::string_view bytes, std::size_t place) {
    return byte_at(bytes, place) << 8 | byte_at(bytes, place + 1);
}

void append_byte(std::string& bytes, std::int64_t value) {
    bytes += static_cast<char>(value);
}

void append_word(std::string& bytes, std::int64_t value) {
    append_byte(bytes, value >> 8);
    append_byte(bytes, value);
}

/// Section 7.
std::string_view exception_name(std::uint8_t code) {
    constexpr std::array<std::pair<int, std::string_view>, 9> names = {
        {{1, "illegal function"},
         {2, "illegal data address"},
         {3, "illegal data value"},
         {4, "server device failure"},
         {5, "acknowledge"},
         {6, "server device busy"},
         {8, "memory parity error"},
         {10, "gateway path unavailable"},
         {11, "gateway target device failed to respond"}}};
    const auto* found =
        std::find_if(names.begin(), names.end(), [&](const auto& each) { return each.first == code; });
    return found == names.end() ? "an exception that the standard does not name" : found->second;
}

/// A value as spelt() or the simulated board spells it.
nlohmann::json json_of(const std::string& text) {
    auto value = nlohmann::json::parse(text, nullptr, false);
    return value.is_discarded() ? nlohmann::json(text) : value;
}

/// Whether the device may still carry it out, or has: what it acknowledges, and what a gateway has passed on.
bool may_be_carried_out(std::uint8_t code) {
    return code == 5 || code == 11;
}

} // namespace

std::vector<std::string> ModbusForm::params() const {
    std::vector<std::string> names;
    const auto add = [&names](const profile::Amount& amount) {
        if (!amount.name().empty()) {
            names.push_back(amount.name());
        }
    };
    add(request_.address);
    std::for_each(request_.values.begin(), request_.values.end(), add);
    return names;
}

const profile::Words* ModbusForm::words(const std::string& param) const {
    for (const auto& value : request_.values) {
        if (value.name() == param && value.words() != nullptr) {
            return value.words();
        }
    }
    return nullptr;
}

std::vector<std::string> ModbusForm::captures() const {
    std::vector<std::string> names;
    for (const auto& field : request_.fields) {
        names.push_back(field.name());
    }
    return names;
}

std::string ModbusForm::answer_text() const {
    return is_answered() ? "the response of unit " + std::to_string(request_.unit) + " to " + request_.text
                         : "";
}

bool ModbusForm::is_read() const {
    return request_.function <= read_input_registers || request_.function == report_server_id;
}

bool ModbusForm::is_ours(std::string_view body) const {
    return body.size() > 1 && byte_at(body, 0) == request_.unit && byte_at(body, 1) == request_.function;
}

std::size_t ModbusForm::data_size() const {
    return request_.function <= 0x02 ? (request_.count + 7) / 8 : 2 * request_.count;
}

bool ModbusForm::may_answer(std::string_view body) const {
    if (!is_answered() || !is_ours(body)) {
        return false;
    }
    if (!is_read()) {
        return body.size() == head_size;
    }
    const bool is_whole = body.size() > 2 && body.size() == 3U + byte_at(body, 2);
    return is_whole && (request_.function == report_server_id || byte_at(body, 2) == data_size());
}

std::vector<std::int64_t> ModbusForm::values_of(const nlohmann::json& params) const {
    std::vector<std::int64_t> values;
    for (const auto& value : request_.values) {
        values.push_back(value.of(params));
    }
    if (request_.is_packed) {
        const auto bits = values.front();
        if (bits >> request_.count != 0) {
            throw Error(Code::bad_request,
                        fmt::format("parameter '{}' is {}, which has more bits than the {} coils that it is "
                                    "written to; at most {}",
                                    request_.values.front().name(), bits, request_.count,
                                    (std::int64_t{1} << request_.count) - 1));
        }
        values.clear();
        for (std::size_t bit = 0; bit < request_.count; ++bit) {
            values.push_back(bits >> bit & 1);
        }
    }
    return values;
}

std::string ModbusForm::body(const nlohmann::json& params) const {
    std::string bytes;
    append_byte(bytes, request_.unit);
    append_byte(bytes, request_.function);
    if (request_.function == report_server_id) {
        return bytes;
    }
    append_word(bytes, request_.address.of(params));
    if (is_read()) {
        append_word(bytes, static_cast<std::int64_t>(request_.count));
        return bytes;
    }
    const auto values = values_of(params);
    if (request_.function == write_coil) {
        append_word(bytes, values.front() == 1 ? coil_on : values.front());
    } else if (request_.function == write_register) {
        append_word(bytes, values.front());
    } else if (request_.function == write_registers) {
        append_word(bytes, static_cast<std::int64_t>(values.size()));
        append_byte(bytes, static_cast<std::int64_t>(2 * values.size()));
        std::for_each(values.begin(), values.end(),
                      [&bytes](std::int64_t value) { append_word(bytes, value); });
    } else {
        append_word(bytes, static_cast<std::int64_t>(values.size()));
        append_byte(bytes, static_cast<std::int64_t>((values.size() + 7) / 8));
        for (std::size_t first = 0; first < values.size(); first += 8) {
            std::int64_t byte = 0;
            for (std::size_t bit = 0; bit < 8 && first + bit < values.size(); ++bit) {
                byte |= (values[first + bit] != 0 ? 1 : 0) << bit;
            }
            append_byte(bytes, byte);
        }
    }
    return bytes;
}

std::string ModbusForm::encode(const nlohmann::json& params) const {
    auto frame = body(params);
    const auto crc = crc16_modbus(frame);
    append_byte(frame, crc & 0xFF);
    append_byte(frame, crc >> 8);
    return frame;
}

/// Bytes are not shown where one may tell a secret.
std::string ModbusForm::masked(const nlohmann::json& params, const std::vector<std::string>& secrets) const {
    const auto names = this->params();
    const bool is_secret = std::any_of(secrets.begin(), secrets.end(), [&](const std::string& secret) {
        return std::find(names.begin(), names.end(), secret) != names.end();
    });
    return is_secret ? encode(params).substr(0, 2) : encode(params);
}

std::string ModbusForm::spelt(const std::string& /*param*/, const nlohmann::json& value) const {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

void ModbusForm::throw_if_refused(std::string_view body) const {
    const bool is_exception = body.size() == 3 && byte_at(body, 0) == request_.unit &&
                              byte_at(body, 1) == (request_.function | exception_bit);
    if (is_exception) {
        const auto code = byte_at(body, 2);
        throw Error(Code::jig_refused,
                    fmt::format("unit {} refused {}: exception {}, {}", request_.unit, request_.text, code,
                                exception_name(code)),
                    may_be_carried_out(code) ? Executed::unknown : Executed::no,
                    {{"board_code", code}, {"board_text", exception_name(code)}});
    }
}

std::optional<profile::Captures> ModbusForm::decode(std::string_view body,
                                                    const nlohmann::json& params) const {
    throw_if_refused(body);
    if (!may_answer(body)) {
        return std::nullopt;
    }
    if (!is_read()) {
        // What it repeats: address and value, or address and count.
        return this->body(params).substr(0, body.size()) == body ? std::optional(profile::Captures{})
                                                                 : std::nullopt;
    }
    profile::Captures captures;
    for (const auto& field : request_.fields) {
        if (request_.function == report_server_id) {
            captures[field.name()] = to_hex(body.substr(3));
        } else {
            captures[field.name()] = field.decode(body.substr(3));
        }
    }
    return captures;
}

bool ModbusForm::read_values(std::string_view body, nlohmann::json& params) const {
    const auto read_back = [&params](const profile::Amount& amount, std::int64_t number) {
        return amount.read_back(number, params);
    };
    if (request_.function == write_coil || request_.function == write_register) {
        const auto number = word_at(body, 4);
        const bool is_on = request_.function == write_coil && number == coil_on;
        return body.size() == head_size && read_back(request_.values.front(), is_on ? 1 : number);
    }
    const bool is_coils = request_.function == write_coils;
    const auto data_size = is_coils ? (request_.count + 7) / 8 : 2 * request_.count;
    if (word_at(body, 4) != static_cast<std::int64_t>(request_.count) ||
        body.size() != head_size + 1 + data_size || byte_at(body, head_size) != data_size) {
        return false;
    }
    const auto data = body.substr(head_size + 1);
    std::int64_t packed = 0;
    for (std::size_t index = 0; index < request_.count; ++index) {
        const auto number = is_coils ? byte_at(data, index / 8) >> (index % 8) & 1 : word_at(data, 2 * index);
        packed |= is_coils ? static_cast<std::int64_t>(number) << index : 0;
        if (!request_.is_packed && !read_back(request_.values[index], number)) {
            return false;
        }
    }
    return !request_.is_packed || read_back(request_.values.front(), packed);
}

std::optional<nlohmann::json> ModbusForm::parse(std::string_view body) const {
    auto params = nlohmann::json::object();
    if (!is_ours(body)) {
        return std::nullopt;
    }
    if (request_.function == report_server_id) {
        return body.size() == 2 ? std::optional(params) : std::nullopt;
    }
    if (body.size() < head_size || !request_.address.read_back(word_at(body, 2), params)) {
        return std::nullopt;
    }
    const bool is_same_read =
        body.size() == head_size && word_at(body, 4) == static_cast<std::int64_t>(request_.count);
    const bool fits = is_read() ? is_same_read : read_values(body, params);
    return fits ? std::optional(std::move(params)) : std::nullopt;
}

bool ModbusForm::resembles(std::string_view body) const {
    return is_ours(body);
}

/// What a device repeats of a write, or `example` where the parameters are not known.
std::string ModbusForm::repetition(const std::string& example, const profile::Replacement& value) const {
    auto params = nlohmann::json::object();
    for (const auto& name : this->params()) {
        const auto text = value(name);
        if (!text) {
            return example;
        }
        params[name] = json_of(*text);
    }
    return body(params).substr(0, head_size);
}

std::string ModbusForm::answer(const std::string& example, const profile::Replacement& value) const {
    if (!may_answer(example)) {
        return example;
    }
    if (!is_read()) {
        return repetition(example, value);
    }
    auto data = example.substr(3);
    for (const auto& field : request_.fields) {
        const auto text = value(field.name());
        if (!text) {
            continue;
        }
        if (request_.function == report_server_id) {
            data = from_hex(*text).value_or(data);
            continue;
        }
        field.encode(json_of(*text), data);
    }
    auto body = example.substr(0, 2);
    append_byte(body, static_cast<std::int64_t>(data.size()));
    return body + data;
}

} // namespace jigd::drivers
