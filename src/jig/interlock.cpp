#include "jig/interlock.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace jigd::jig {

namespace {

using Comparison = profile::Requirement::Comparison;

/// For one condition of a request.
constexpr int max_reads = 2;

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

std::string for_people(const nlohmann::json& value) {
    return value.is_string() ? printable(value.get_ref<const std::string&>()) : value.dump();
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
                    fmt::format("{} needs {}, but the board does not say what {} is; it was not sent",
                                request, requirement.text, state),
                    Executed::no, {{"requires", requirement.text}, {"value", nullptr}});
    }
    if (!holds(requirement, value.value)) {
        const auto age = std::chrono::floor<Milliseconds>(now - value.at).count();
        throw Error(Code::interlock,
                    fmt::format("{} needs {}, but {} is {} (read {} ms ago); it was not sent", request,
                                requirement.text, state, for_people(value.value), age),
                    Executed::no, {{"requires", requirement.text}, {"value", value.value}, {"age_ms", age}});
    }
}

bool Interlocks::is_fresh(const profile::Requirement& requirement, const link::Value& value, TimePoint since,
                          TimePoint now) const {
    if (value.source != link::Source::observed || values_.is_distrusted(value)) {
        return false;
    }
    const auto age = now - value.at;
    return age <= requirement.max_age || (value.at >= since && age <= oldest_at_sending(requirement));
}

/// Making sure of the board, and writing the request down, takes its time.
Duration Interlocks::oldest_at_sending(const profile::Requirement& requirement) const {
    return std::max(requirement.max_age, profile_.timeouts.reply) + profile_.timeouts.pace;
}

void Interlocks::require(const profile::Request& request, const nlohmann::json& params, TimePoint since,
                         Deadline deadline, const std::function<TimePoint()>& now) const {
    for (const auto& requirement : request.requirements) {
        const auto state = requirement.state.resolve(params);
        auto value = values_.find(state).value_or(link::Value{});
        const auto is_in_doubt = [&] {
            return value.source == link::Source::observed && values_.is_distrusted(value);
        };
        // What comes right behind the answer may put it into doubt at once.
        for (int reads = 0;
             reads == 0 ? !is_fresh(requirement, value, since, now()) : reads < max_reads && is_in_doubt();
             ++reads) {
            try {
                read_(requirement.read, deadline);
            } catch (const Error& error) {
                throw Error(error.code(),
                            fmt::format("{} needs {}, which could not be read: {}", request.name,
                                        requirement.text, error.what()),
                            Executed::no, error.details());
            }
            value = values_.find(state).value_or(link::Value{});
        }
        require_holds(request.name, requirement, state.text(), value, now());
    }
}

bool Interlocks::are_in_doubt(const profile::Request& request, const nlohmann::json& params) const {
    return std::any_of(
        request.requirements.begin(), request.requirements.end(), [&](const auto& requirement) {
            const auto value = values_.find(requirement.state.resolve(params));
            return !value || value->source != link::Source::observed || values_.is_distrusted(*value);
        });
}

void Interlocks::require_still(const profile::Request& request, const nlohmann::json& params,
                               TimePoint now) const {
    for (const auto& requirement : request.requirements) {
        const auto state = requirement.state.resolve(params);
        auto value = values_.find(state).value_or(link::Value{});
        if (values_.is_distrusted(value)) {
            value = {};
        }
        require_holds(request.name, requirement, state.text(), value, now);
        if (now - value.at > oldest_at_sending(requirement)) {
            throw Error(Code::interlock,
                        request.name + " needs " + requirement.text +
                            ", which was read too long before it could be sent; nothing was sent. Ask again",
                        Executed::no, {{"requires", requirement.text}});
        }
    }
}

} // namespace jigd::jig
