#include "drivers/line/line_checksum.hpp"

namespace jigd::drivers {

std::string LineChecksum::wrapped(std::string_view body) const {
    return start_ + std::string(body) + end_ + form_.write("checksum", checksum(kind_, body));
}

std::string LineChecksum::masked(std::string_view body) const {
    return start_ + std::string(body) + end_ + "…";
}

profile::Frame LineChecksum::unwrapped(std::string_view line) const {
    const auto end = line.rfind(end_);
    if (!line.starts_with(start_) || end == std::string_view::npos || end < start_.size()) {
        return {.body = std::string(line), .damage = "it has no checksum, as '" + wrapped("...") + "' has"};
    }
    const auto body = line.substr(start_.size(), end - start_.size());
    const auto said = line.substr(end + end_.size());
    const auto right = checksum(kind_, body);
    if (form_.read(said) != nlohmann::json(right)) {
        return {.body = std::string(line),
                .damage = "the checksum is " + std::string(said) + ", not " + form_.write("checksum", right)};
    }
    return {.body = std::string(body)};
}

} // namespace jigd::drivers
