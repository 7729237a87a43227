#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "profile/expression.hpp"
#include "profile/number_format.hpp"
#include "profile/pattern.hpp"
#include "profile/words.hpp"

namespace jigd::profile {

/// A command with placeholders: "RELAY {channel} {on:ON|OFF}", "CH{channel-1} {mask:%02X}". "{{" and "}}" are
/// literal braces.
class Template {
  public:
    /// `end` is what the driver appends to each command, `data_bits` the width of a character on the line.
    /// Throws std::invalid_argument with the column of the mistake.
    explicit Template(std::string text, std::string end = "\n", int data_bits = 8);

    /// The command's text. `params` holds every parameter (defaults filled in). A value that could end the
    /// command early and start another throws Error{bad_request}: one that renders to a control byte (< 0x20,
    /// 0x7f), that makes the command hold its own end, or that a narrower character would turn into either.
    [[nodiscard]] std::string render(const nlohmann::json& params) const;
    /// The command's text for people, with "…" for each of `secrets`. Throws as render() where a parameter is
    /// missing or has no word.
    [[nodiscard]] std::string masked(const nlohmann::json& params,
                                     const std::vector<std::string>& secrets) const;

    /// The inverse, for the simulator: the placeholders' values as text or, with Words, as JSON; nullopt when
    /// `command` is none of this template's. A placeholder without Words matches one run of non-blanks.
    [[nodiscard]] std::optional<nlohmann::json> parse(std::string_view command) const;

    [[nodiscard]] const std::string& text() const { return text_; }
    /// The bytes that are sent whatever the parameters are, with a blank for each placeholder.
    [[nodiscard]] std::string literals() const;
    /// The names of all placeholders, in order.
    [[nodiscard]] std::vector<std::string> names() const;
    /// The placeholder's words, or nullptr: it has none, or isn't there.
    [[nodiscard]] const Words* words(const std::string& name) const;
    /// The parameter as its (first) placeholder spells it.
    [[nodiscard]] std::string spelt(const std::string& name, const nlohmann::json& value) const;

  private:
    struct Placeholder {
        /// `text` is what stands between the braces, `column` where that begins.
        Placeholder(const std::string& text, std::size_t column);
        [[nodiscard]] const std::string& name() const { return expression.name(); }
        [[nodiscard]] std::string spelt(const nlohmann::json& value) const;
        [[nodiscard]] std::string pattern() const;
        [[nodiscard]] std::optional<nlohmann::json> parse(const std::string& text) const;

        Expression expression;
        std::optional<Words> words;
        std::optional<NumberFormat> format;
    };
    struct Piece {
        std::string literal;                    ///< text before the placeholder
        std::optional<Placeholder> placeholder; ///< the last piece has none
    };
    std::string text_;
    std::string end_;
    int data_bits_;
    std::vector<Piece> pieces_;
    std::optional<Pattern> inverse_; ///< group "p3" is placeholder 3
};

} // namespace jigd::profile
