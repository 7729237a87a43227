#include "jig/interlock.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace jigd::jig {

namespace {

using Comparison = profile::Requirement::Comparison;

bool holds_in_order(Comparison comparison, double value, double bound) {
    switch (comparison) {
    case Comparison::less:
        return value < bound;
    case Comparison::at_most:
        return value <= bound;
    case Comparison::greater:
        return value > bound;
    case Comparison::at_least:
        return value >= bound;
    case Comparison::equal:
    case Comparison::not_equal:
        break;
    }
    return false;
}

std::string shown(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

} // namespace

bool holds(const profile::Requirement& requirement, const nlohmann::json& value) {
    switch (requirement.comparison) {
    case Comparison::equal:
        return value == requirement.value;
    case Comparison::not_equal:
        return value != requirement.value;
    case Comparison::less:
    case Comparison::at_most:
    case Comparison::greater:
    case Comparison::at_least:
        break;
    }
    return value.is_number() && requirement.value.is_number() &&
           holds_in_order(requirement.comparison, value.get<double>(), requirement.value.get<double>());
}

void require_holds(const std::string& request, const profile::Requirement& requirement,
                   const std::string& state, const link::Value& value, TimePoint now) {
    if (value.source != link::Source::observed) {
        throw Error(Code::interlock,
                    fmt::format("{} needs {}, but the board does not say what {} is; nothing was sent",
                                request, requirement.text, state),
                    Executed::no, {{"requires", requirement.text}, {"value", nullptr}});
    }
    if (!holds(requirement, value.value)) {
        const auto age = std::chrono::floor<Milliseconds>(now - value.at).count();
        throw Error(Code::interlock,
                    fmt::format("{} needs {}, but {} is {} (read {} ms ago); nothing was sent", request,
                                requirement.text, state, shown(value.value), age),
                    Executed::no, {{"requires", requirement.text}, {"value", value.value}, {"age_ms", age}});
    }
}

} // namespace jigd::jig
