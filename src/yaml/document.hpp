#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace jigd::yaml {

/// A place in a YAML file; line and column (in characters) count from 1. Line 0 means the file as a whole.
struct Mark {
    std::string file;
    int line = 1;
    int column = 1;
};

/// What is wrong, and where.
struct Problem {
    Mark mark;
    std::string text;
};

/// Everything that is wrong with a document, gathered so that the reader learns all of it at once.
class Problems {
  public:
    /// Adds "file:line:column: text". `text`: what is there, what was expected, and what to try. Lines are
    /// kept in the order of their places, those of one place as they came.
    void add(const Mark& mark, std::string_view text);
    [[nodiscard]] bool empty() const { return lines_.empty(); }
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// The same, for programs.
    [[nodiscard]] const std::vector<Problem>& list() const { return list_; }
    /// All lines, each ended by a newline, in the order of the file.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Problem> list_; ///< of each line
    std::vector<std::string> lines_;
};

/// Thrown by the loaders of config and profile; what() is Problems::text().
class Invalid : public std::runtime_error {
  public:
    explicit Invalid(const Problems& problems)
        : std::runtime_error(problems.text()), problems_(std::make_shared<const Problems>(problems)) {}

    [[nodiscard]] const Problems& problems() const { return *problems_; }

  private:
    std::shared_ptr<const Problems> problems_; ///< shared: copying an exception must not throw
};

/// A node of a parsed document: a scalar, a list or a map. Cheap to copy (shares the document); independent
/// of yaml-cpp in its interface. An absent node is represented by std::optional, never by a null Node.
class Node {
  public:
    enum class Type { null, scalar, list, map };
    struct Entry;
    struct Data;

    explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

    [[nodiscard]] Type type() const;
    [[nodiscard]] const Mark& mark() const;
    /// The scalar's text, "" for others.
    [[nodiscard]] const std::string& text() const;
    /// True for a scalar written in quotes: always a string, never a number or a boolean.
    [[nodiscard]] bool quoted() const;
    [[nodiscard]] const std::vector<Node>& items() const;
    [[nodiscard]] const std::vector<Entry>& entries() const;
    /// The value under `key` of a map, or nullopt.
    [[nodiscard]] std::optional<Node> find(std::string_view key) const;

    /// The same as JSON, by YAML 1.2's core schema: true and false only are booleans (on, off, yes are text).
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    std::shared_ptr<const Data> data_;
};

struct Node::Entry {
    std::string key;
    Mark mark; ///< of the key
    Node value;
};

struct Node::Data {
    Type type = Type::null;
    Mark mark;
    std::string text;
    bool quoted = false;
    std::vector<Node> items;
    std::vector<Entry> entries;
};

/// Parses `text`; `name` is what marks call the file. Refuses what is not UTF-8 text, duplicate keys,
/// anchors, aliases, tags, more than one document and nesting deeper than 64. Throws Invalid.
[[nodiscard]] Node parse(const std::string& text, const std::string& name);
/// The same, but duplicate keys are only added to `problems` (the first one counts), so that the reader of
/// the document can add what else is wrong. Throws Invalid with all of `problems` when the rest can't be
/// read.
[[nodiscard]] Node parse(const std::string& text, const std::string& name, Problems& problems);

/// Reads and parses a file of at most 1 MiB. Throws Invalid, also when it can't be read.
[[nodiscard]] Node load(const std::string& path);
/// The same, with duplicate keys left in `problems` as above.
[[nodiscard]] Node load(const std::string& path, Problems& problems);

} // namespace jigd::yaml
