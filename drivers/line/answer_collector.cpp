#include "drivers/line/answer_collector.hpp"

#include <utility>

namespace jigd::drivers {

void AnswerCollector::clear() {
    answer_.clear();
    damage_.clear();
    count_ = 0;
    refusal_.reset();
    is_counted_ = false;
    skipped_ = false;
}

void AnswerCollector::expect(const AnswerShape& shape) {
    clear();
    shape_ = shape;
    is_late_ = false;
    is_given_ = false;
}

void AnswerCollector::stop() {
    if (shape_ && !shape_->is_one_line() && !is_given_) {
        is_late_ = true;
        return;
    }
    clear();
    shape_.reset();
}

void AnswerCollector::drop() {
    if (!is_late_) {
        clear();
        return;
    }
    is_counted_ = is_counted_ || !answer_.empty();
    answer_.clear();
    skipped_ = false;
}

std::optional<profile::Frame> AnswerCollector::take(profile::Frame line) {
    if (!shape_ || shape_->is_one_line()) {
        return line;
    }
    if (!line.damage.empty()) {
        mark_damaged(line.damage);
        return line;
    }
    if (is_blank_line(line.body)) {
        return std::nullopt;
    }
    switch (sorter_.kind(line.body)) {
    case LineSorter::Kind::unasked:
        line.is_unasked = true;
        line.is_within_answer = count_ > 0;
        return line;
    case LineSorter::Kind::restart:
        line.is_unasked = true;
        is_counted_ = false;
        return finish(std::move(line));
    case LineSorter::Kind::refusal:
        if (shape_->at_prompt) {
            refusal_ = refusal_.value_or(line.body);
            return std::nullopt;
        }
        return finish(std::move(line));
    case LineSorter::Kind::text:
        break;
    }
    add(line.body);
    return shape_->ends_with(line.body, count_) ? finish({.body = answer_, .damage = damage_}) : std::nullopt;
}

void AnswerCollector::mark_damaged(const std::string& why) {
    if (shape_ && !shape_->is_one_line() && damage_.empty()) {
        damage_ = "one of its lines: " + why;
    }
}

std::optional<profile::Frame> AnswerCollector::prompted(const std::string& prompt) {
    if (!shape_ || !shape_->at_prompt) {
        return std::nullopt;
    }
    auto body = refusal_.value_or(answer_);
    if (is_late_ && body.empty()) {
        body = prompt; // a late answer that says nothing must not pass for nothing
    }
    return finish({.body = std::move(body), .damage = refusal_ ? "" : damage_});
}

void AnswerCollector::add(const std::string& line) {
    ++count_;
    const bool is_too_long = answer_.size() + line.size() > limits_.bytes || count_ > limits_.lines;
    if (is_too_long && !is_counted_) {
        ++overlong_;
        is_counted_ = true;
        answer_.clear();
    }
    if (is_counted_) {
        skipped_ = true;
    } else {
        answer_ += (answer_.empty() ? "" : "\n") + line;
    }
}

std::optional<profile::Frame> AnswerCollector::finish(profile::Frame frame) {
    const bool is_rest = is_counted_;
    is_given_ = true;
    clear();
    if (is_late_) {
        is_late_ = false;
        shape_.reset();
    }
    return is_rest ? std::nullopt : std::optional(std::move(frame));
}

} // namespace jigd::drivers
