#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "profile/words.hpp"

namespace jigd::profile {

/// A command with placeholders: "RELAY {channel} {on:ON|OFF}". "{{" and "}}" are literal braces.
class Template {
  public:
    /// Throws std::invalid_argument with the column of the mistake.
    explicit Template(std::string text);

    /// The command's text. `params` holds every parameter (defaults filled in). A value that renders to a
    /// control byte (< 0x20, 0x7f) throws Error{bad_request}: it could end the command early and start
    /// another.
    [[nodiscard]] std::string render(const nlohmann::json& params) const;

    /// The inverse, for the simulator: the placeholders' values as text or, with Words, as JSON; nullopt when
    /// `command` is none of this template's. A placeholder without Words matches one run of non-blanks.
    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view command) const;

    [[nodiscard]] const std::string& text() const { return text_; }
    /// The names of all placeholders, in order.
    [[nodiscard]] std::vector<std::string> names() const;

  private:
    struct Piece {
        std::string literal; ///< text before the placeholder
        std::string name;    ///< "" for the last piece, which has no placeholder
        std::optional<Words> words;
    };
    std::string text_;
    std::vector<Piece> pieces_;
};

} // namespace jigd::profile
