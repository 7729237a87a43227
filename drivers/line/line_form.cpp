#include "drivers/line/line_form.hpp"

#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "drivers/line/filled_example.hpp"

namespace jigd::drivers {

namespace {

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find(' '));
}

} // namespace

std::string PatternMatcher::fill(const std::string& example, const profile::Replacement& value) const {
    return filled_example(pattern_, example, value);
}

const std::string& LineForm::text() const {
    static const std::string nothing;
    return parts_.send ? parts_.send->text() : nothing;
}

std::vector<std::string> LineForm::params() const {
    return parts_.send ? parts_.send->names() : std::vector<std::string>();
}

const profile::Words* LineForm::words(const std::string& param) const {
    return parts_.send ? parts_.send->words(param) : nullptr;
}

std::vector<std::string> LineForm::captures() const {
    return parts_.match ? parts_.match->groups() : std::vector<std::string>();
}

std::string LineForm::answer_text() const {
    return (parts_.match ? parts_.match->text() : std::string()) + answer_shape().text();
}

std::optional<profile::Captures> LineForm::captured(std::string_view body) const {
    if (!parts_.answer || !parts_.answer->fits(body)) {
        return std::nullopt;
    }
    return parts_.match ? parts_.match->match(body) : profile::Captures{};
}

/// A text in the bytes that go over the wire; words are bytes already.
nlohmann::json LineForm::on_wire(const std::string& param, const nlohmann::json& value) const {
    if (!parts_.is_latin1 || !value.is_string() || words(param) != nullptr) {
        return value;
    }
    try {
        return profile::to_wire_bytes(value.get_ref<const std::string&>());
    } catch (const std::invalid_argument&) {
        throw Error(Code::bad_request,
                    "parameter '" + param +
                        "' holds a character that Latin-1, this board's encoding, does not "
                        "have; send those up to U+00FF only");
    }
}

nlohmann::json LineForm::all_on_wire(const nlohmann::json& params) const {
    auto all = nlohmann::json::object();
    for (const auto& [name, value] : params.items()) {
        all[name] = on_wire(name, value);
    }
    return all;
}

std::string LineForm::encode(const nlohmann::json& params) const {
    if (!parts_.send) {
        return {};
    }
    const auto text = parts_.send->render(parts_.is_latin1 ? all_on_wire(params) : params);
    return (parts_.checksum ? parts_.checksum->wrapped(text) : text) + parts_.end;
}

std::string LineForm::masked(const nlohmann::json& params, const std::vector<std::string>& secrets) const {
    if (!parts_.send || secrets.empty()) {
        return encode(params);
    }
    const auto text = parts_.send->masked(all_on_wire(params), secrets);
    return (parts_.checksum ? parts_.checksum->masked(text) : text) + parts_.end;
}

std::string LineForm::spelt(const std::string& param, const nlohmann::json& value) const {
    return parts_.send ? parts_.send->spelt(param, on_wire(param, value)) : std::string();
}

std::optional<nlohmann::json> LineForm::parse(std::string_view body) const {
    auto params = parts_.send ? parts_.send->parse(body) : std::nullopt;
    if (!params || !parts_.is_latin1) {
        return params;
    }
    for (auto& [name, value] : params->items()) {
        if (value.is_string() && words(name) == nullptr) {
            value = profile::from_wire_bytes(value.get_ref<const std::string&>());
        }
    }
    return params;
}

bool LineForm::resembles(std::string_view body) const {
    return !body.empty() && parts_.send && first_word(parts_.send->text()) == first_word(body);
}

std::string LineForm::answer(const std::string& example, const profile::Replacement& value) const {
    return !parts_.answer ? std::string()
           : parts_.match ? filled_example(*parts_.match, example, value)
                          : example;
}

} // namespace jigd::drivers
