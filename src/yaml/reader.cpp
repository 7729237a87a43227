#include "yaml/reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ratio>
#include <utility>

#include "core/nearest.hpp"

namespace jigd::yaml {

namespace {

/// What a node is, for "…, expected …".
std::string described(const Node& node) {
    switch (node.type()) {
    case Node::Type::null:
        return "nothing";
    case Node::Type::scalar:
        return node.quoted() ? "the text " + shown(node.text()) : shown(node.text());
    case Node::Type::list:
        return "a list";
    case Node::Type::map:
        return "a map";
    }
    return "nothing";
}

/// YAML takes {name} without quotes for a map of a key without a value.
bool is_bare_placeholder(const Node& node) {
    return node.type() == Node::Type::map && node.entries().size() == 1 &&
           node.entries().front().value.type() == Node::Type::null;
}

void add_unexpected(const Node& node, const std::string& expected, Problems& problems,
                    const std::string& hint = {}) {
    const auto quotes = is_bare_placeholder(node) ? "; text in braces needs quotes, as in " +
                                                        shown("{" + node.entries().front().key + "}")
                                                  : std::string();
    problems.add(node.mark(), described(node) + ", expected " + expected + hint + quotes);
}

bool is_plain(const Node& node) {
    return node.type() == Node::Type::scalar && !node.quoted();
}

template<typename T, typename Written>
std::string range_text(const Range<T>& range, Written written) {
    const bool open_below = range.lowest == Range<T>{}.lowest;
    const bool open_above = range.highest == Range<T>{}.highest;
    if (open_below && open_above) {
        return {};
    }
    if (open_above) {
        return " of at least " + written(range.lowest);
    }
    if (open_below) {
        return " of at most " + written(range.highest);
    }
    return " from " + written(range.lowest) + " to " + written(range.highest);
}

std::optional<std::int64_t> to_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    const bool is_signed = negative || text.starts_with('+');
    text.remove_prefix(is_signed ? 1 : 0);
    int base = 10;
    if (!is_signed && (text.starts_with("0x") || text.starts_with("0o"))) {
        base = text[1] == 'x' ? 16 : 8;
        text.remove_prefix(2);
    }
    if (text.starts_with('-')) {
        return std::nullopt;
    }
    const std::string digits = (negative ? "-" : "") + std::string(text);
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

struct Unit {
    std::string_view name;
    Duration length;
};

// From the largest, so that the first that divides a duration is the one to write it in.
constexpr std::array units{
    Unit{"h", std::chrono::hours(1)},         Unit{"m", std::chrono::minutes(1)},
    Unit{"s", std::chrono::seconds(1)},       Unit{"ms", std::chrono::milliseconds(1)},
    Unit{"us", std::chrono::microseconds(1)},
};

/// nullopt for what is not a number with a unit, or more than a Duration holds.
std::optional<Duration> to_duration(std::string_view text) {
    const auto digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
    Duration::rep count = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
        return candidate.name == text.substr(digits.size());
    });
    if (error != std::errc{} || unit == units.end() || count > Duration::max() / unit->length) {
        return std::nullopt;
    }
    return count * unit->length;
}

/// The unit with which `count` comes nearest to what is `usual`, of those that `range` allows.
std::string_view likely_unit(std::int64_t count, const Range<Duration>& range, Duration usual) {
    const auto wanted = static_cast<double>(std::max(usual, Duration(1)).count());
    std::string_view likely = "s";
    double smallest = std::numeric_limits<double>::max();
    for (const auto& [name, length] : units) {
        const auto written = static_cast<double>(count) * static_cast<double>(length.count());
        const auto factor = std::max(written / wanted, wanted / written);
        const bool is_allowed = written >= static_cast<double>(range.lowest.count()) &&
                                written <= static_cast<double>(range.highest.count());
        if (is_allowed && factor < smallest) {
            smallest = factor;
            likely = name;
        }
    }
    return likely;
}

/// What people write where YAML 1.2 wants true or false.
std::string boolean_meant(const std::string& text) {
    constexpr std::array<std::string_view, 4> yes{"yes", "on", "y", "1"};
    constexpr std::array<std::string_view, 4> no{"no", "off", "n", "0"};
    std::string folded = text;
    std::transform(folded.begin(), folded.end(), folded.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    if (folded == "true" || std::find(yes.begin(), yes.end(), folded) != yes.end()) {
        return "; did you mean 'true'?";
    }
    if (folded == "false" || std::find(no.begin(), no.end(), folded) != no.end()) {
        return "; did you mean 'false'?";
    }
    return {};
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) {
        all += (all.empty() ? "" : ", ") + word;
    }
    return all;
}

} // namespace

std::string shown(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string clean(text);
    // A URL in a wrong place must not carry its password into the journal.
    if (const auto scheme = clean.find("://"); scheme != std::string::npos) {
        const auto login = scheme + 3;
        if (const auto at = clean.rfind('@'); at != std::string::npos && at > login) {
            clean.replace(login, at - login, "***");
        }
    }
    if (clean.size() > longest) {
        auto end = longest;
        while ((static_cast<unsigned char>(clean[end]) & 0xC0U) == 0x80U) {
            --end; // not inside a character
        }
        clean = clean.substr(0, end) + "...";
    }
    std::replace_if(
        clean.begin(), clean.end(),
        [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; }, '?');
    return "'" + clean + "'";
}

std::optional<std::string> read_string(const Node& node, Problems& problems) {
    if (node.type() != Node::Type::scalar) {
        add_unexpected(node, "text", problems);
        return std::nullopt;
    }
    return node.text();
}

std::optional<bool> read_bool(const Node& node, Problems& problems) {
    const auto value = node.type() == Node::Type::scalar ? node.to_json() : nlohmann::json{};
    if (!value.is_boolean()) {
        add_unexpected(node, "true or false", problems, boolean_meant(node.text()));
        return std::nullopt;
    }
    return value.get<bool>();
}

std::optional<std::int64_t> read_integer(const Node& node, Range<std::int64_t> range, Problems& problems) {
    const auto value = is_plain(node) ? to_integer(node.text()) : std::nullopt;
    if (!value || *value < range.lowest || *value > range.highest) {
        add_unexpected(
            node, "an integer" + range_text(range, [](std::int64_t bound) { return std::to_string(bound); }),
            problems);
        return std::nullopt;
    }
    return value;
}

std::optional<Duration> read_duration(const Node& node, Range<Duration> range, Problems& problems,
                                      Duration usual) {
    const auto value = node.type() == Node::Type::scalar ? to_duration(node.text()) : std::nullopt;
    const auto count = !value && is_plain(node) ? to_integer(node.text()) : std::nullopt;
    if (count) {
        problems.add(node.mark(), shown(node.text()) + " has no unit, expected a duration" +
                                      range_text(range, to_text) +
                                      "; write it with us, ms, s, m or h, as in " + node.text() +
                                      std::string(likely_unit(*count, range, usual)));
        return std::nullopt;
    }
    if (!value || *value < range.lowest || *value > range.highest) {
        add_unexpected(node, "a duration" + range_text(range, to_text), problems,
                       value ? "" : "; write a whole number and us, ms, s, m or h, as in 500ms");
        return std::nullopt;
    }
    return value;
}

std::optional<std::string> read_word(const Node& node, const std::vector<std::string>& words,
                                     Problems& problems) {
    const bool known = node.type() == Node::Type::scalar &&
                       std::find(words.begin(), words.end(), node.text()) != words.end();
    if (!known) {
        add_unexpected(node, "one of " + joined(words), problems,
                       node.type() == Node::Type::scalar ? did_you_mean(node.text(), words) : std::string{});
        return std::nullopt;
    }
    return node.text();
}

MapReader::MapReader(const Node& node, std::string what, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems), is_map_(node.type() == Node::Type::map) {
    if (node.type() == Node::Type::list || node.type() == Node::Type::scalar) {
        problems_.add(node.mark(), what_ + " is " + (node.type() == Node::Type::list ? "a list" : "text") +
                                       ", expected a map of 'key: value'");
    }
}

std::optional<Node> MapReader::node(std::string_view key) {
    asked_.emplace_back(key);
    return node_.find(key);
}

std::optional<Node> MapReader::required_node(std::string_view key) {
    auto found = node(key);
    // What is not a map at all has been reported; its missing keys are not news.
    if (!found && (is_map_ || node_.type() == Node::Type::null)) {
        missing_.emplace_back(key);
    }
    return found;
}

std::optional<std::string> MapReader::string(std::string_view key) {
    const auto found = node(key);
    return found ? read_string(*found, problems_) : std::nullopt;
}

std::string MapReader::string_or(std::string_view key, std::string otherwise) {
    return string(key).value_or(std::move(otherwise));
}

std::string MapReader::required_string(std::string_view key) {
    const auto found = required_node(key);
    return found ? read_string(*found, problems_).value_or("") : "";
}

bool MapReader::bool_or(std::string_view key, bool otherwise) {
    const auto found = node(key);
    return found ? read_bool(*found, problems_).value_or(otherwise) : otherwise;
}

std::int64_t MapReader::integer_or(std::string_view key, std::int64_t otherwise, Range<std::int64_t> range) {
    const auto found = node(key);
    return found ? read_integer(*found, range, problems_).value_or(otherwise) : otherwise;
}

Duration MapReader::duration_or(std::string_view key, Duration otherwise, Range<Duration> range) {
    const auto found = node(key);
    const auto usual = otherwise > Duration::zero() ? otherwise : std::chrono::seconds(1);
    return found ? read_duration(*found, range, problems_, usual).value_or(otherwise) : otherwise;
}

std::string MapReader::word_or(std::string_view key, std::string otherwise,
                               const std::vector<std::string>& words) {
    const auto found = node(key);
    return found ? read_word(*found, words, problems_).value_or(std::move(otherwise)) : otherwise;
}

void MapReader::finish() {
    for (const auto& entry : node_.entries()) {
        if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) {
            continue;
        }
        const auto suggestion = did_you_mean(entry.key, asked_);
        problems_.add(entry.mark, what_ + " has no key " + shown(entry.key) + ", expected one of " +
                                      joined(asked_) + suggestion);
        std::erase(missing_, nearest(entry.key, asked_)); // there, and misspelt
    }
    for (const auto& key : std::exchange(missing_, {})) {
        problems_.add(mark(), what_ + " has no key '" + key + "', which is required");
    }
}

std::string to_text(Duration duration) {
    if (duration == Duration::zero()) {
        return "0s";
    }
    for (const auto& [name, length] : units) {
        if (duration % length == Duration::zero()) {
            return std::to_string(duration / length) + std::string(name);
        }
    }
    return std::to_string(duration / units.back().length) + std::string(units.back().name);
}

} // namespace jigd::yaml
