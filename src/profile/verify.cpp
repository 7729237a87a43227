#include <algorithm>
#include <cmath>

#include "profile/profile.hpp"

namespace jigd::profile {

namespace {

bool is_as_set(const nlohmann::json& read, const nlohmann::json& set, double tolerance) {
    if (tolerance > 0 && read.is_number() && set.is_number()) {
        return std::fabs(read.get<double>() - set.get<double>()) <= tolerance;
    }
    return read == set;
}

/// What `member` names in `result`; null where that has no such item.
nlohmann::json value_of(const StateName& member, const nlohmann::json& result) {
    const auto found = result.find(member.base);
    if (found == result.end() || !member.is_item()) {
        return found == result.end() ? nlohmann::json() : *found;
    }
    const bool has_item =
        found->is_array() && member.index == StateName::Index::number && member.number <= found->size();
    return has_item ? found->at(member.number - 1) : nlohmann::json();
}

} // namespace

std::optional<std::string> contradiction(const Verify& verify, const nlohmann::json& params,
                                         const nlohmann::json& result) {
    for (const auto& expectation : verify.expect) {
        const auto& set = expectation.param.empty() ? expectation.value : params.at(expectation.param);
        const auto member = expectation.member.resolve(params);
        const bool is_for_all = member.index == StateName::Index::all;
        const auto read = value_of(is_for_all ? StateName(member.base) : member, result);
        const auto agrees = [&](const nlohmann::json& each) {
            return is_as_set(each, set, verify.tolerance);
        };
        const bool holds =
            is_for_all ? read.is_array() && !read.empty() && std::all_of(read.begin(), read.end(), agrees)
                       : agrees(read);
        if (!holds) {
            return member.text() + " = " + read.dump() + " where " + set.dump() + " was set";
        }
    }
    return std::nullopt;
}

} // namespace jigd::profile
