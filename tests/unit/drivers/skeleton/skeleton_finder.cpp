#include "skeleton_finder.hpp"

namespace jigd::drivers {

void SkeletonFinder::feed(std::string_view bytes) {
    buffer_ += bytes;
}

std::optional<profile::Frame> SkeletonFinder::next() {
    const auto end = buffer_.find('>');
    if (end == std::string::npos) {
        if (buffer_.size() > longest_) { // whatever comes, memory is bounded
            buffer_.clear();
            ++overlong_;
        }
        return std::nullopt;
    }
    profile::Frame frame{.body = buffer_.substr(0, end)};
    buffer_.erase(0, end + 1);
    if (frame.body.starts_with('<')) {
        frame.body.erase(0, 1);
    } else {
        frame.damage = "it does not start with <";
    }
    return frame;
}

} // namespace jigd::drivers
