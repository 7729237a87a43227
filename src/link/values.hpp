#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// How a value came to be known.
enum class Source {
    unknown,   ///< not read since the port was opened, or something happened to it since
    commanded, ///< the board was commanded, and nothing read it back
    observed,  ///< the board said so
};

[[nodiscard]] std::string_view to_string(Source source);

struct Value {
    nlohmann::json value{};
    Source source = Source::unknown;
    TimePoint at{};
    /// It comes from an event or a command, not from an answer to a question: a later event that got lost
    /// would make it untrue.
    bool unasked = false;
};

/// What is known of the jig: each of the profile's states (docs/profile-reference.md, States) with where it
/// comes from and its age. Items of lists are known one by one: `relays[3]`. Time comes in. Jig thread only.
class Values {
  public:
    /// `profile` must outlive it.
    explicit Values(const profile::Profile& profile);

    /// The board answered `result`, or a part of it, whose `fields` are states. A part has items of a list by
    /// their own names.
    void observe(const std::vector<profile::Field>& fields, const nlohmann::json& result,
                 const nlohmann::json& params, TimePoint now);
    /// The board said so unasked.
    void observe_event(const std::vector<profile::Field>& fields, const nlohmann::json& values,
                       TimePoint now);
    /// The board took a command that has these effects, and answered `result`.
    void command(const std::vector<profile::Effect>& effects, const nlohmann::json& params,
                 const nlohmann::json& result, TimePoint now);
    /// The same without knowing whether it took it.
    void lose(const std::vector<profile::Effect>& effects, const nlohmann::json& params);
    /// The board said something of these that can't be read.
    void lose(const std::vector<profile::Field>& fields);
    /// What the board did to itself before it said so.
    void happened(const std::vector<profile::Effect>& effects, TimePoint now);
    /// Something arrived that fits nothing, and may have been an event: what only events and commands said is
    /// unknown, and what was asked for before is too old for an interlock.
    void distrust_unasked(TimePoint now);
    /// Something that fits nothing arrived since the value was read.
    [[nodiscard]] bool is_distrusted(const Value& value) const { return value.at <= distrusted_at_; }
    /// Another board may be there, or the same one anew: all is unknown.
    void forget();

    /// One value or item, or a list as a whole. nullopt when it is unknown.
    [[nodiscard]] std::optional<Value> find(const profile::StateName& state) const;

    /// Rises with every change of a value or of where it comes from; starts at 1.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    /// The members `values` and `quality` of JigStatus: what the profile's JigStatus reads and its requests
    /// set, null where unknown.
    [[nodiscard]] nlohmann::json values() const;
    [[nodiscard]] nlohmann::json quality(TimePoint now) const;

  private:
    void put(const profile::StateName& state, Value value);
    void put_field(const profile::StateName& state, const nlohmann::json& said, const Value& form);
    void put_effect(const profile::Effect& effect, const nlohmann::json& params, Value value);
    /// A state as a whole: a list's items together are as sure and as old as the worst of them.
    [[nodiscard]] Value whole(const std::string& base) const;

    std::set<std::string> shown_;               ///< bases, in JigStatus
    std::map<std::string, std::size_t> lists_;  ///< base → items, as far as they are known
    std::map<profile::StateName, Value> cells_; ///< values and items, not lists
    std::uint64_t version_ = 1;
    TimePoint distrusted_at_{};
};

} // namespace jigd::link
