#include "skeleton_form.hpp"

#include <algorithm>
#include <charconv>

#include "skeleton_codec.hpp"

namespace jigd::drivers {

std::optional<int> number_behind(char letter, std::string_view body) {
    int number = 0;
    const auto* end = body.data() + body.size();
    if (body.size() < 2 || body.front() != letter ||
        std::from_chars(body.data() + 1, end, number) != std::from_chars_result{end, std::errc{}}) {
        return std::nullopt;
    }
    return number;
}

std::optional<profile::Captures> SkeletonMatcher::match(std::string_view body) const {
    const auto number = number_behind(letter_, body);
    return number ? std::optional(profile::Captures{{groups_.front(), *number}}) : std::nullopt;
}

std::string SkeletonMatcher::fill(const std::string& example, const profile::Replacement& value) const {
    const auto number = value(groups_.front());
    return number ? letter_ + *number : example;
}

std::vector<std::string> SkeletonForm::params() const {
    return param_.empty() ? std::vector<std::string>{} : std::vector{param_};
}

std::string SkeletonForm::encode(const nlohmann::json& params) const {
    return frame_of(param_.empty() ? text_ : text_ + spelt(param_, params.at(param_)));
}

std::string SkeletonForm::masked(const nlohmann::json& params,
                                 const std::vector<std::string>& secrets) const {
    const bool is_secret = std::find(secrets.begin(), secrets.end(), param_) != secrets.end();
    return is_secret ? frame_of(text_ + "…") : encode(params);
}

// What does not fit into a frame has to be refused here. A number always fits.
std::string SkeletonForm::spelt(const std::string& /*param*/, const nlohmann::json& value) const {
    return value.dump();
}

std::optional<profile::Captures> SkeletonForm::decode(std::string_view body,
                                                      const nlohmann::json& /*params*/) const {
    const auto number = number_behind(letter_, body);
    return number ? std::optional(profile::Captures{{"number", *number}}) : std::nullopt;
}

std::optional<nlohmann::json> SkeletonForm::parse(std::string_view body) const {
    if (param_.empty()) {
        return body == text_ ? std::optional(nlohmann::json::object()) : std::nullopt;
    }
    const auto number = number_behind(letter_, body);
    return number ? std::optional(nlohmann::json{{param_, *number}}) : std::nullopt;
}

std::string SkeletonForm::answer(const std::string& example, const profile::Replacement& value) const {
    const auto number = value("number");
    return number ? text_ + *number : example;
}

} // namespace jigd::drivers
