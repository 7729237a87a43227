#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "profile/profile.hpp"

namespace jigd::jigsim {

/// What a simulated board remembers: the values of the profile's states by name, "door", and the items of
/// what nothing tells as a list, "pins[D4]". It starts from the results of the examples (of a request's
/// values the first example counts, of items the first of each) and Simulation::state, which wins.
class BoardState {
  public:
    explicit BoardState(const profile::Profile& profile);

    /// The value of `state`: "door", "relays[3]" or "relays[channel]", whose index (from 1) is the parameter
    /// `channel`; nullptr when there is none.
    [[nodiscard]] const nlohmann::json* find(const profile::StateName& state,
                                             const nlohmann::json& params) const;
    /// Likewise; "relays[*]" sets all items. A state that is not there is made; an index that a list does not
    /// have is ignored.
    void set(const profile::StateName& state, const nlohmann::json& params, const nlohmann::json& value);
    void raise(const std::string& counter);

    [[nodiscard]] const std::map<std::string, nlohmann::json>& values() const { return values_; }

  private:
    void remember_examples(const profile::Profile& profile, bool are_items);
    void remember_examples(const profile::Request& request, bool are_items);
    void set_all(const std::string& base, const nlohmann::json& value);

    std::map<std::string, nlohmann::json> values_;
};

} // namespace jigd::jigsim
