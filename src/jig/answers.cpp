#include "jig/answers.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace jigd::jig {

namespace {

/// What one of several answers says of `fields`.
nlohmann::json part_of_result(const std::vector<profile::Field>& fields, const profile::Captures& captures) {
    auto part = nlohmann::json::object();
    const auto add = [&](const profile::Field& field) {
        if (const auto captured = captures.find(field.group); captured != captures.end()) {
            part[field.name] = profile::from_wire(field, captured->second);
        }
    };
    for (const auto& field : fields) {
        if (field.items.empty()) {
            add(field);
        }
        std::for_each(field.items.begin(), field.items.end(), add);
    }
    return part;
}

/// What of `result` is not in `observed` yet; of a list, item by item.
nlohmann::json rest_of_result(const std::vector<profile::Field>& fields, const nlohmann::json& result,
                              const nlohmann::json& observed) {
    auto rest = nlohmann::json::object();
    const auto add = [&](const profile::Field& field, const nlohmann::json& value) {
        if (!observed.contains(field.name)) {
            rest[field.name] = value;
        }
    };
    for (const auto& field : fields) {
        const auto& value = result.at(field.name);
        if (field.items.empty()) {
            add(field, value);
        }
        for (std::size_t index = 0; index < field.items.size(); ++index) {
            add(field.items[index], value.at(index));
        }
    }
    return rest;
}

} // namespace

void Answers::add(const profile::Step& step, const profile::Captures& answer) {
    if (&step != &request_.steps.back()) {
        const auto part = in_step([&] { return part_of_result(request_.result, answer); });
        values_.observe(request_.result, part, params_, link_.now(TimePoint{}));
        observed_.update(part);
        link_.process_rest();
    }
    captures_.insert(answer.begin(), answer.end());
}

nlohmann::json Answers::result() {
    auto result = in_step([&] { return profile::to_result(request_.result, captures_); });
    values_.observe(request_.result,
                    observed_.empty() ? result : rest_of_result(request_.result, result, observed_), params_,
                    link_.now(TimePoint{}));
    return result;
}

/// An answer that is not what the profile declares may be another question's.
nlohmann::json Answers::in_step(const std::function<nlohmann::json()>& read_answer) {
    try {
        return read_answer();
    } catch (const Error& error) {
        link_.on_out_of_step(error.what());
        throw;
    }
}

} // namespace jigd::jig
