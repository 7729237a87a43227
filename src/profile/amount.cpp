#include "profile/amount.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/error.hpp"
#include "profile/bits.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

constexpr std::int64_t words_in_16_bits = 65'536;

Words words_of(std::string_view text) {
    Words words{std::string(text)};
    for (const auto& [value, word] : words.pairs()) {
        if (const auto number = whole_number(word); !number || *number >= words_in_16_bits) {
            throw std::invalid_argument(
                "'" + cut(word) +
                "' is not a whole number from 0 to 65535; write them as {on:0x0100|0x0200}");
        }
    }
    return words;
}

} // namespace

Amount::Amount(std::string_view text) {
    const bool is_placeholder = text.size() > 2 && text.starts_with('{') && text.ends_with('}');
    if (!is_placeholder) {
        const auto number = whole_number(text);
        const bool is_negative = text.starts_with('-') && whole_number(text.substr(1));
        if (!number && !is_negative) {
            throw std::invalid_argument("'" + cut(text) +
                                        "' is not a whole number or a parameter; write 5, 0x5500, "
                                        "\"{name}\", \"{name-1}\" or \"{name:1|2}\"");
        }
        if (is_negative || *number >= words_in_16_bits) {
            throw std::invalid_argument("'" + cut(text) + "' does not fit; write 0 to 65535 (0xFFFF)");
        }
        constant_ = *number;
        return;
    }
    const auto inside = text.substr(1, text.size() - 2);
    const auto colon = inside.find(':');
    expression_.emplace(inside.substr(0, colon));
    if (colon != std::string_view::npos && inside.substr(colon + 1) == "i16") {
        is_signed_ = true;
    } else if (colon != std::string_view::npos) {
        words_.emplace(words_of(inside.substr(colon + 1)));
        if (!expression_->is_plain()) {
            throw std::invalid_argument("words stand for the parameter itself; write {" +
                                        expression_->name() + ":…}");
        }
    }
}

const std::string& Amount::name() const {
    static const std::string none;
    return expression_ ? expression_->name() : none;
}

std::int64_t Amount::of(const nlohmann::json& params) const {
    if (!expression_) {
        return constant_;
    }
    const auto refuse = [&](const std::string& what) {
        throw Error(Code::bad_request, "parameter '" + name() + "' " + what);
    };
    const auto found = params.find(name());
    if (found == params.end()) {
        refuse("is missing");
    }
    const auto bits = number_of_bits(*found);
    auto number = bits ? nlohmann::json(*bits) : *found;
    if (words_) {
        const auto word = words_->to_wire(number);
        if (!word) {
            refuse("has no number for " + shown(number));
        }
        number = *whole_number(*word);
    } else {
        number = expression_->of(number.is_boolean() ? nlohmann::json(number.get<bool>() ? 1 : 0) : number);
    }
    const auto lowest = is_signed_ ? -words_in_16_bits / 2 : 0;
    const auto highest = lowest + words_in_16_bits - 1;
    if (!number.is_number_integer() || number < lowest || number > highest) {
        refuse("does not fit: " + shown(number) + " is not between " + std::to_string(lowest) + " and " +
               std::to_string(highest));
    }
    return number.get<std::int64_t>() & (words_in_16_bits - 1);
}

bool Amount::read_back(std::int64_t number, nlohmann::json& params) const {
    if (!expression_) {
        return number == constant_;
    }
    const bool is_negative = is_signed_ && number >= words_in_16_bits / 2;
    auto value = expression_->inverse(is_negative ? number - words_in_16_bits : number);
    if (words_) {
        const auto& pairs = words_->pairs();
        const auto pair = std::find_if(pairs.begin(), pairs.end(),
                                       [&](const auto& each) { return whole_number(each.second) == number; });
        value = pair == pairs.end() ? std::nullopt : std::optional(pair->first);
    }
    if (!value || (params.contains(name()) && params[name()] != *value)) {
        return false;
    }
    params[name()] = std::move(*value);
    return true;
}

} // namespace jigd::profile
