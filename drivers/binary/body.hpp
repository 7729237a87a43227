#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "drivers/binary/field.hpp"

namespace jigd::drivers {

/// What a message says, as bytes in hexadecimal and fields in braces: "B1 {supply:u16} {flags:u8}", and
/// `{any 2}` for what means nothing. One definition for writing, recognising and reading it. Pure and
/// immutable.
class Body {
  public:
    /// `takes_rest`: a last `ascii` or `bytes` without a size may take what is left, because something else
    /// says where the body ends. Throws std::invalid_argument that says what was expected.
    Body(const std::string& text, ByteOrder order, bool takes_rest);

    /// As the profile writes it.
    [[nodiscard]] const std::string& text() const { return text_; }
    /// The first name that two fields have which say just that, and no sum; nullopt when each has its own.
    [[nodiscard]] std::optional<std::string> repeated() const;
    /// Of the fields, each once, in order.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    /// The first field of that name; nullptr when there is none.
    [[nodiscard]] const Field* field(const std::string& name) const;
    /// The bytes before the first field.
    [[nodiscard]] std::string_view head() const;
    /// In bytes; nullopt when a field takes the rest.
    [[nodiscard]] std::optional<std::size_t> size() const { return size_; }
    /// Whether some bytes may be anything, so that nobody can write it.
    [[nodiscard]] bool has_any() const { return has_any_; }

    /// Throws Error{bad_request} for a parameter that is missing or does not fit.
    [[nodiscard]] std::string encode(const nlohmann::json& params) const;
    /// The bytes before the first field with one of `names`; nullopt when there is no such field.
    [[nodiscard]] std::optional<std::string> before(const std::vector<std::string>& names,
                                                    const nlohmann::json& params) const;
    /// What the fields say, as a JSON object, when the whole of `bytes` is such a body.
    [[nodiscard]] std::optional<nlohmann::json> decode(std::string_view bytes) const;
    /// Whether `bytes` are the beginning of such a body, or begin with one. Fields may say anything.
    [[nodiscard]] bool may_begin(std::string_view bytes) const;
    /// `example` with other values in its fields; what does not fit stays as it is.
    [[nodiscard]] std::string
    fill(const std::string& example,
         const std::function<std::optional<std::string>(const std::string& name)>& value) const;

  private:
    /// Bytes that mean nothing here, `{any 2}`; without a size the rest.
    struct Any {
        std::optional<std::size_t> size;
    };
    using Part = std::variant<std::string, Field, Any>;
    [[nodiscard]] static std::optional<std::size_t> size_of(const Part& part);
    [[nodiscard]] static bool is_possible(const Part& part, std::string_view bytes);
    void add_literal(std::string_view text);
    void add_field(std::string_view inside, ByteOrder order);

    std::string text_;
    std::vector<Part> parts_;
    std::vector<std::string> names_;
    std::optional<std::size_t> size_ = 0;
    bool has_any_ = false;
};

} // namespace jigd::drivers
