#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/deadline.hpp"
#include "yaml/document.hpp"

namespace jigd::yaml {

/// What a value may be. A value outside is reported with the range it had to be in.
template<typename T>
struct Range {
    T lowest = std::numeric_limits<T>::lowest();
    T highest = std::numeric_limits<T>::max();
};

/// std::numeric_limits knows nothing of durations.
template<>
struct Range<Duration> {
    Duration lowest = Duration::min();
    Duration highest = Duration::max();
};

// Scalars. Each returns nullopt after adding a problem that says what was expected, so that reading goes on.
[[nodiscard]] std::optional<std::string> read_string(const Node& node, Problems& problems);
[[nodiscard]] std::optional<bool> read_bool(const Node& node, Problems& problems);
[[nodiscard]] std::optional<std::int64_t> read_integer(const Node& node, Range<std::int64_t> range,
                                                       Problems& problems);
/// A duration with its unit: 250us, 500ms, 10s, 5m, 2h. A bare number is a problem that names the units, with
/// the one that comes nearest to what is `usual`.
[[nodiscard]] std::optional<Duration> read_duration(const Node& node, Range<Duration> range,
                                                    Problems& problems,
                                                    Duration usual = std::chrono::seconds(1));
/// One of `words`; the nearest is suggested.
[[nodiscard]] std::optional<std::string> read_word(const Node& node, const std::vector<std::string>& words,
                                                   Problems& problems);

/// Reads the keys of one map. Every key must be asked for by exactly one call; finish() reports the others as
/// unknown, with the nearest known key, and at the map's own mark each required key that is missing, where
/// none of the unknown is nearest to it.
class MapReader {
  public:
    /// `what` names the map in messages, e.g. "broker". A node that is not a map is reported once and reads
    /// empty; null is an empty map, because that is what a map with every key commented out is.
    MapReader(const Node& node, std::string what, Problems& problems);

    /// The raw value, for nested maps and lists.
    [[nodiscard]] std::optional<Node> node(std::string_view key);
    [[nodiscard]] std::optional<Node> required_node(std::string_view key);

    [[nodiscard]] std::optional<std::string> string(std::string_view key);
    [[nodiscard]] std::string string_or(std::string_view key, std::string otherwise);
    [[nodiscard]] std::string required_string(std::string_view key);
    [[nodiscard]] bool bool_or(std::string_view key, bool otherwise);
    [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t otherwise,
                                          Range<std::int64_t> range = {});
    [[nodiscard]] Duration duration_or(std::string_view key, Duration otherwise, Range<Duration> range = {});
    [[nodiscard]] std::string word_or(std::string_view key, std::string otherwise,
                                      const std::vector<std::string>& words);

    /// Reports every key that nobody asked for, and every required one that is not there.
    void finish();

    [[nodiscard]] const Mark& mark() const { return node_.mark(); }
    [[nodiscard]] Problems& problems() { return problems_; }

  private:
    Node node_;
    std::string what_;
    Problems& problems_;
    bool is_map_;
    std::vector<std::string> asked_;
    std::vector<std::string> missing_; ///< of the required ones
};

/// `text` of a file in quotes, fit for a message: cut when long, control characters as '?', and without the
/// password when it holds a URL.
[[nodiscard]] std::string shown(std::string_view text);

/// A duration as it is written in YAML, in the largest unit that keeps it whole: 500ms, 10s, 5m. Nothing
/// shorter than a microsecond is written.
[[nodiscard]] std::string to_text(Duration duration);

} // namespace jigd::yaml
