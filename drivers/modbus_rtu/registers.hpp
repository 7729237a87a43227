#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "yaml/reader.hpp"

namespace jigd::drivers {

/// A value in the data of an answer: some bits, a number in one or more registers (each 16 bits, high byte
/// first: MODBUS Application Protocol 1.1b3, 4.2), or text.
class RegisterField {
  public:
    enum class Type { bits, words, u16, i16, u32, i32, u64, i64, f32, f64, text };

    /// `count` coils or registers from the first: a list, or one value where count is 1.
    RegisterField(std::string name, Type type, std::size_t at, std::size_t count);
    /// One entry of `fields`, for an answer of `registers` registers. nullopt after a problem.
    [[nodiscard]] static std::optional<RegisterField> read(const yaml::Node::Entry& entry,
                                                           std::size_t registers, yaml::Problems& problems);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// Its value in `data`, which is as long as was asked for.
    [[nodiscard]] nlohmann::json decode(std::string_view data) const;
    /// Puts `value` into `data`; what is not such a value changes nothing.
    void encode(const nlohmann::json& value, std::string& data) const;

  private:
    [[nodiscard]] std::size_t registers() const;
    [[nodiscard]] std::uint64_t raw(std::string_view data) const;
    void put_raw(std::uint64_t number, std::string& data) const;
    [[nodiscard]] nlohmann::json decode_number(std::string_view data) const;

    std::string name_;
    Type type_;
    std::size_t at_;              ///< a register; for bits a coil
    std::size_t count_;           ///< bits, words, or registers of text
    bool is_low_first_ = false;   ///< the low register comes first
    std::optional<unsigned> bit_; ///< one bit of a register
};

} // namespace jigd::drivers
