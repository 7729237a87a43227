#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "profile/codec_reading.hpp"
#include "profile/profile.hpp"
#include "yaml/document.hpp"
#include "yaml/reader.hpp"

/// The parts of load(): each reads one part of the YAML, adds what is wrong with it to `problems`, and goes
/// on. Not for other rooms.
namespace jigd::profile {

/// The items of a list, the entries of a map; none when the node is absent. Another type is a problem.
[[nodiscard]] std::vector<yaml::Node> items_of(const std::optional<yaml::Node>& node, const std::string& what,
                                               yaml::Problems& problems);
[[nodiscard]] std::vector<yaml::Node::Entry> entries_of(const std::optional<yaml::Node>& node,
                                                        const std::string& what, yaml::Problems& problems);

/// Where the value of `key` stands in `map`, or the map's own place.
[[nodiscard]] yaml::Mark mark_of(const yaml::Node& map, std::string_view key);
/// Where `key` itself stands in `map`, or the map's own place.
[[nodiscard]] yaml::Mark key_mark(const yaml::Node& map, std::string_view key);

/// Reports every group that isn't one of `known`.
void check_groups(const std::vector<std::string>& groups, const std::vector<std::string>& known,
                  const yaml::Mark& mark, yaml::Problems& problems);

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

/// `bits` of a list: an order, or {from, order, active}. `why_no_from`: what to say where `from` means
/// nothing, because the list is not read from text.
[[nodiscard]] Bits read_bits(const yaml::Node& node, const std::string& what, const std::string& why_no_from,
                             yaml::Problems& problems);
/// Reports a list without a fixed size, or with more than a number has bits.
void check_size_of_list(const Schema& schema, const yaml::Mark& mark, const std::string& what,
                        yaml::Problems& problems);

[[nodiscard]] std::optional<Param> read_param(const yaml::Node::Entry& entry, yaml::Problems& problems);
[[nodiscard]] std::optional<Field> read_field(const yaml::Node::Entry& entry, const Codec& codec,
                                              yaml::Problems& problems);
[[nodiscard]] std::vector<Field> read_fields(const std::optional<yaml::Node>& node, const std::string& what,
                                             const Codec& codec, yaml::Problems& problems);

/// The result of a request that is `from` another, whose fields say what they are.
[[nodiscard]] std::vector<Field> read_parts(const std::optional<yaml::Node>& node, yaml::Problems& problems);
/// Takes what requests that are `from` others leave to them from these.
void complete_parts(Profile& profile, const yaml::Node& root, yaml::Problems& problems);

/// The keys of a step in a map that may have others: those of the protocol, and `timeout`.
[[nodiscard]] std::optional<Step> read_step(yaml::MapReader& reader, const Codec& codec,
                                            yaml::Problems& problems);
[[nodiscard]] std::optional<Request> read_request(const yaml::Node::Entry& entry, const Codec& codec,
                                                  yaml::Problems& problems);

/// A condition or a list of them, with values as text until check_requirements().
[[nodiscard]] std::vector<Requirement> read_requirements(const std::optional<yaml::Node>& node,
                                                         yaml::Problems& problems);

[[nodiscard]] std::optional<Identify> read_identify(const std::optional<yaml::Node>& node, const Codec& codec,
                                                    const yaml::Mark& board, yaml::Problems& problems);
[[nodiscard]] std::optional<Check> read_check(const std::optional<yaml::Node>& node, const Codec& codec,
                                              yaml::Problems& problems);
[[nodiscard]] std::vector<OwnStep> read_on_open(const std::optional<yaml::Node>& node, const Codec& codec,
                                                yaml::Problems& problems);
/// A step that jigd takes by itself, with its `example`, and no other keys. `what` names it in messages.
[[nodiscard]] std::optional<OwnStep> read_own_step(const yaml::Node& node, yaml::MapReader& reader,
                                                   const std::string& what, const Codec& codec,
                                                   yaml::Problems& problems);
/// A command that has no parameters and no answer, as `send` says it.
[[nodiscard]] std::shared_ptr<const StepForm> read_reply(const std::optional<yaml::Node>& node,
                                                         const Codec& codec, yaml::Problems& problems);
[[nodiscard]] std::optional<Event> read_event(const yaml::Node& node, const Codec& codec,
                                              yaml::Problems& problems);

/// The sections that the site may override, its keys before the profile's own; nullopt for what neither has.
struct Sections {
    std::optional<yaml::Node> serial;
    std::optional<yaml::Node> protocol;
    std::optional<yaml::Node> timeouts;
};
/// `protocol`: the key of the protocol's own section.
[[nodiscard]] Sections read_sections(yaml::MapReader& profile, std::string_view protocol,
                                     const std::optional<yaml::Node>& overrides, yaml::Problems& problems);

[[nodiscard]] Serial read_serial(const std::optional<yaml::Node>& node, yaml::Problems& problems);
[[nodiscard]] Timeouts read_timeouts(const std::optional<yaml::Node>& node, yaml::Problems& problems);
[[nodiscard]] Simulation read_simulation(const std::optional<yaml::Node>& node, const Codec& codec,
                                         yaml::Problems& problems);

/// What a board finds in the frame of a command.
[[nodiscard]] std::string body_of(const Codec& codec, const std::string& frame);

/// Whether the parts of one request fit each other.
void check_request(const Request& request, const Codec& codec, const yaml::Node& node,
                   yaml::Problems& problems);
/// Whether the fields of the result have the types of the values that its answers capture, where those have
/// types already. For check_examples().
[[nodiscard]] bool check_types(const Request& request, const Captures& captures, const yaml::Node& node,
                               yaml::Problems& problems);
/// Whether the values that its parameters may have can be sent. For check_request().
void check_sendable(const Request& request, const yaml::Node& node, yaml::Problems& problems);
/// Whether the examples of the requests hold; fills in their parameters.
void check_examples(Profile& profile, const yaml::Node& root, yaml::Problems& problems);
/// Whether what the profile says in one place about another is true: states, verify, safe_state, simulation.
/// Fills in the parameters of safe_state. Requests that `root` has and `profile` lacks could not be read.
void check_references(Profile& profile, const yaml::Node& root, yaml::Problems& problems);
/// Whether each body that the profile shows or describes can be only one thing: an answer, a refusal or an
/// event.
void check_lines(const Profile& profile, const yaml::Node& root, yaml::Problems& problems);
/// Whether each `requires` can be asked of the board and answered; fills in how, and the typed values. For a
/// profile all of which could be read.
void check_requirements(Profile& profile, const yaml::Node& root, yaml::Problems& problems);

} // namespace jigd::profile
