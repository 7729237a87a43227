#include <algorithm>

#include "profile/profile.hpp"

namespace jigd::profile {

bool Request::has_secrets() const {
    return std::any_of(params.begin(), params.end(), [](const Param& param) { return param.secret; });
}

std::vector<std::string> secrets_of(const Request& request) {
    std::vector<std::string> secrets;
    for (const auto& param : request.params) {
        if (param.secret) {
            secrets.push_back(param.name);
        }
    }
    return secrets;
}

} // namespace jigd::profile
