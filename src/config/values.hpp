#pragma once

#include <string>
#include <string_view>

#include "core/deadline.hpp"
#include "yaml/reader.hpp"

/// How the sections read what more than one of them has.
namespace jigd::config {

/// A duration that is a whole number of `Unit`s, because that is all its user can tell apart.
template<typename Unit>
Unit whole_duration(const yaml::Node& node, Unit otherwise, yaml::Range<Duration> range,
                    std::string_view unit_name, yaml::Problems& problems) {
    const auto duration = yaml::read_duration(node, range, problems);
    if (!duration) {
        return otherwise;
    }
    const auto whole = std::chrono::duration_cast<Unit>(*duration);
    if (whole != *duration) {
        problems.add(node.mark(), yaml::shown(node.text()) + ", expected whole " + std::string(unit_name));
    }
    return whole;
}

template<typename Unit>
Unit duration_in(yaml::MapReader& map, std::string_view key, Unit otherwise, yaml::Range<Duration> range,
                 std::string_view unit_name) {
    const auto node = map.node(key);
    return node ? whole_duration(*node, otherwise, range, unit_name, map.problems()) : otherwise;
}

inline Milliseconds milliseconds_or(yaml::MapReader& map, std::string_view key, Milliseconds otherwise,
                                    yaml::Range<Duration> range) {
    return duration_in(map, key, otherwise, range, "milliseconds");
}

using Test = bool (*)(const std::string&);

/// The node's text; when it does not pass, a problem that says what was expected.
inline std::string text_that(Test passes, std::string_view expected, const yaml::Node& node,
                             yaml::Problems& problems) {
    const auto text = yaml::read_string(node, problems);
    if (text && !passes(*text)) {
        problems.add(node.mark(), yaml::shown(*text) + ", expected " + std::string(expected));
    }
    return text.value_or("");
}

} // namespace jigd::config
