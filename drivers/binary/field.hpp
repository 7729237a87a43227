#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "drivers/binary/number_bytes.hpp"
#include "profile/expression.hpp"
#include "profile/number_format.hpp"
#include "profile/words.hpp"

namespace jigd::drivers {

/// A value in a body, as its braces say: `supply:u16`, `100+n:u8`, `on:5A|00`, `name:ascii 8`,
/// `volts:%05.2f`. Pure and immutable; bytes in, JSON out, and back.
class Field {
  public:
    /// `inside`: what stands between the braces; `order` unless it names its own. Throws
    /// std::invalid_argument that says what was expected.
    Field(std::string_view inside, ByteOrder order);

    [[nodiscard]] const std::string& name() const { return expression_.name(); }
    [[nodiscard]] bool is_plain() const { return expression_.is_plain(); }
    [[nodiscard]] const profile::Words* words() const { return words_ ? &*words_ : nullptr; }
    /// In bytes; nullopt for what takes all the rest of the body.
    [[nodiscard]] std::optional<std::size_t> size() const { return size_; }

    /// Throws Error{bad_request} for what is not such a value, or does not fit.
    [[nodiscard]] std::string encode(const nlohmann::json& value) const;
    /// Of exactly size() bytes; nullopt when they are not such a value. A float that is not a number is null.
    [[nodiscard]] std::optional<nlohmann::json> decode(std::string_view bytes) const;
    /// A value for people and comparisons, the same for all ways to write it.
    [[nodiscard]] std::string spelt(const nlohmann::json& value) const;
    /// The value that a simulated board spells so.
    [[nodiscard]] nlohmann::json value_of(const std::string& text) const;

  private:
    enum class Type { unsigned_number, signed_number, float_number, ascii, bytes, bcd, bits, words, digits };

    void read_type(std::string_view text);
    void read_words(std::string_view text);
    void read_format(std::string_view text);
    // Each gives how many of the parts are its type; 0 = another's.
    [[nodiscard]] std::size_t read_number(const std::vector<std::string_view>& parts);
    [[nodiscard]] std::size_t read_text(const std::vector<std::string_view>& parts);
    [[nodiscard]] std::size_t read_digits(const std::vector<std::string_view>& parts);
    [[noreturn]] void refuse(const std::string& what) const;
    [[nodiscard]] nlohmann::json sum_of(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_integer(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_float(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_text(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_bytes(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_bits(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_digits(const nlohmann::json& value) const;
    [[nodiscard]] std::string encode_bcd(const nlohmann::json& value) const;
    [[nodiscard]] std::optional<nlohmann::json> decode_raw(std::string_view bytes) const;
    [[nodiscard]] nlohmann::json decode_float(std::string_view bytes) const;
    [[nodiscard]] std::optional<nlohmann::json> decode_bcd(std::string_view bytes) const;

    profile::Expression expression_;
    ByteOrder order_;
    Type type_ = Type::unsigned_number;
    std::optional<std::size_t> size_;
    std::size_t bits_ = 0; ///< of a list of bits
    char padding_ = '\0';
    std::optional<profile::Words> words_;
    std::optional<profile::NumberFormat> format_; ///< of digits
};

} // namespace jigd::drivers
