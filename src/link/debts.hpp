#pragma once

#include <algorithm>
#include <cstdint>

#include "core/deadline.hpp"

namespace jigd::link {

/// What a board that may be late still owes: answers to commands, and then answers to the question who it is.
/// It answers in the order it was asked, so its answer to that question proves that no command's answer is
/// still to come, unless an earlier such question is unanswered too. Pure.
class Debts {
  public:
    static constexpr Milliseconds longest_silence{4000};

    /// `silence`: how long a line must be quiet, at first, before what is owed counts as lost.
    explicit Debts(Duration silence) : first_silence_(silence), silence_(silence) {}

    void command_unanswered() { ++commands_; }
    /// Each failed question makes the next silence twice as long.
    void question_unanswered() {
        ++questions_;
        silence_ = std::min<Duration>(2 * silence_, longest_silence);
    }
    /// Lines that nobody waited for pay what is owed, oldest first.
    void paid(std::uint64_t lines) {
        const auto commands = std::min(lines, commands_);
        commands_ -= commands;
        questions_ -= std::min(lines - commands, questions_);
    }
    void settle() { *this = Debts(first_silence_); }

    [[nodiscard]] bool any() const { return commands_ + questions_ > 0; }
    /// The answer just taken may be that of an earlier question.
    [[nodiscard]] bool owes_questions() const { return questions_ > 0; }
    [[nodiscard]] Duration silence() const { return silence_; }

  private:
    Duration first_silence_;
    Duration silence_;
    std::uint64_t commands_ = 0;
    std::uint64_t questions_ = 0;
};

} // namespace jigd::link
