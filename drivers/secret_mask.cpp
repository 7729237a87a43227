#include "drivers/secret_mask.hpp"

#include <algorithm>
#include <utility>

namespace jigd::drivers {

namespace {

constexpr std::size_t max_secrets = 64;
constexpr std::string_view mask = "…";

} // namespace

void SecretMask::remember(const std::string& secret) {
    if (!secret.empty() && std::find(secrets_.begin(), secrets_.end(), secret) == secrets_.end()) {
        secrets_.push_back(secret);
    }
    if (secrets_.size() > max_secrets) {
        secrets_.pop_front();
    }
}

std::string SecretMask::masked(std::string_view text) const {
    std::string shown(text);
    for (const auto& secret : secrets_) {
        for (auto place = shown.find(secret); place != std::string::npos; place = shown.find(secret, place)) {
            shown.replace(place, secret.size(), mask);
            place += mask.size();
        }
    }
    return shown;
}

nlohmann::json SecretMask::masked_details(nlohmann::json details) const {
    for (auto& [name, value] : details.items()) {
        if (value.is_string() && !secrets_.empty()) {
            value = masked(value.get<std::string>());
        }
    }
    return details;
}

std::string SecretMask::feed(std::string_view bytes) {
    auto text = masked(waiting_.append(bytes));
    const auto end = text.size() - beginning_at_end_of(text);
    waiting_ = text.substr(end);
    text.resize(end);
    return text;
}

/// How many bytes at the end of `text` may be the beginning of a secret.
std::size_t SecretMask::beginning_at_end_of(std::string_view text) const {
    std::size_t longest = 0;
    for (const std::string_view secret : secrets_) {
        for (auto length = std::min(secret.size() - 1, text.size()); length > longest; --length) {
            if (text.ends_with(secret.substr(0, length))) {
                longest = length;
            }
        }
    }
    return longest;
}

} // namespace jigd::drivers
