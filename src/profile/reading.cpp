#include "profile/reading.hpp"

#include <algorithm>

#include "core/nearest.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

std::vector<yaml::Node> items_of(const std::optional<yaml::Node>& node, const std::string& what,
                                 yaml::Problems& problems) {
    if (!node) {
        return {};
    }
    if (node->type() != yaml::Node::Type::list) {
        problems.add(node->mark(), what + " must be a list, each item of it after '- '");
        return {};
    }
    return node->items();
}

std::vector<yaml::Node::Entry> entries_of(const std::optional<yaml::Node>& node, const std::string& what,
                                          yaml::Problems& problems) {
    if (!node) {
        return {};
    }
    if (node->type() != yaml::Node::Type::map) {
        problems.add(node->mark(), what + " must be a map (name: value)");
        return {};
    }
    return node->entries();
}

std::optional<Pattern> read_pattern(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    const auto text = node ? yaml::read_string(*node, problems) : std::nullopt;
    return text ? construct<Pattern>(node->mark(), "match", problems, *text) : std::nullopt;
}

void check_groups(const Pattern& pattern, const std::vector<std::string>& groups, const yaml::Mark& mark,
                  yaml::Problems& problems) {
    for (const auto& group : pattern.groups()) {
        if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
            problems.add(mark,
                         "match: the group '" + group + "' means nothing here" + did_you_mean(group, groups));
        }
    }
}

bool is_type_name(std::string_view text) {
    return is_identifier(text) && text.front() >= 'A' && text.front() <= 'Z' &&
           text.find('_') == std::string_view::npos;
}

std::optional<std::string> placeholder(const yaml::Node& node) {
    const auto& text = node.text();
    if (node.type() != yaml::Node::Type::scalar || text.size() < 3 || text.front() != '{' ||
        text.back() != '}' || !is_identifier(text.substr(1, text.size() - 2))) {
        return std::nullopt;
    }
    return text.substr(1, text.size() - 2);
}

std::optional<StateName> parse_state(const std::string& text) {
    const Pattern form(R"(^(?P<base>[A-Za-z]\w*(?:\.\w+)*)(?:\[(?P<index>[A-Za-z]\w*|\d+|\*)\])?$)");
    const auto found = form.match(text);
    if (!found) {
        return std::nullopt;
    }
    const auto index = found->find("index");
    return StateName{found->at("base").get<std::string>(),
                     index == found->end() ? "" : index->second.get<std::string>()};
}

} // namespace jigd::profile
