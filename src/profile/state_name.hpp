#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// The name of a value of the jig: `door`, or an item of a list as `relays[3]`, `relays[channel]` (the item
/// that the parameter says) or `relays[*]` (all items). Parsed once, when the profile is loaded. A value.
struct StateName {
    enum class Index {
        none,   ///< the value itself, or the list as a whole
        number, ///< the item `number`
        param,  ///< the item that the parameter `name` says
        all,    ///< every item
        key,    ///< the item that is called `name`, whatever characters that has: `rails[vbus]`
    };
    /// Items are numbered from 1 to this. Callers may choose an index: that must not make lists as long as
    /// they like.
    static constexpr std::size_t max_number = 1024;

    std::string base;
    Index index = Index::none;
    std::size_t number = 0; ///< 1 … max_number
    std::string name;

    StateName() = default;
    explicit StateName(std::string of, Index by = Index::none, std::size_t position = 0,
                       std::string called = "")
        : base(std::move(of)), index(by), number(position), name(std::move(called)) {}

    /// What a profile writes; nullopt when it is not the name of a state. A number outside of 1 … max_number
    /// gives a key, for the caller to refuse.
    [[nodiscard]] static std::optional<StateName> parse(std::string_view text);

    /// With the parameter's value as the index: a number where that is one, else a key, so that "*" as a
    /// value is the item of that name. Others, and one whose parameter is not in `params`, as they are.
    [[nodiscard]] StateName resolve(const nlohmann::json& params) const;
    [[nodiscard]] StateName item(std::size_t position) const {
        return StateName(base, Index::number, position);
    }
    [[nodiscard]] bool is_item() const { return index != Index::none; }

    /// As a profile writes it.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const StateName&, const StateName&) = default;
    /// For the keys of maps.
    friend bool operator<(const StateName& left, const StateName& right) {
        return std::tie(left.base, left.index, left.number, left.name) <
               std::tie(right.base, right.index, right.number, right.name);
    }
};

} // namespace jigd::profile
