#include "drivers/line/line_splitter.hpp"

#include <utility>

namespace jigd::drivers {

LineSplitter::LineSplitter(std::string end, std::size_t longest) : end_(std::move(end)), longest_(longest) {}

void LineSplitter::feed(std::string_view bytes) {
    buffer_ += bytes;
}

std::optional<std::string> LineSplitter::next() {
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
        if (line.size() > longest_) {
            ++overlong_;
            continue;
        }
        return line;
    }
}

void LineSplitter::skip_overlong() {
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
