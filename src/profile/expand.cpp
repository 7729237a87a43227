#include "profile/expand.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/nearest.hpp"
#include "profile/bindings.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

using yaml::Node;

/// A profile is read in a moment, whatever stands in it.
constexpr std::size_t max_values = 256;
constexpr std::size_t max_items = 4096;

bool is_scalar(const Node& node) {
    return node.type() == Node::Type::scalar;
}

Node with(const Node& like, std::vector<Node> items, std::vector<Node::Entry> entries) {
    return Node(std::make_shared<const Node::Data>(Node::Data{
        like.type(), like.mark(), like.text(), like.quoted(), std::move(items), std::move(entries)}));
}

std::optional<std::size_t> number_of(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// `1..8` or a list of scalars.
std::vector<Node> values_of(const Node::Entry& variable, yaml::Problems& problems) {
    const auto& node = variable.value;
    const auto refuse = [&](const std::string& what) {
        problems.add(node.mark(), "for: '" + cut(variable.key) + "' " + what +
                                      "; write the first and the last, as in 1..8, or a list, as in [a, b]");
        return std::vector<Node>{};
    };
    if (node.type() == Node::Type::list) {
        const auto& items = node.items();
        const bool is_good = !items.empty() && items.size() <= max_values &&
                             std::all_of(items.begin(), items.end(), is_scalar);
        return is_good ? items : refuse("needs 1 to " + std::to_string(max_values) + " values");
    }
    const auto& text = node.text();
    const auto dots = text.find("..");
    const auto first = number_of(std::string_view(text).substr(0, dots));
    const auto last = dots == std::string::npos ? std::nullopt : number_of(text.substr(dots + 2));
    if (!first || !last) {
        return refuse("has no values");
    }
    if (*last < *first || *last - *first >= max_values) {
        return refuse("needs 1 to " + std::to_string(max_values) + " values");
    }
    std::vector<Node> values;
    for (auto number = *first; number <= *last; ++number) {
        values.push_back(scalar_of(node.mark(), std::to_string(number), false));
    }
    return values;
}

class Expansion {
  public:
    explicit Expansion(yaml::Problems& problems) : problems_(problems) {}

    [[nodiscard]] Node of_profile(const Node& root, const Bindings& bindings) {
        std::vector<Node::Entry> entries;
        for (const auto& entry : root.entries()) {
            if (entry.key == "define") {
                continue;
            }
            const bool is_requests = entry.key == "requests" && entry.value.type() == Node::Type::map;
            entries.push_back({entry.key, entry.mark,
                               is_requests ? of_requests(entry.value, bindings) : of(entry.value, bindings)});
        }
        return with(root, {}, std::move(entries));
    }

  private:
    Node of_requests(const Node& requests, const Bindings& bindings) {
        std::vector<Node::Entry> entries;
        for (const auto& request : requests.entries()) {
            const auto params = request.value.find("params");
            const bool has_params = params && params->type() == Node::Type::map;
            params_ = has_params ? params->entries() : std::vector<Node::Entry>{};
            for (const auto& [name, value] : bindings.values()) {
                require_free(name, "define");
            }
            entries.push_back({request.key, request.mark, of(request.value, bindings)});
            for (const auto* schemas : {"params", "result"}) {
                if (const auto section = entries.back().value.find(schemas)) {
                    require_defined(*section, bindings);
                }
            }
        }
        params_.clear();
        return with(requests, {}, std::move(entries));
    }

    /// A schema's placeholders are those of `define`: nobody else could fill them in.
    void require_defined(const Node& node, const Bindings& bindings) {
        if (const auto name = placeholder(node)) {
            bindings.report_unknown(*name, node.mark(), problems_);
        }
        for (const auto& item : node.items()) {
            require_defined(item, bindings);
        }
        for (const auto& entry : node.entries()) {
            require_defined(entry.value, bindings);
        }
    }

    /// One name can't be both, a value of the profile and one that each caller gives.
    void require_free(const std::string& name, const std::string& what) {
        for (const auto& param : params_) {
            if (param.key == name) {
                problems_.add(param.mark, std::string("parameter '")
                                              .append(name)
                                              .append("' is also in ")
                                              .append(what)
                                              .append("; call one of them differently"));
            }
        }
    }

    Node of(const Node& node, const Bindings& bindings) {
        switch (node.type()) {
        case Node::Type::null:
            return node;
        case Node::Type::scalar:
            return bindings.empty() ? node : bindings.put_into(node, problems_);
        case Node::Type::list:
            return of_list(node, bindings);
        case Node::Type::map:
            return of_map(node, bindings);
        }
        return node;
    }

    Node of_map(const Node& map, const Bindings& bindings) {
        const auto& all = map.entries();
        const bool is_bare = all.size() == 1 && all.front().value.type() == Node::Type::null &&
                             bindings.contains(all.front().key);
        if (is_bare) {
            problems_.add(map.mark(), "a placeholder needs quotes, such as \"{" + cut(all.front().key) +
                                          "}\"; YAML takes braces without them for a map");
        }
        std::vector<Node::Entry> entries;
        entries.reserve(all.size());
        for (const auto& entry : all) {
            entries.push_back(
                {bindings.put_into(entry.key, entry.mark, problems_), entry.mark, of(entry.value, bindings)});
        }
        return with(map, {}, std::move(entries));
    }

    Node of_list(const Node& list, const Bindings& bindings) {
        std::vector<Node> items;
        for (const auto& item : list.items()) {
            const auto variables = item.find("for");
            refuse_nearly_for(item);
            if (!variables) {
                items.push_back(of(item, bindings));
            } else if (variables->type() == Node::Type::map && !variables->entries().empty()) {
                repeat(without_for(item), of(*variables, bindings).entries(), bindings, items);
            } else {
                problems_.add(variables->mark(), "for: expected the values that a name stands for, such as "
                                                 "{channel: 1..8} or {rail: [vbus, vdd]}");
            }
        }
        return with(list, std::move(items), {});
    }

    /// No other key of an item is nearly so and has a map.
    void refuse_nearly_for(const Node& item) {
        const std::vector<std::string> keyword{"for"};
        for (const auto& entry : item.entries()) {
            const bool is_near = entry.key != keyword.front() && !nearest(entry.key, keyword).empty();
            if (is_near && entry.value.type() == Node::Type::map) {
                problems_.add(entry.mark, "an item has no key '" + cut(entry.key) + "'" +
                                              did_you_mean(entry.key, keyword));
            }
        }
    }

    static Node without_for(const Node& item) {
        auto entries = item.entries();
        std::erase_if(entries, [](const Node::Entry& entry) { return entry.key == "for"; });
        return with(item, {}, std::move(entries));
    }

    /// One item for each value of the first variable, and of the others within.
    void repeat(const Node& item, std::vector<Node::Entry> variables, const Bindings& bindings,
                std::vector<Node>& items) {
        if (variables.empty()) {
            if (++items_ <= max_items) {
                items.push_back(of(item, bindings));
            } else if (items_ == max_items + 1) {
                problems_.add(item.mark(), "for: the profile has more than " + std::to_string(max_items) +
                                               " items by now; write fewer values");
            }
            return;
        }
        const auto variable = variables.front();
        variables.erase(variables.begin());
        if (!is_identifier(variable.key)) {
            problems_.add(variable.mark, "for: '" + cut(variable.key) +
                                             "' is not a name; write a letter, then letters, digits and '_'");
            return;
        }
        require_free(variable.key, "for");
        for (const auto& value : values_of(variable, problems_)) {
            auto inner = bindings;
            inner.put(variable.key, value);
            repeat(item, variables, inner, items);
        }
    }

    yaml::Problems& problems_;
    std::vector<Node::Entry> params_; ///< of the request that is being expanded
    std::size_t items_ = 0;
};

void read_definitions(const std::optional<Node>& node, const std::string& what, Bindings& bindings,
                      yaml::Problems& problems) {
    const bool is_empty = node && node->type() == Node::Type::null;
    for (const auto& entry : entries_of(is_empty ? std::nullopt : node, what, problems)) {
        if (!is_identifier(entry.key)) {
            problems.add(entry.mark, what + ": '" + cut(entry.key) +
                                         "' is not a name; write a letter, then letters, digits and '_'");
        } else if (!is_scalar(entry.value)) {
            problems.add(entry.value.mark(), what + ": '" + entry.key + "' must be one value, such as 4");
        } else {
            bindings.put(entry.key, entry.value);
        }
    }
}

/// What a bench may say otherwise is what the profile defines.
void read_site(const std::optional<Node>& site, Bindings& bindings, yaml::Problems& problems) {
    std::vector<std::string> known;
    for (const auto& [name, value] : bindings.values()) {
        known.push_back(name);
    }
    Bindings own;
    read_definitions(site, "jig.overrides.define", own, problems);
    for (const auto& [name, value] : own.values()) {
        if (!bindings.contains(name)) {
            problems.add(value.mark(), "jig.overrides.define: the profile defines no '" + name + "'" +
                                           did_you_mean(name, known));
        }
        bindings.put(name, value);
    }
}

} // namespace

Node expand(const Node& root, const std::optional<Node>& site, yaml::Problems& problems) {
    if (root.type() != Node::Type::map) {
        return root;
    }
    Bindings bindings;
    const auto before = problems.lines().size();
    read_definitions(root.find("define"), "define", bindings, problems);
    read_site(site, bindings, problems);
    if (problems.lines().size() != before) {
        return root; // what they stand for is not known
    }
    return Expansion(problems).of_profile(root, bindings);
}

} // namespace jigd::profile
