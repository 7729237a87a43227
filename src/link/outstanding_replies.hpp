#pragma once

#include <algorithm>
#include <cstdint>

#include "core/deadline.hpp"

namespace jigd::link {

/// The replies that a board may still send: to commands, and then to the question who it is. It answers in
/// the order it was asked, so its answer to that question proves that no command's reply is still to come,
/// unless an earlier such question is unanswered too. Pure.
class OutstandingReplies {
  public:
    /// `reply`: how long the board's profile lets it take. `asks`: whether it can be asked who it is; a board
    /// that can't is given more time to be late.
    OutstandingReplies(Duration reply, bool asks)
        : first_silence_((asks ? 2 : 4) * reply), silence_(first_silence_) {}

    void command_unanswered() { ++commands_; }
    /// Each failed question makes the next silence twice as long, up to 4 s, or what the board's own reply
    /// time asks for. A probe, which a board that still starts does not hear, does not.
    void question_unanswered(bool is_probe = false) {
        ++questions_;
        if (is_probe) {
            return;
        }
        silence_ = std::min<Duration>(2 * silence_, std::max<Duration>(first_silence_, max_silence));
    }
    /// Frames that nobody waited for are the outstanding ones, oldest first.
    void arrived(std::uint64_t frames) {
        const auto commands = std::min(frames, commands_);
        commands_ -= commands;
        questions_ -= std::min(frames - commands, questions_);
    }
    void forget() {
        commands_ = 0;
        questions_ = 0;
        silence_ = first_silence_;
    }

    [[nodiscard]] bool any() const { return commands_ + questions_ > 0; }
    /// The answer just taken may be that of an earlier question.
    [[nodiscard]] bool any_question() const { return questions_ > 0; }
    /// How long the line must be quiet before what is outstanding counts as lost.
    [[nodiscard]] Duration silence() const { return silence_; }

  private:
    static constexpr Milliseconds max_silence{4000};

    Duration first_silence_;
    Duration silence_;
    std::uint64_t commands_ = 0;
    std::uint64_t questions_ = 0;
};

} // namespace jigd::link
