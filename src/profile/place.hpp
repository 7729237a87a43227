#pragma once

#include <initializer_list>
#include <string_view>

#include "yaml/document.hpp"

/// Where in a document something stands, for hints. Not for other rooms.
namespace jigd::profile {

/// The key at the end of `path`, or as far as the document has it.
[[nodiscard]] inline yaml::Mark place_of(const yaml::Node& root,
                                         std::initializer_list<std::string_view> path) {
    auto node = root;
    auto mark = root.mark();
    for (const auto key : path) {
        bool found = false;
        if (node.type() != yaml::Node::Type::map) {
            break;
        }
        for (const auto& entry : node.entries()) {
            if (entry.key == key) {
                mark = entry.mark;
                const auto value = entry.value;
                node = value;
                found = true;
                break;
            }
        }
        if (!found) {
            break;
        }
    }
    return mark;
}

/// The item of the list `section`, or as near as the document has it.
[[nodiscard]] inline yaml::Mark place_of_item(const yaml::Node& root, std::string_view section,
                                              std::size_t index) {
    const auto list = root.find(section);
    const bool has_it = list && list->type() == yaml::Node::Type::list && index < list->items().size();
    return has_it ? list->items()[index].mark() : place_of(root, {section});
}

/// The `match` of that item.
[[nodiscard]] inline yaml::Mark place_of_match(const yaml::Node& root, std::string_view section,
                                               std::size_t index) {
    const auto list = root.find(section);
    const bool has_it = list && list->type() == yaml::Node::Type::list && index < list->items().size();
    const auto match = has_it ? list->items()[index].find("match") : std::nullopt;
    return match ? match->mark() : place_of_item(root, section, index);
}

} // namespace jigd::profile
