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

yaml::Mark mark_of(const yaml::Node& map, std::string_view key) {
    const auto node = map.find(key);
    return node ? node->mark() : map.mark();
}

yaml::Mark key_mark(const yaml::Node& map, std::string_view key) {
    const auto& entries = map.entries();
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const yaml::Node::Entry& entry) { return entry.key == key; });
    return found == entries.end() ? map.mark() : found->mark;
}

std::optional<std::string> read_wire_text(const yaml::Node& node, yaml::Problems& problems) {
    const auto text = yaml::read_string(node, problems);
    try {
        return text ? std::optional(to_wire_bytes(*text)) : std::nullopt;
    } catch (const std::invalid_argument& error) {
        problems.add(node.mark(), error.what());
        return std::nullopt;
    }
}

std::string wire_text_or(yaml::MapReader& reader, std::string_view key, const std::string& fallback,
                         yaml::Problems& problems) {
    const auto node = reader.node(key);
    return node ? read_wire_text(*node, problems).value_or(fallback) : fallback;
}

std::string without_anchors(std::string_view text) {
    if (text.starts_with('^')) {
        text.remove_prefix(1);
    }
    if (text.ends_with('$')) {
        const auto before = text.substr(0, text.size() - 1);
        const auto backslashes = before.size() - (before.find_last_not_of('\\') + 1);
        // \$ is the character itself.
        text = backslashes % 2 == 0 ? before : text;
    }
    return std::string(text);
}

std::optional<Pattern> read_pattern(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    const auto text = node ? yaml::read_string(*node, problems) : std::nullopt;
    return text ? construct<Pattern>(node->mark(), "match", problems, *text) : std::nullopt;
}

std::string unknown_group(const std::string& group, const std::vector<std::string>& known) {
    const auto meant = did_you_mean(group, known);
    std::string expected;
    for (const auto& each : known) {
        expected.append(expected.empty() ? "; expected one of " : ", ").append(each);
    }
    return "match: the group '" + group + "' means nothing here" + (meant.empty() ? expected : meant);
}

void check_groups(const std::vector<std::string>& groups, const std::vector<std::string>& known,
                  const yaml::Mark& mark, yaml::Problems& problems) {
    for (const auto& group : groups) {
        if (std::find(known.begin(), known.end(), group) == known.end()) {
            problems.add(mark, unknown_group(group, known));
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

std::optional<StateName> read_state(const std::string& text, const std::string& what,
                                    const std::string& forms, const yaml::Mark& mark,
                                    yaml::Problems& problems) {
    auto state = StateName::parse(text);
    if (!state) {
        problems.add(mark, what + ": '" + cut(text) + "' is not a state; write " + forms);
    } else if (state->index == StateName::Index::key) {
        problems.add(mark, what + ": there is no '" + cut(text) + "': the first item is 1, the last " +
                               std::to_string(StateName::max_number) + " at most");
        return std::nullopt;
    }
    return state;
}

} // namespace jigd::profile
