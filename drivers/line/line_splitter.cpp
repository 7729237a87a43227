#include "drivers/line/line_splitter.hpp"

#include <algorithm>
#include <utility>

#include "drivers/line/line_answer.hpp"

namespace jigd::drivers {

LineSplitter::LineSplitter(std::string end, std::size_t longest, bool cuts_overlong)
    : end_(std::move(end)), longest_(longest), cuts_overlong_(cuts_overlong) {}

void LineSplitter::feed(std::string_view bytes) {
    buffer_ += bytes;
}

std::optional<std::string> LineSplitter::next() {
    if (end_.empty()) {
        return buffer_.empty() ? std::nullopt : std::optional(std::exchange(buffer_, {}));
    }
    for (;;) {
        const auto length = buffer_.find(end_, scanned_);
        if (length == std::string::npos) {
            // The last bytes may be the beginning of an end.
            scanned_ = buffer_.size() < end_.size() ? 0 : buffer_.size() - end_.size() + 1;
            skip_overlong();
            return std::nullopt;
        }
        auto line = buffer_.substr(0, length);
        buffer_.erase(0, length + end_.size());
        scanned_ = 0;
        if (std::exchange(skipping_, false)) {
            continue;
        }
        if (line.size() > longest_ && cuts_overlong_) {
            line.resize(longest_);
        } else if (line.size() > longest_) {
            ++overlong_;
            continue;
        }
        return line;
    }
}

bool LineSplitter::take(std::string_view text) {
    const std::string_view come = buffer_;
    for (std::size_t at = 0; !skipping_ && at < come.size(); ++at) {
        if (come.substr(at).starts_with(text)) {
            erase(0, at + text.size());
            return true;
        }
        if (!is_blank_line(come.substr(at, 1))) {
            return false;
        }
    }
    return false;
}

void LineSplitter::erase(std::size_t begin, std::size_t length) {
    buffer_.erase(begin, length);
    scanned_ = 0;
}

void LineSplitter::skip_overlong() {
    if (cuts_overlong_) {
        buffer_.erase(std::min(longest_, scanned_), scanned_ - std::min(longest_, scanned_));
        scanned_ = std::min(longest_, scanned_);
        return;
    }
    if (!skipping_ && scanned_ > longest_) {
        skipping_ = true;
        ++overlong_;
    }
    if (skipping_) {
        buffer_.erase(0, scanned_);
        scanned_ = 0;
    }
}

std::string_view LineSplitter::partial() const {
    return skipping_ ? std::string_view{} : std::string_view(buffer_);
}

void LineSplitter::drop_partial() {
    buffer_.clear();
    scanned_ = 0;
    skipping_ = false;
}

} // namespace jigd::drivers
