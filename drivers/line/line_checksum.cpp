#include "drivers/line/line_checksum.hpp"

#include <climits>
#include <cstdint>

namespace jigd::drivers {

std::string LineChecksum::wrapped(std::string_view body) const {
    return start_ + std::string(body) + end_ + form_.write("checksum", checksum(kind_, body));
}

std::string LineChecksum::masked(std::string_view body) const {
    return start_ + std::string(body) + end_ + "…";
}

bool LineChecksum::has_fixed_width(Checksum kind, const profile::NumberFormat& form) {
    const auto largest = (std::uint64_t{1} << (CHAR_BIT * size_of(kind))) - 1;
    return form.write("checksum", 0).size() == form.write("checksum", largest).size();
}

std::size_t LineChecksum::end_of_body(std::string_view line) const {
    if (!end_.empty()) {
        return line.rfind(end_);
    }
    const auto width = form_.write("checksum", 0).size();
    return line.size() < width ? std::string_view::npos : line.size() - width;
}

profile::Frame LineChecksum::unwrapped(std::string_view line) const {
    const auto end = end_of_body(line);
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
