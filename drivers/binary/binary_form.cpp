#include "drivers/binary/binary_form.hpp"

#include <utility>

namespace jigd::drivers {

namespace {

std::optional<profile::Captures> captures_of(const Body& body, std::string_view bytes) {
    const auto values = body.decode(bytes);
    if (!values) {
        return std::nullopt;
    }
    profile::Captures captures;
    for (const auto& [name, value] : values->items()) {
        captures.emplace(name, value);
    }
    return captures;
}

} // namespace

std::optional<profile::Captures> BodyMatcher::match(std::string_view body) const {
    return captures_of(*body_, body);
}

bool BodyMatcher::find(std::string_view body) const {
    const auto size = body_->size().value_or(body.size());
    for (std::size_t place = 0; place + size <= body.size(); ++place) {
        if (body_->decode(body.substr(place, size))) {
            return true;
        }
    }
    return false;
}

std::string BodyMatcher::fill(const std::string& example, const profile::Replacement& value) const {
    return body_->fill(example, value);
}

BinaryForm::BinaryForm(std::shared_ptr<const Body> send, std::shared_ptr<const Body> match,
                       std::shared_ptr<const BinaryWire> wire)
    : send_(std::move(send)), match_(std::move(match)), wire_(std::move(wire)) {}

const profile::Words* BinaryForm::words(const std::string& param) const {
    const auto* field = send_->field(param);
    return field == nullptr ? nullptr : field->words();
}

std::vector<std::string> BinaryForm::captures() const {
    return match_ ? match_->names() : std::vector<std::string>();
}

bool BinaryForm::may_answer(std::string_view body) const {
    return match_ && match_->decode(body);
}

std::string BinaryForm::encode(const nlohmann::json& params) const {
    return wire_->frame(send_->encode(params), wire_->layout.sequence().first);
}

std::string BinaryForm::masked(const nlohmann::json& params, const std::vector<std::string>& secrets) const {
    const auto shown = send_->before(secrets, params);
    return shown ? wire_->layout.head() + *shown + "…" : encode(params);
}

std::string BinaryForm::spelt(const std::string& param, const nlohmann::json& value) const {
    const auto* field = send_->field(param);
    return field == nullptr ? value.dump() : field->spelt(value);
}

std::string BinaryForm::secret(const std::string& param, const nlohmann::json& value) const {
    const auto* field = send_->field(param);
    return field == nullptr ? std::string() : field->encode(value);
}

/// What repeats a parameter is spelt as the parameter is, so that the two can be compared.
std::optional<profile::Captures> BinaryForm::decode(std::string_view body,
                                                    const nlohmann::json& /*params*/) const {
    auto captures = match_ ? captures_of(*match_, body) : std::nullopt;
    if (captures) {
        for (const auto& name : send_->names()) {
            if (const auto repeated = captures->find(name); repeated != captures->end()) {
                repeated->second = spelt(name, repeated->second);
            }
        }
    }
    return captures;
}

std::optional<nlohmann::json> BinaryForm::parse(std::string_view body) const {
    return send_->decode(body);
}

bool BinaryForm::resembles(std::string_view body) const {
    const auto head = send_->head();
    return !head.empty() && body.starts_with(head);
}

std::string BinaryForm::answer(const std::string& example, const profile::Replacement& value) const {
    return match_ ? match_->fill(example, value) : std::string();
}

} // namespace jigd::drivers
