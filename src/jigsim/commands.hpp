#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "jigsim/board_state.hpp"
#include "profile/profile.hpp"

namespace jigd::jigsim {

/// A body that is the command of a step of a request, with possible arguments.
struct Known {
    const profile::Request* request = nullptr;
    std::size_t step = 0;
    nlohmann::json params;
    [[nodiscard]] bool is_first() const { return step == 0; }
    /// No step of the request behind it sends anything.
    [[nodiscard]] bool is_last() const;
};
/// A step that jigd takes by itself: the question who the board is, what it sends when it opens the port.
struct OwnCommand {
    const profile::OwnStep* step = nullptr;
};
/// What the board waits for after an event.
struct Acknowledgement {};
/// The command that brings a host back into step, to which nothing is to be said.
struct Resynchronisation {};
/// The question what was refused.
struct CheckQuestion {};
/// A command, but no arguments that it can have.
struct BadArgument {};
/// No command.
struct Unknown {};
using Command =
    std::variant<Known, OwnCommand, Acknowledgement, Resynchronisation, CheckQuestion, BadArgument, Unknown>;

/// A board's profile read backwards: which command is this body, and what does the board say to it?
class CommandSet {
  public:
    /// `serial` replaces the example's in identification, unless it is empty. `profile` must outlive it.
    CommandSet(const profile::Profile& profile, std::string serial);

    [[nodiscard]] Command recognise(std::string_view body) const;

    /// The example's answer with the state's values in it; "" when the board says nothing.
    [[nodiscard]] std::string answer(const Known& command, const BoardState& state) const;
    /// Those of the steps behind it that send nothing.
    [[nodiscard]] std::vector<std::string> further_answers(const Known& command,
                                                           const BoardState& state) const;
    /// What that answer says as `field` of the result; nullptr when it does not.
    [[nodiscard]] const nlohmann::json* said(const Known& command, const std::string& field,
                                             const BoardState& state) const;
    [[nodiscard]] std::string answer(const OwnCommand& command) const;
    /// The serial number that the board says it has; nullopt where it says none.
    [[nodiscard]] std::optional<std::string> said_serial() const;
    /// The example of `event` with the state's values, and `value` where it is `name`; "" without an example.
    [[nodiscard]] static std::string event_body(const profile::Event& event, const BoardState& state,
                                                const profile::StateName& name, const nlohmann::json& value);

  private:
    struct Entry {
        const profile::Request* request = nullptr;
        std::size_t step = 0;
        const profile::StepForm* form = nullptr;
    };

    const profile::Profile& profile_;
    std::string serial_;
    std::vector<Entry> entries_;
    std::vector<profile::OwnStep> questions_; ///< of identify
};

/// Throws std::invalid_argument, for people, when a board of `profile` can't say that it is `serial`.
void require_sayable(const profile::Profile& profile, const std::string& serial);

} // namespace jigd::jigsim
