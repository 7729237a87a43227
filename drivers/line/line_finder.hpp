#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/line/answer_collector.hpp"
#include "drivers/line/line_checksum.hpp"
#include "drivers/line/line_sorter.hpp"
#include "drivers/line/line_splitter.hpp"
#include "profile/codec.hpp"

namespace jigd::drivers {

/// The lines that a board gets, as frames. A host may end them in CR LF where LF is the end.
class CommandFinder final : public profile::FrameFinder {
  public:
    CommandFinder(std::string end, std::optional<LineChecksum> checksum);

    void feed(std::string_view bytes) override { splitter_.feed(bytes); }
    [[nodiscard]] std::optional<profile::Frame> next() override;
    [[nodiscard]] std::string_view partial() const override { return splitter_.partial(); }
    [[nodiscard]] bool is_within_frame() const override { return splitter_.is_within_line(); }
    void drop_partial() override { splitter_.drop_partial(); }
    [[nodiscard]] std::uint64_t overlong() const override { return splitter_.overlong(); }

  private:
    LineSplitter splitter_;
    std::optional<LineChecksum> checksum_;
};

/// What a board says, as frames: its lines, the repetition of a command, and answers of several lines.
class LineFinder final : public profile::FrameFinder {
  public:
    struct Options {
        std::string end;    ///< of a line
        std::string prompt; ///< ends each answer; "" = there is none
        bool echo = false;  ///< the board repeats each command
        std::string command_end;
        AnswerCollector::Limits limits{};
        std::optional<LineChecksum> checksum{};
    };

    LineFinder(Options options, LineSorter sorter);

    void feed(std::string_view bytes) override;
    void expect(const profile::StepForm* step, std::string_view frame) override;
    [[nodiscard]] std::optional<profile::Frame> next() override;
    [[nodiscard]] std::string_view partial() const override { return partial_; }
    [[nodiscard]] bool is_within_frame() const override;
    void drop_partial() override;
    [[nodiscard]] std::uint64_t overlong() const override {
        return splitter_.overlong() + collector_.overlong();
    }

  private:
    void cut(const profile::Pattern& noise);
    [[nodiscard]] std::string text_so_far() const;

    const Options options_;
    const LineSorter sorter_;
    LineSplitter splitter_;
    AnswerCollector collector_;
    std::uint64_t overlong_seen_ = 0; ///< lines too long, when the collector was last told
    std::string echo_;                ///< that the board must still send
    bool is_behind_echo_ = false;     ///< its line end, or an empty line, means nothing
    std::string held_;                ///< noise at the end of what has come, which may go on
    std::string partial_;             ///< as of the last next()
};

} // namespace jigd::drivers
