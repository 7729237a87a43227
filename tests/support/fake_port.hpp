#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/port.hpp"

namespace jigd::test {

/// A scripted serial line in virtual time: "expect these bytes, then return those after t". Waiting costs no
/// real time; a wait that could never end fails the test.
class FakePort : public drivers::Port {
  public:
    ~FakePort() override {
        EXPECT_TRUE(script_.empty()) << "never written: " << (script_.empty() ? "" : script_.front().tx);
    }

    /// The next write must be exactly `tx`.
    FakePort& expect(std::string tx) {
        script_.push_back({.tx = std::move(tx), .answers = {}});
        return *this;
    }
    /// After the expected write before: these bytes, so much later.
    FakePort& answer(std::string bytes, Milliseconds after = Milliseconds{1}) {
        script_.back().answers.push_back({.at = TimePoint{after}, .bytes = std::move(bytes)});
        return *this;
    }
    /// Bytes that come unasked, `after` from now.
    FakePort& say(std::string bytes, Milliseconds after = Milliseconds{0}) {
        add({.at = now_ + after, .bytes = std::move(bytes)});
        return *this;
    }
    /// The line is gone from then on.
    void hang_up(Milliseconds after = Milliseconds{0}) { gone_at_ = now_ + after; }
    void advance(Milliseconds time) { now_ += time; }
    /// So many bytes of what is written next have not left when the output is discarded; once.
    void keep_back(std::size_t bytes) { not_left_ = bytes; }
    /// What line_errors() returns, `after` from now on; before the first the port counts none.
    void count_errors(const drivers::LineErrors& errors, Milliseconds after = Milliseconds{0}) {
        errors_.emplace_back(now_ + after, errors);
    }
    void set_other_users(std::vector<std::string> users) { other_users_ = std::move(users); }
    /// Another program has run stty on the line.
    void change_settings() { settings_changed_ = true; }
    /// Bytes that are there are read whatever the deadline, as on a real line, and each read takes `time`: a
    /// board that talks as often never leaves the line empty.
    void talk_past_deadline(Milliseconds time = Milliseconds{1}) { read_takes_ = time; }
    /// What is written from then on needs no script and gets no answer: a board without power.
    void be_deaf() { is_deaf_ = true; }
    /// What is written from then on is taken, but does not leave before the writer's deadline.
    void block_writes() { is_blocked_ = true; }
    /// So many writes from now are the last that it takes a byte of.
    void block_writes_after(std::size_t writes) { last_write_ = written_.size() + writes; }
    /// How often discard_output() was called.
    [[nodiscard]] std::size_t output_discards() const { return output_discards_; }
    /// All that was written, in order.
    [[nodiscard]] const std::vector<std::string>& written() const { return written_; }

    [[nodiscard]] std::size_t read(std::span<char> into, Deadline deadline) override {
        const auto next = incoming_.empty() ? TimePoint::max() : incoming_.front().at;
        if (gone_at_ && *gone_at_ <= std::min(next, deadline.at)) {
            now_ = std::max(now_, *gone_at_);
            throw Error(Code::jig_offline, "the fake line is gone");
        }
        const bool is_there = read_takes_.count() > 0 && next <= now_;
        if (!is_there && (next > deadline.at || next == TimePoint::max())) {
            if (deadline.at == TimePoint::max()) {
                ADD_FAILURE() << "waits for ever";
                throw Error(Code::internal, "waits for ever");
            }
            now_ = std::max(now_, deadline.at);
            return 0;
        }
        now_ = std::max(now_, next);
        auto& bytes = incoming_.front().bytes;
        const auto count = std::min(into.size(), bytes.size());
        std::copy_n(bytes.begin(), count, into.begin());
        bytes.erase(0, count);
        if (bytes.empty()) {
            incoming_.pop_front();
        }
        now_ += read_takes_;
        return count;
    }

    void write(std::string_view bytes, Deadline deadline) override {
        if (gone_at_ && *gone_at_ <= now_) {
            throw Error(Code::jig_offline, "the fake line is gone");
        }
        if (written_.size() >= last_write_) {
            now_ = std::max(now_, deadline.at);
            throw Error(Code::jig_timeout, "the fake line takes no more");
        }
        written_.emplace_back(bytes);
        if (is_blocked_) {
            now_ = std::max(now_, deadline.at);
            throw Error(Code::jig_timeout, "the fake line takes no bytes", Executed::unknown);
        }
        if (is_deaf_) {
            return;
        }
        if (script_.empty()) {
            ADD_FAILURE() << "unexpected: " << bytes;
            return;
        }
        const auto exchange = std::move(script_.front());
        script_.pop_front();
        EXPECT_EQ(exchange.tx, bytes);
        for (const auto& answer : exchange.answers) {
            add({.at = now_ + answer.at.time_since_epoch(), .bytes = answer.bytes});
        }
    }

    void discard_input() override {
        std::erase_if(incoming_, [this](const Chunk& chunk) { return chunk.at <= now_; });
    }
    std::size_t discard_output() override {
        ++output_discards_;
        return std::exchange(not_left_, 0);
    }
    [[nodiscard]] int handle() const override { return -1; }
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] const std::string& path() const override { return path_; }
    [[nodiscard]] std::optional<drivers::LineErrors> line_errors() const override {
        const auto last = std::find_if(errors_.rbegin(), errors_.rend(),
                                       [this](const auto& counted) { return counted.first <= now_; });
        return last == errors_.rend() ? std::nullopt : std::optional(last->second);
    }
    [[nodiscard]] std::vector<std::string> other_users() const override { return other_users_; }
    [[nodiscard]] bool settings_changed() const override { return settings_changed_; }

  private:
    struct Chunk {
        TimePoint at{}; ///< in a script: since the write
        std::string bytes;
    };
    struct Exchange {
        std::string tx;
        std::vector<Chunk> answers;
    };

    void add(Chunk chunk) {
        const auto place = std::upper_bound(incoming_.begin(), incoming_.end(), chunk.at,
                                            [](TimePoint at, const Chunk& other) { return at < other.at; });
        incoming_.insert(place, std::move(chunk));
    }

    std::deque<Exchange> script_;
    std::deque<Chunk> incoming_; ///< by time
    std::vector<std::string> written_;
    TimePoint now_{std::chrono::hours(1)};
    std::optional<TimePoint> gone_at_;
    Milliseconds read_takes_{0};
    std::string path_ = "/dev/fake";
    std::size_t not_left_ = 0;
    std::size_t output_discards_ = 0;
    std::vector<std::pair<TimePoint, drivers::LineErrors>> errors_; ///< by time
    std::vector<std::string> other_users_;
    bool settings_changed_ = false;
    bool is_deaf_ = false;
    bool is_blocked_ = false;
    std::size_t last_write_ = std::numeric_limits<std::size_t>::max();
};

} // namespace jigd::test
