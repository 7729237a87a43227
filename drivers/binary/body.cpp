#include "drivers/binary/body.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/error.hpp"
#include "drivers/hex_text.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

constexpr std::int64_t max_any = 4096;

/// The bytes of a number, such as `3:u16`: a value of the profile may stand there.
std::optional<std::string> constant_of(std::string_view inside, ByteOrder order) {
    const auto colon = inside.find(':');
    const auto digits =
        inside.substr(inside.starts_with('-') ? 1 : 0, colon - (inside.starts_with('-') ? 1 : 0));
    const auto number = colon == std::string_view::npos ? std::nullopt : profile::whole_number(digits);
    if (!number) {
        return std::nullopt;
    }
    try {
        return Field("constant" + std::string(inside.substr(colon)), order)
            .encode(inside.starts_with('-') ? -*number : *number);
    } catch (const Error&) {
        throw std::invalid_argument("'{" + profile::cut(inside) + "}' does not fit into its bytes");
    }
}

} // namespace

std::optional<std::size_t> Body::size_of(const Part& part) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
        return literal->size();
    }
    const auto* field = std::get_if<Field>(&part);
    return field != nullptr ? field->size() : std::get<Any>(part).size;
}

/// Of as many bytes as the part has.
bool Body::is_possible(const Part& part, std::string_view bytes) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
        return *literal == bytes;
    }
    const auto* field = std::get_if<Field>(&part);
    return field == nullptr || field->decode(bytes).has_value();
}

Body::Body(const std::string& text, ByteOrder order, bool takes_rest) : text_(text) {
    auto rest = std::string_view(text_);
    while (!rest.empty()) {
        if (!size_) {
            throw std::invalid_argument("what follows a field without a size can't be found; write its size, "
                                        "as in {name:ascii 8}");
        }
        const auto open = std::min(rest.find('{'), rest.size());
        add_literal(rest.substr(0, open));
        rest.remove_prefix(open);
        if (rest.empty()) {
            break;
        }
        const auto close = rest.find('}');
        if (close == std::string_view::npos) {
            throw std::invalid_argument("'" + profile::cut(rest) + "' has no closing brace");
        }
        add_field(rest.substr(1, close - 1), order);
        rest.remove_prefix(close + 1);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    }
    if (parts_.empty()) {
        throw std::invalid_argument("it holds no bytes; write them in hexadecimal, such as \"5A\" or "
                                    "\"62 {output:u8}\"");
    }
    if (!size_ && !takes_rest) {
        throw std::invalid_argument("nothing says where this body ends; give its last field a size, as in "
                                    "{name:ascii 8}, or the frame a length");
    }
}

void Body::add_literal(std::string_view text) {
    const auto bytes = from_hex(text);
    if (!bytes) {
        throw std::invalid_argument("'" + profile::cut(text) +
                                    "' is not bytes in hexadecimal; write two digits each, without 0x, as in "
                                    "\"B1 0F {supply:u16}\"");
    }
    if (!bytes->empty()) {
        parts_.emplace_back(*bytes);
        size_ = *size_ + bytes->size();
    }
}

void Body::add_field(std::string_view inside, ByteOrder order) {
    if (const auto constant = constant_of(inside, order)) {
        parts_.emplace_back(*constant);
        size_ = *size_ + constant->size();
        return;
    }
    if (inside == "any" || inside.starts_with("any ")) {
        const auto count = inside.size() > 3 ? profile::whole_number(inside.substr(4)) : std::nullopt;
        if (inside.size() > 3 && (!count || *count < 1 || *count > max_any)) {
            throw std::invalid_argument("'{" + profile::cut(inside) +
                                        "}' lacks its number of bytes; write {any 2}");
        }
        const auto size = count ? std::optional(static_cast<std::size_t>(*count)) : std::nullopt;
        size_ = size ? std::optional(*size_ + *size) : std::nullopt;
        has_any_ = true;
        parts_.emplace_back(Any{size});
        return;
    }
    Field field(inside, order);
    size_ = field.size() ? std::optional(*size_ + *field.size()) : std::nullopt;
    if (std::find(names_.begin(), names_.end(), field.name()) == names_.end()) {
        names_.push_back(field.name());
    }
    parts_.emplace_back(std::move(field));
}

std::optional<std::string> Body::repeated() const {
    std::set<std::string> seen;
    for (const auto& part : parts_) {
        const auto* field = std::get_if<Field>(&part);
        if (field != nullptr && field->is_plain() && !seen.insert(field->name()).second) {
            return field->name();
        }
    }
    return std::nullopt;
}

const Field* Body::field(const std::string& name) const {
    for (const auto& part : parts_) {
        const auto* field = std::get_if<Field>(&part);
        if (field != nullptr && field->name() == name) {
            return field;
        }
    }
    return nullptr;
}

std::string_view Body::head() const {
    const auto* literal = std::get_if<std::string>(&parts_.front());
    return literal == nullptr ? std::string_view() : std::string_view(*literal);
}

std::string Body::encode(const nlohmann::json& params) const {
    std::string bytes;
    for (const auto& part : parts_) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            bytes += *literal;
            continue;
        }
        if (std::holds_alternative<Any>(part)) {
            continue;
        }
        const auto& field = std::get<Field>(part);
        const auto value = params.find(field.name());
        if (value == params.end()) {
            throw Error(Code::bad_request, "parameter '" + field.name() + "' is missing");
        }
        bytes += field.encode(*value);
    }
    return bytes;
}

std::optional<std::string> Body::before(const std::vector<std::string>& names,
                                        const nlohmann::json& params) const {
    std::string bytes;
    for (const auto& part : parts_) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            bytes += *literal;
            continue;
        }
        if (std::holds_alternative<Any>(part)) {
            continue;
        }
        const auto& field = std::get<Field>(part);
        if (std::find(names.begin(), names.end(), field.name()) != names.end()) {
            return bytes;
        }
        bytes += field.encode(params.at(field.name()));
    }
    return std::nullopt;
}

std::optional<nlohmann::json> Body::decode(std::string_view bytes) const {
    if (size_ && bytes.size() != *size_) {
        return std::nullopt;
    }
    auto values = nlohmann::json::object();
    for (const auto& part : parts_) {
        const auto size = size_of(part).value_or(bytes.size());
        if (size > bytes.size()) {
            return std::nullopt;
        }
        const auto here = bytes.substr(0, size);
        bytes.remove_prefix(size);
        if (!is_possible(part, here)) {
            return std::nullopt;
        }
        const auto* field = std::get_if<Field>(&part);
        if (field == nullptr) {
            continue;
        }
        auto value = *field->decode(here);
        // A field that is there twice must say the same twice.
        if (values.contains(field->name()) && values[field->name()] != value) {
            return std::nullopt;
        }
        values[field->name()] = std::move(value);
    }
    return values;
}

bool Body::may_begin(std::string_view bytes) const {
    for (const auto& part : parts_) {
        const auto size = size_of(part).value_or(bytes.size());
        const auto here = bytes.substr(0, size);
        const auto* literal = std::get_if<std::string>(&part);
        const bool is_whole = here.size() == size;
        if (is_whole ? !is_possible(part, here) : literal != nullptr && !literal->starts_with(here)) {
            return false;
        }
        bytes.remove_prefix(here.size());
    }
    return true;
}

std::string
Body::fill(const std::string& example,
           const std::function<std::optional<std::string>(const std::string& name)>& value) const {
    if (!decode(example)) {
        return example;
    }
    std::string bytes;
    for (const auto& part : parts_) {
        const auto size = size_of(part).value_or(example.size() - bytes.size());
        auto here = example.substr(bytes.size(), size);
        if (const auto* field = std::get_if<Field>(&part); field != nullptr) {
            if (const auto text = value(field->name())) {
                try {
                    here = field->encode(field->value_of(*text));
                } catch (const Error&) {
                    // A value that this answer can't hold: the board says what the example says.
                }
            }
        }
        bytes += here;
    }
    return bytes;
}

} // namespace jigd::drivers
