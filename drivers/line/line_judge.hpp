#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/event.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// A parameter as its command writes it.
[[nodiscard]] std::string on_wire(const profile::Template& send, const std::string& name,
                                  const nlohmann::json& value);

/// What a line of the board means by its profile. Pure; knows no port and no time.
class LineJudge {
  public:
    /// `profile` must outlive it.
    explicit LineJudge(const profile::Profile& profile) : profile_(profile) {}

    enum class Sense {
        noise,      ///< not an answer, and the profile says so; so are blanks
        restart,    ///< the board says that it has just started
        unexpected, ///< it fits nothing
    };

    /// What of `line` may mean something: NULs and line ends that an earlier line left in front are nothing.
    [[nodiscard]] static std::string_view trimmed(std::string_view line);
    /// Blanks, line ends and NULs alone.
    [[nodiscard]] static bool is_blank(std::string_view text);

    /// nullopt when it is not an event. Values are null when it looks like one, but its values are not what
    /// the profile declares.
    [[nodiscard]] std::optional<Event> event(std::string_view line) const;
    /// Of a line that is neither event nor answer; also of the beginning of one.
    [[nodiscard]] Sense sense(std::string_view line) const;
    /// The captures of the answer to `step`; nullopt when `line` is not an answer to it. Throws
    /// Error{jig_refused} when the board says no, Error{jig_protocol} when it repeats another value than the
    /// one it was asked for.
    [[nodiscard]] std::optional<profile::Captures>
    answer(const profile::LineStep& step, const nlohmann::json& params, const std::string& line) const;

  private:
    void refuse_if_error(const std::string& command, const std::string& line) const;

    const profile::Profile& profile_;
};

} // namespace jigd::drivers
