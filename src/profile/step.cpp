#include "profile/profile.hpp"

namespace jigd::profile {

std::optional<Milliseconds> timeout_of(const Step& step) {
    return std::visit([](const auto& own) { return own.timeout; }, step);
}

Step with_timeout(Step step, Milliseconds timeout) {
    std::visit([timeout](auto& own) { own.timeout = timeout; }, step);
    return step;
}

bool is_answered(const Step& step) {
    return std::visit([](const auto& own) { return own.match.has_value(); }, step);
}

std::vector<std::string> captures_of(const Step& step) {
    return std::visit(
        [](const auto& own) { return own.match ? own.match->groups() : std::vector<std::string>(); }, step);
}

} // namespace jigd::profile
