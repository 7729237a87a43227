#include "drivers/modbus_rtu/registers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <utility>

#include "drivers/float_value.hpp"
#include "profile/bits.hpp"

namespace jigd::drivers {

namespace {

using Type = RegisterField::Type;

constexpr std::size_t register_size = 2;

const std::map<std::string, Type>& types() {
    static const std::map<std::string, Type> known = {
        {"u16", Type::u16}, {"i16", Type::i16}, {"u32", Type::u32}, {"i32", Type::i32},  {"u64", Type::u64},
        {"i64", Type::i64}, {"f32", Type::f32}, {"f64", Type::f64}, {"text", Type::text}};
    return known;
}

std::size_t registers_of(Type type) {
    switch (type) {
    case Type::u32:
    case Type::i32:
    case Type::f32:
        return 2;
    case Type::u64:
    case Type::i64:
    case Type::f64:
        return 4;
    default:
        return 1;
    }
}

bool is_bit_set(std::string_view data, std::size_t bit) {
    return ((static_cast<unsigned char>(data[bit / 8]) >> (bit % 8)) & 1U) != 0;
}

void put_bit(std::string& data, std::size_t bit, bool is_set) {
    const auto mask = 1U << (bit % 8);
    const auto byte = static_cast<unsigned char>(data[bit / 8]);
    data[bit / 8] = static_cast<char>(is_set ? byte | mask : byte & ~mask);
}

std::uint16_t word_at(std::string_view data, std::size_t place) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(data[register_size * place]) << 8U |
                                      static_cast<unsigned char>(data[register_size * place + 1]));
}

void put_word(std::string& data, std::size_t place, std::uint64_t word) {
    data[register_size * place] = static_cast<char>(word >> 8U & 0xFFU);
    data[register_size * place + 1] = static_cast<char>(word & 0xFFU);
}

} // namespace

RegisterField::RegisterField(std::string name, Type type, std::size_t at, std::size_t count)
    : name_(std::move(name)), type_(type), at_(at), count_(count) {}

std::optional<RegisterField> RegisterField::read(const yaml::Node::Entry& entry, std::size_t registers,
                                                 yaml::Problems& problems) {
    const auto before = problems.lines().size();
    yaml::MapReader reader(entry.value, "field '" + entry.key + "'", problems);
    const auto last = static_cast<std::int64_t>(registers) - 1;
    const auto at = reader.required_node("at") ? reader.integer_or("at", 0, {0, last}) : 0;
    const bool has_bit = reader.node("bit").has_value();
    const auto bit = reader.integer_or("bit", 0, {0, 15});
    std::vector<std::string> names;
    for (const auto& [name, type] : types()) {
        names.push_back(name);
    }
    const auto type = types().at(reader.word_or("type", "u16", names));
    const auto length = reader.integer_or("length", 1, {1, last + 1});
    const bool is_low_first =
        reader.word_or("words", "high_first", {"high_first", "low_first"}) == "low_first";
    reader.finish();
    RegisterField field(entry.key, type, static_cast<std::size_t>(at),
                        type == Type::text ? static_cast<std::size_t>(length) : 1);
    field.is_low_first_ = is_low_first;
    if (has_bit) {
        field.bit_ = static_cast<unsigned>(bit);
    }
    if (problems.lines().size() == before && field.at_ + field.registers() > registers) {
        problems.add(entry.mark, "field '" + entry.key + "' ends behind the last of the " +
                                     std::to_string(registers) + " registers; raise the step's count");
    }
    return problems.lines().size() == before ? std::optional(std::move(field)) : std::nullopt;
}

std::size_t RegisterField::registers() const {
    return type_ == Type::text ? count_ : registers_of(type_);
}

/// The registers as one number.
std::uint64_t RegisterField::raw(std::string_view data) const {
    std::uint64_t number = 0;
    for (std::size_t index = 0; index < registers(); ++index) {
        const auto place = is_low_first_ ? registers() - 1 - index : index;
        number = number << 16U | word_at(data, at_ + place);
    }
    return number;
}

void RegisterField::put_raw(std::uint64_t number, std::string& data) const {
    for (std::size_t index = 0; index < registers(); ++index) {
        const auto place = is_low_first_ ? index : registers() - 1 - index;
        put_word(data, at_ + place, number & 0xFFFFU);
        number >>= 16U;
    }
}

nlohmann::json RegisterField::decode_number(std::string_view data) const {
    const auto number = raw(data);
    switch (type_) {
    case Type::i16:
        return static_cast<std::int16_t>(number);
    case Type::i32:
        return static_cast<std::int32_t>(number);
    case Type::i64:
        return static_cast<std::int64_t>(number);
    case Type::f32:
        return float_value(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
    case Type::f64:
        return float_value(std::bit_cast<double>(number));
    default:
        return number;
    }
}

nlohmann::json RegisterField::decode(std::string_view data) const {
    if (bit_) {
        return (word_at(data, at_) >> *bit_ & 1U) != 0;
    }
    if (type_ == Type::text) {
        const auto padded = data.substr(register_size * at_, register_size * count_);
        const auto text = padded.substr(0, padded.find('\0'));
        return std::string(text.substr(0, text.find_last_not_of(' ') + 1));
    }
    if (type_ != Type::bits && type_ != Type::words) {
        return decode_number(data);
    }
    auto list = nlohmann::json::array();
    for (std::size_t index = 0; index < count_; ++index) {
        list.push_back(type_ == Type::bits ? nlohmann::json(is_bit_set(data, index))
                                           : nlohmann::json(word_at(data, index)));
    }
    return count_ == 1 ? list.front() : list;
}

void RegisterField::encode(const nlohmann::json& value, std::string& data) const {
    if (const auto bits = profile::number_of_bits(value); bits && type_ != Type::bits) {
        encode(*bits, data);
        return;
    }
    if (bit_ && value.is_boolean()) {
        const auto mask = 1U << *bit_;
        const auto word = word_at(data, at_);
        put_word(data, at_, value.get<bool>() ? word | mask : word & ~mask);
    } else if (type_ == Type::text && value.is_string()) {
        auto text = value.get<std::string>();
        text.resize(register_size * count_, '\0');
        data.replace(register_size * at_, text.size(), text);
    } else if (type_ == Type::bits || type_ == Type::words) {
        const auto list = value.is_array() ? value : nlohmann::json::array({value});
        for (std::size_t index = 0; index < std::min(count_, list.size()); ++index) {
            if (type_ == Type::bits && list[index].is_boolean()) {
                put_bit(data, index, list[index].get<bool>());
            } else if (type_ == Type::words && list[index].is_number_integer()) {
                put_word(data, index, static_cast<std::uint64_t>(list[index].get<std::int64_t>()));
            }
        }
    } else if (type_ == Type::f32 && value.is_number()) {
        put_raw(std::bit_cast<std::uint32_t>(value.get<float>()), data);
    } else if (type_ == Type::f64 && value.is_number()) {
        put_raw(std::bit_cast<std::uint64_t>(value.get<double>()), data);
    } else if (value.is_number_integer()) {
        put_raw(static_cast<std::uint64_t>(value.get<std::int64_t>()), data);
    }
}

} // namespace jigd::drivers
