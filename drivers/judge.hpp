#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/event.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// What a body of the board means by its profile. Pure; knows no port and no time.
class Judge {
  public:
    /// `profile` must outlive it.
    explicit Judge(const profile::Profile& profile) : profile_(profile) {}

    enum class Sense {
        noise,      ///< not an answer, and the profile says so; so are blanks
        restart,    ///< the board says that it has just started
        unexpected, ///< it fits nothing
    };

    /// nullopt when it is not an event. Values are null when it looks like one, but its values are not what
    /// the profile declares.
    [[nodiscard]] std::optional<Event> event(std::string_view body) const;
    /// The event of that name; nullptr when there is none.
    [[nodiscard]] const profile::Event* declared(const std::string& name) const;
    /// Of a body that is neither event nor answer; also of the beginning of one.
    [[nodiscard]] Sense sense(std::string_view body) const;
    /// The captures of the answer to `step`; nullopt when `body` is not an answer to it. Throws
    /// Error{jig_refused} when the board says no, Error{jig_protocol} when it repeats another value than the
    /// one it was asked for.
    [[nodiscard]] std::optional<profile::Captures>
    answer(const profile::Step& step, const nlohmann::json& params, const std::string& body) const;

    /// Whether `body` says that the board did not take the command, and will take the same frame again.
    [[nodiscard]] bool asks_again(std::string_view body) const;

  private:
    [[nodiscard]] const profile::Refusal* refusal(std::string_view body) const;
    void refuse_if_error(const std::string& command, const std::string& body) const;
    void require_own_values(const profile::StepForm& form, const nlohmann::json& params,
                            const profile::Captures& captures, const std::string& body) const;

    const profile::Profile& profile_;
};

} // namespace jigd::drivers
