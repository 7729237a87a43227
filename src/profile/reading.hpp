#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "profile/profile.hpp"
#include "yaml/document.hpp"
#include "yaml/reader.hpp"

/// The parts of load(): each reads one part of the YAML, adds what is wrong with it to `problems`, and goes
/// on. Not for other rooms.
namespace jigd::profile {

/// What the templates of one profile have in common.
struct CommandForm {
    std::string end;
    int data_bits = 8;
};

/// Constructs a T that throws std::invalid_argument on bad text; then adds a problem and gives nullopt.
template<typename T, typename... Arguments>
std::optional<T> construct(const yaml::Mark& mark, const std::string& what, yaml::Problems& problems,
                           Arguments&&... arguments) {
    try {
        return T(std::forward<Arguments>(arguments)...);
    } catch (const std::invalid_argument& error) {
        problems.add(mark, what + ": " + error.what());
        return std::nullopt;
    }
}

/// The items of a list, the entries of a map; none when the node is absent. Another type is a problem.
[[nodiscard]] std::vector<yaml::Node> items_of(const std::optional<yaml::Node>& node, const std::string& what,
                                               yaml::Problems& problems);
[[nodiscard]] std::vector<yaml::Node::Entry> entries_of(const std::optional<yaml::Node>& node,
                                                        const std::string& what, yaml::Problems& problems);

/// Text that goes over the line: a character up to U+00FF is one byte; a problem and nullopt for others.
[[nodiscard]] std::optional<std::string> read_wire_text(const yaml::Node& node, yaml::Problems& problems);
/// The text of `key`, or `fallback`.
[[nodiscard]] std::string wire_text_or(yaml::MapReader& reader, std::string_view key,
                                       const std::string& fallback, yaml::Problems& problems);

/// A pattern without a ^ in front and a $ at the end.
[[nodiscard]] std::string without_anchors(std::string_view text);
[[nodiscard]] std::optional<Pattern> read_pattern(const std::optional<yaml::Node>& node,
                                                  yaml::Problems& problems);
/// Reports every group that isn't one of `groups`.
void check_groups(const Pattern& pattern, const std::vector<std::string>& groups, const yaml::Mark& mark,
                  yaml::Problems& problems);

/// Requests and events are called this way: a capital, then letters and digits.
[[nodiscard]] bool is_type_name(std::string_view text);

/// "{channel}" → "channel"; nullopt for anything else.
[[nodiscard]] std::optional<std::string> placeholder(const yaml::Node& node);

/// The state that `text` names, or nullopt after a problem that begins with `what`. `forms`: what to write.
[[nodiscard]] std::optional<StateName> read_state(const std::string& text, const std::string& what,
                                                  const std::string& forms, const yaml::Mark& mark,
                                                  yaml::Problems& problems);

/// A map of states to constants or "{parameter}".
[[nodiscard]] std::vector<Effect> read_effects(const std::optional<yaml::Node>& node,
                                               yaml::Problems& problems);

[[nodiscard]] std::optional<Param> read_param(const yaml::Node::Entry& entry, yaml::Problems& problems);
[[nodiscard]] std::optional<Field> read_field(const yaml::Node::Entry& entry, yaml::Problems& problems);
[[nodiscard]] std::vector<Field> read_fields(const std::optional<yaml::Node>& node, const std::string& what,
                                             yaml::Problems& problems);

/// The keys send, match and timeout of a map that may have others.
[[nodiscard]] std::optional<LineStep> read_exchange(yaml::MapReader& reader, const CommandForm& form,
                                                    yaml::Problems& problems);
[[nodiscard]] std::optional<Request> read_request(const yaml::Node::Entry& entry, const CommandForm& form,
                                                  yaml::Problems& problems);

/// A condition or a list of them, with values as text until check_requirements().
[[nodiscard]] std::vector<Requirement> read_requirements(const std::optional<yaml::Node>& node,
                                                         yaml::Problems& problems);

[[nodiscard]] std::optional<Identify> read_identify(const std::optional<yaml::Node>& node,
                                                    const CommandForm& form, const yaml::Mark& board,
                                                    yaml::Problems& problems);
[[nodiscard]] std::optional<Event> read_event(const yaml::Node& node, yaml::Problems& problems);

/// The sections that the site may override, its keys before the profile's own; nullopt for what neither has.
struct LineSections {
    std::optional<yaml::Node> serial;
    std::optional<yaml::Node> line;
    std::optional<yaml::Node> timeouts;
};
[[nodiscard]] LineSections read_sections(yaml::MapReader& profile, const std::optional<yaml::Node>& overrides,
                                         yaml::Problems& problems);

[[nodiscard]] Serial read_serial(const std::optional<yaml::Node>& node, yaml::Problems& problems);
[[nodiscard]] Line read_line(const std::optional<yaml::Node>& node, yaml::Problems& problems);
[[nodiscard]] Timeouts read_timeouts(const std::optional<yaml::Node>& node, yaml::Problems& problems);
[[nodiscard]] Simulation read_simulation(const std::optional<yaml::Node>& node, yaml::Problems& problems);

/// Whether the parts of one request fit each other, and whether its examples hold.
void check_request(const Request& request, const yaml::Node& node, yaml::Problems& problems);
void check_examples(Request& request, const yaml::Node& node, yaml::Problems& problems);
/// Whether what the profile says in one place about another is true: states, verify, safe_state, simulation.
/// Fills in the parameters of safe_state. Requests that `root` has and `profile` lacks could not be read.
void check_references(Profile& profile, const yaml::Node& root, yaml::Problems& problems);
/// Whether each line that the profile shows or describes can be only one thing: an answer, a refusal or an
/// event.
void check_lines(const Profile& profile, const yaml::Node& root, yaml::Problems& problems);
/// Whether each `requires` can be asked of the board and answered; fills in how, and the typed values. For a
/// profile all of which could be read.
void check_requirements(Profile& profile, const yaml::Node& root, yaml::Problems& problems);

} // namespace jigd::profile
