#include "drivers/modbus_rtu/read_modbus_step.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "profile/codec_reading.hpp"

namespace jigd::drivers {

namespace {

constexpr std::string_view read_hint = "read: expected what to read from which address, such as {coils: 0, "
                                       "count: 8}, {holding: 100}, {input: 0, count: 2}, "
                                       "{discrete: 0} or server_id";
constexpr std::string_view write_hint =
    "write: expected what to write to which address, such as {coil: 0, value: \"{on}\"}, "
    "{holding: 100, value: \"{level}\"} or {holding: 100, values: [1, \"{level}\"]}";

/// A kind of value in a device, and the function that reaches it.
struct Table {
    std::string_view key;
    std::uint8_t function;
    std::int64_t most; ///< in one frame
};
constexpr std::array reads = {Table{"coils", 0x01, 2000}, Table{"discrete", 0x02, 2000},
                              Table{"holding", 0x03, 125}, Table{"input", 0x04, 125}};
constexpr std::uint8_t write_coil = 0x05;
constexpr std::uint8_t write_register = 0x06;
constexpr std::uint8_t write_coils = 0x0F;
constexpr std::uint8_t write_registers = 0x10;
constexpr std::uint8_t report_server_id = 0x11;
constexpr std::array writes = {std::pair<std::string_view, std::uint8_t>{"coil", write_coil},
                               std::pair<std::string_view, std::uint8_t>{"holding", write_register},
                               std::pair<std::string_view, std::uint8_t>{"coils", write_coils}};

std::optional<profile::Amount> read_amount(const std::optional<yaml::Node>& node, const std::string& key,
                                           yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    if (node->type() == yaml::Node::Type::map) {
        problems.add(node->mark(),
                     key + ": a parameter needs quotes, such as \"{channel-1}\"; YAML takes braces without "
                           "them for a map");
        return std::nullopt;
    }
    if (!node->quoted() && (node->text() == "true" || node->text() == "false")) {
        return profile::Amount(node->text() == "true" ? 1 : 0);
    }
    return profile::construct<profile::Amount>(node->mark(), key, problems, std::string_view(node->text()));
}

/// The value of an amount without a parameter.
std::optional<std::int64_t> constant_of(const profile::Amount& amount) {
    return amount.name().empty() ? std::optional(amount.of(nlohmann::json::object())) : std::nullopt;
}

/// The last address is that of a value, too.
void check_end(const yaml::Node& node, std::string_view key, const ModbusForm::Request& request,
               yaml::Problems& problems) {
    constexpr std::int64_t last = 65'535;
    const auto first = constant_of(request.address).value_or(0);
    if (first + static_cast<std::int64_t>(request.count) - 1 > last) {
        problems.add(node.mark(), std::string(key) + ": " + std::to_string(first) + " and " +
                                      std::to_string(request.count - 1) +
                                      " more end behind the last address, 65535");
    }
}

void read_address(const std::optional<yaml::Node>& node, std::string_view key, ModbusForm::Request& request,
                  yaml::Problems& problems) {
    if (const auto address = read_amount(node, std::string(key), problems)) {
        request.address = *address;
        request.text.append(" ").append(key).append(" ").append(node->text());
    }
}

/// Reports the unknown keys, and where there are none that nothing is there: `hint` says what could be.
void finish(yaml::MapReader& reader, bool is_empty, std::string_view hint, yaml::Problems& problems) {
    const auto before = problems.lines().size();
    reader.finish();
    if (is_empty && problems.lines().size() == before) {
        problems.add(reader.mark(), hint);
    }
}

void read_what(const yaml::Node& node, ModbusForm::Request& request, yaml::Problems& problems) {
    if (node.type() == yaml::Node::Type::scalar && node.text() == "server_id") {
        request.function = report_server_id;
        request.text = "read server_id";
        return;
    }
    yaml::MapReader reader(node, "read", problems);
    for (const auto& table : reads) {
        const auto address = reader.node(table.key);
        if (!address) {
            continue;
        }
        if (request.function != 0) {
            problems.add(address->mark(),
                         "read: one kind of value a step; what is second is a step of its own");
        }
        request.function = table.function;
        request.count = static_cast<std::size_t>(reader.integer_or("count", 1, {1, table.most}));
        read_address(address, table.key, request, problems);
        check_end(*address, table.key, request, problems);
    }
    const bool is_empty = request.function == 0;
    if (is_empty) {
        (void)reader.node("count");
    }
    finish(reader, is_empty, read_hint, problems);
}

/// `is_understood`: whether what is read is known, which says what fields there can be.
void read_fields(yaml::MapReader& step, ModbusForm::Request& request, bool is_understood,
                 yaml::Problems& problems) {
    const bool is_bits = request.function == 0x01 || request.function == 0x02;
    const auto as = step.node("as");
    const auto fields = step.node("fields");
    if (!is_understood) {
        return;
    }
    if (as) {
        if (const auto name = yaml::read_string(*as, problems)) {
            request.fields.emplace_back(
                *name, is_bits ? RegisterField::Type::bits : RegisterField::Type::words, 0, request.count);
        }
    }
    if (fields && (is_bits || request.function == report_server_id)) {
        problems.add(fields->mark(), "fields: they are of registers (holding, input); write as: name");
        return;
    }
    for (const auto& entry : fields ? fields->entries() : std::vector<yaml::Node::Entry>{}) {
        if (auto field = RegisterField::read(entry, request.count, problems)) {
            request.fields.push_back(std::move(*field));
        }
    }
    if (!as && !fields) {
        problems.add(step.mark(),
                     "read: say what the values are called, with as: name or fields: {name: {at: 0}}");
    }
}

/// Of a value whose bits are coils: without it nobody knows how many of them are switched.
std::size_t read_count_of_bits(yaml::MapReader& reader, yaml::Problems& problems) {
    constexpr yaml::Range<std::int64_t> range{1, 16};
    const auto node = reader.node("count");
    if (!node) {
        problems.add(reader.mark(),
                     "write: coils take a number, bit by bit; say for how many of them, such as "
                     "count: 8. One alone is coil:");
    }
    return static_cast<std::size_t>(node ? yaml::read_integer(*node, range, problems).value_or(1) : 1);
}

/// Several coils: bits of a number, or each true or false.
void check_coils(const std::vector<yaml::Node>& items, const ModbusForm::Request& request,
                 yaml::Problems& problems) {
    if (request.function != write_coils || request.values.size() != items.size()) {
        return;
    }
    const auto most = request.is_packed ? (std::int64_t{1} << request.count) - 1 : 1;
    for (std::size_t index = 0; index < items.size(); ++index) {
        const auto value = constant_of(request.values[index]);
        if (value && *value > most) {
            problems.add(items[index].mark(),
                         request.is_packed
                             ? "write: " + std::to_string(*value) + " has more bits than the " +
                                   std::to_string(request.count) + " coils; at most " + std::to_string(most)
                             : "write: a coil is 1 or 0, or true or false, not " + std::to_string(*value));
        }
    }
}

void read_values(yaml::MapReader& reader, ModbusForm::Request& request, yaml::Problems& problems) {
    const auto value = reader.node("value");
    const auto values = reader.node("values");
    const bool has_many = values && values->type() == yaml::Node::Type::list && !values->items().empty();
    if ((value && values) || (!value && !has_many)) {
        problems.add(reader.mark(), "write: expected value: one, or values: [a list]");
        return;
    }
    const auto items = value ? std::vector<yaml::Node>{*value} : values->items();
    for (const auto& item : items) {
        if (auto amount = read_amount(item, "value", problems)) {
            request.values.push_back(std::move(*amount));
        }
    }
    request.count = items.size();
    if (request.function == write_register && values) {
        request.function = write_registers;
    }
    if (request.function == write_coils && value) {
        request.is_packed = true;
        request.count = read_count_of_bits(reader, problems);
    }
    check_coils(items, request, problems);
    if (request.function == write_coil && values) {
        problems.add(values->mark(), "write: several coils are coils: and not coil:");
    }
    if (request.count > 123) {
        problems.add(reader.mark(), "write: at most 123 values fit into a frame");
    }
}

void read_write(const yaml::Node& node, ModbusForm::Request& request, yaml::Problems& problems) {
    yaml::MapReader reader(node, "write", problems);
    request.text = "write";
    std::optional<std::pair<yaml::Node, std::string_view>> where;
    for (const auto& [key, function] : writes) {
        const auto address = reader.node(key);
        if (address && request.function != 0) {
            problems.add(address->mark(),
                         "write: one kind of value a step; what is second is a step of its own");
        } else if (address) {
            request.function = function;
            read_address(address, key, request, problems);
            where = {*address, key};
        }
    }
    const bool is_empty = request.function == 0;
    if (is_empty) {
        for (const auto* key : {"value", "values", "count"}) {
            (void)reader.node(key);
        }
    } else {
        read_values(reader, request, problems);
        check_end(where->first, where->second, request, problems);
    }
    finish(reader, is_empty, write_hint, problems);
}

} // namespace

std::optional<ModbusForm::Request> read_modbus_step(yaml::MapReader& step, std::uint8_t unit,
                                                    yaml::Problems& problems) {
    const auto before = problems.lines().size();
    const auto read = step.node("read");
    const auto write = step.node("write");
    ModbusForm::Request request;
    request.unit = static_cast<std::uint8_t>(step.integer_or("unit", unit, {0, 247}));
    if (read && !write) {
        request.text = "read";
        read_what(*read, request, problems);
        read_fields(step, request, problems.lines().size() == before, problems);
        if (request.unit == 0) {
            problems.add(read->mark(),
                         "unit: 0 is everybody, and nobody answers it; a read needs a unit of its own");
        }
    } else if (write && !read) {
        read_write(*write, request, problems);
    } else {
        problems.add(
            step.mark(),
            "step: expected read or write, such as {write: {coil: \"{channel-1}\", value: \"{on}\"}}");
    }
    return problems.lines().size() == before ? std::optional(std::move(request)) : std::nullopt;
}

} // namespace jigd::drivers
