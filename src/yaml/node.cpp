#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "yaml/document.hpp"

namespace jigd::yaml {

namespace {

template<typename Number>
std::optional<nlohmann::json> whole_number(std::string_view digits, int base) {
    Number value{};
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return value;
}

bool looks_like_a_number(std::string_view text) {
    return text.find_first_of("0123456789") != std::string_view::npos &&
           text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

/// A plain scalar by the core schema. Infinity and not-a-number, which JSON has no word for, stay text.
nlohmann::json plain_to_json(const std::string& text) {
    if (text == "true" || text == "True" || text == "TRUE") {
        return true;
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return false;
    }
    if (text.starts_with("0x") || text.starts_with("0o")) {
        const int base = text[1] == 'x' ? 16 : 8;
        return whole_number<std::uint64_t>(std::string_view(text).substr(2), base).value_or(text);
    }
    if (!looks_like_a_number(text)) {
        return text;
    }
    const std::string_view digits = std::string_view(text).substr(text[0] == '+' ? 1 : 0);
    if (digits.starts_with('-') && text[0] == '+') {
        return text;
    }
    if (const auto whole = whole_number<std::int64_t>(digits, 10)) {
        return *whole;
    }
    if (const auto large = whole_number<std::uint64_t>(digits, 10)) {
        return *large;
    }
    double real = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, real);
    return error == std::errc{} && stop == end ? nlohmann::json(real) : nlohmann::json(text);
}

} // namespace

Node::Type Node::type() const {
    return data_->type;
}

const Mark& Node::mark() const {
    return data_->mark;
}

const std::string& Node::text() const {
    return data_->text;
}

bool Node::quoted() const {
    return data_->quoted;
}

const std::vector<Node>& Node::items() const {
    return data_->items;
}

const std::vector<Node::Entry>& Node::entries() const {
    return data_->entries;
}

std::optional<Node> Node::find(std::string_view key) const {
    const auto& all = data_->entries;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.key == key; });
    return found == all.end() ? std::nullopt : std::optional(found->value);
}

nlohmann::json Node::to_json() const {
    switch (type()) {
    case Type::null:
        return nullptr;
    case Type::scalar:
        return quoted() ? nlohmann::json(text()) : plain_to_json(text());
    case Type::list: {
        auto list = nlohmann::json::array();
        for (const auto& item : items()) {
            list.push_back(item.to_json());
        }
        return list;
    }
    case Type::map: {
        auto map = nlohmann::json::object();
        for (const auto& entry : entries()) {
            map[entry.key] = entry.value.to_json();
        }
        return map;
    }
    }
    return nullptr;
}

} // namespace jigd::yaml
