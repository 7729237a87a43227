#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "drivers/line/line_answer.hpp"
#include "drivers/line/line_sorter.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// Lines → answers of several lines. What does not belong to one passes through. An answer whose step gave it
/// up is still collected, so that its late rest is one unexpected frame and not several.
class AnswerCollector {
  public:
    struct Limits {
        std::size_t bytes = 4096;
        std::size_t lines = 64;
    };

    AnswerCollector(LineSorter sorter, Limits limits) : sorter_(std::move(sorter)), limits_(limits) {}

    /// An answer of this shape is awaited from now on.
    void expect(const AnswerShape& shape);
    /// None is awaited any more.
    void stop();

    /// The next line: what has become of it, and nullopt while more must follow.
    [[nodiscard]] std::optional<profile::Frame> take(profile::Frame line);
    /// A line of the answer that is being collected can't be believed, or was lost: nor can the answer.
    void mark_damaged(const std::string& why);
    /// The prompt came: the answer, if one was being collected.
    [[nodiscard]] std::optional<profile::Frame> prompted(const std::string& prompt);

    /// The lines so far.
    [[nodiscard]] const std::string& text() const { return answer_; }
    /// Whether lines came whose text is not kept: the answer is too long, or its beginning was given up.
    [[nodiscard]] bool is_skipping() const { return skipped_; }
    /// Gives up the lines so far.
    void drop();
    /// Answers with too many lines or bytes, so far.
    [[nodiscard]] std::uint64_t overlong() const { return overlong_; }

  private:
    void add(const std::string& line);
    void clear();
    [[nodiscard]] std::optional<profile::Frame> finish(profile::Frame frame);

    LineSorter sorter_;
    Limits limits_;
    std::optional<AnswerShape> shape_;
    std::string answer_;
    std::size_t count_ = 0;              ///< lines so far
    std::string damage_;                 ///< why it can't be believed; "" = it can
    std::optional<std::string> refusal_; ///< came instead of the answer; its prompt has not yet
    bool is_counted_ = false;            ///< as overlong, or given up: its rest is nothing by itself
    bool skipped_ = false;               ///< lines of such a rest came since the last drop()
    bool is_late_ = false;               ///< the step has given it up
    bool is_given_ = false;              ///< an answer of this shape was found
    std::uint64_t overlong_ = 0;
};

} // namespace jigd::drivers
