#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "profile/codec.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// What a line between those of an answer is by the profile. Immutable.
class LineSorter {
  public:
    enum class Kind {
        text,    ///< a line of the answer
        unasked, ///< an event or noise, which is none
        refusal, ///< instead of the answer's rest
        restart, ///< of the board, which owes no answer any more
    };

    LineSorter() = default;
    explicit LineSorter(const profile::Profile& profile);

    [[nodiscard]] Kind kind(std::string_view line) const;
    /// Noise that is cut out of the middle of lines.
    [[nodiscard]] const std::vector<profile::Pattern>& anywhere() const { return anywhere_; }

  private:
    std::vector<profile::Refusal> refusals_;
    std::vector<std::shared_ptr<const profile::Matcher>> events_;
    std::vector<profile::Noise> noise_;
    std::vector<profile::Pattern> anywhere_;
};

} // namespace jigd::drivers
