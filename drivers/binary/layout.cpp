#include "drivers/binary/layout.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "drivers/hex_text.hpp"

namespace jigd::drivers {

Layout::Layout(std::vector<Item> items, Sequence sequence, std::size_t longest)
    : items_(std::move(items)), sequence_(sequence), longest_(longest) {
    bool is_head = true;
    bool is_before_body = true;
    for (const auto& item : items_) {
        is_head = is_head && item.kind == Item::Kind::literal;
        is_before_body = is_before_body && item.kind != Item::Kind::body;
        head_ += is_head ? item.literal : std::string();
        tail_ = item.kind == Item::Kind::literal ? tail_ + item.literal : std::string();
        overhead_ += item.size;
        body_at_ += is_before_body ? item.size : 0;
    }
}

bool Layout::has(Item::Kind kind) const {
    return std::any_of(items_.begin(), items_.end(), [&](const Item& item) { return item.kind == kind; });
}

std::string Layout::covered(const Item& item, const std::vector<std::string>& parts) const {
    std::string bytes;
    for (const auto place : item.of) {
        bytes += parts[place];
    }
    return bytes;
}

std::size_t Layout::counted_beside_body(const Item& item) const {
    std::size_t size = 0;
    for (const auto place : item.of) {
        size += items_[place].size;
    }
    return size;
}

std::string Layout::length_bytes(const Item& item, std::size_t body) const {
    const auto value = static_cast<std::int64_t>(counted_beside_body(item) + body) + item.adds;
    const auto highest = (std::uint64_t{1} << (8 * item.size)) - 1;
    if (value < 0 || static_cast<std::uint64_t>(value) > highest) {
        throw Error(Code::bad_request, fmt::format("the command is too long: its frame's length would be {}, "
                                                   "and {} is the highest",
                                                   value, highest));
    }
    return to_bytes(static_cast<std::uint64_t>(value), item.size, item.order);
}

std::string Layout::build(std::string_view body, std::uint64_t number) const {
    if (overhead_ + body.size() > longest_) {
        throw Error(Code::bad_request, fmt::format("the command is too long: a frame of {} bytes, and "
                                                   "binary.longest is {}",
                                                   overhead_ + body.size(), longest_));
    }
    std::vector<std::string> parts(items_.size());
    for (std::size_t place = 0; place < items_.size(); ++place) {
        const auto& item = items_[place];
        switch (item.kind) {
        case Item::Kind::literal:
            parts[place] = item.literal;
            break;
        case Item::Kind::length:
            parts[place] = length_bytes(item, body.size());
            break;
        case Item::Kind::sequence:
            parts[place] = to_bytes(number, item.size, item.order);
            break;
        case Item::Kind::body:
            parts[place] = body;
            break;
        case Item::Kind::checksum:
            break;
        }
    }
    std::string frame;
    for (std::size_t place = 0; place < items_.size(); ++place) {
        const auto& item = items_[place];
        if (item.kind == Item::Kind::checksum) {
            parts[place] = to_bytes(checksum(item.checksum, covered(item, parts)), item.size, item.order);
        }
        frame += parts[place];
    }
    return frame;
}

Layout::Total Layout::total(std::string_view bytes) const {
    std::size_t begin = 0;
    for (const auto& item : items_) {
        if (item.kind != Item::Kind::length) {
            begin += item.size;
            continue;
        }
        if (bytes.size() < begin + item.size) {
            return {};
        }
        const auto said = from_bytes(bytes.substr(begin, item.size), item.order);
        const auto body = static_cast<std::int64_t>(said) - item.adds -
                          static_cast<std::int64_t>(counted_beside_body(item));
        if (body < 0) {
            return {.size = std::nullopt,
                    .damage = fmt::format("a length of {}, less than a frame has", said)};
        }
        if (static_cast<std::uint64_t>(body) > longest_ - std::min(overhead_, longest_)) {
            return {.size = std::nullopt,
                    .damage =
                        fmt::format("a length of {}, more than binary.longest ({}) allows", said, longest_)};
        }
        return {.size = overhead_ + static_cast<std::size_t>(body), .damage = {}};
    }
    return {};
}

std::string Layout::damage_of(const Item& item, const std::vector<std::string>& parts,
                              std::size_t place) const {
    const auto& here = parts[place];
    if (item.kind == Item::Kind::literal && here != item.literal) {
        return to_hex(here) + " where its frame has " + to_hex(item.literal);
    }
    if (item.kind == Item::Kind::checksum) {
        const auto right = to_bytes(checksum(item.checksum, covered(item, parts)), item.size, item.order);
        return here == right ? "" : "checksum " + to_hex(here) + " instead of " + to_hex(right);
    }
    return {};
}

Layout::Parsed Layout::parse(std::string_view frame) const {
    Parsed parsed{.body = std::string(frame), .number = {}, .damage = {}};
    if (frame.size() < overhead_) {
        parsed.damage = fmt::format("{} bytes, and a frame has {} or more", frame.size(), overhead_);
        return parsed;
    }
    std::vector<std::string> parts(items_.size());
    const auto length = has_length() ? total(frame) : Total{.size = frame.size(), .damage = {}};
    if (length.size != frame.size()) {
        parsed.damage = length.damage.empty() ? "its length is not that of the frame" : length.damage;
        return parsed;
    }
    auto rest = frame;
    std::string body;
    for (std::size_t place = 0; place < items_.size(); ++place) {
        const auto& item = items_[place];
        const bool is_body = item.kind == Item::Kind::body;
        const auto size = is_body ? frame.size() - overhead_ : item.size;
        parts[place] = rest.substr(0, size);
        rest.remove_prefix(size);
        if (is_body) {
            body = parts[place];
        } else if (item.kind == Item::Kind::sequence) {
            parsed.number = from_bytes(parts[place], item.order);
        }
    }
    for (std::size_t place = 0; place < items_.size() && parsed.damage.empty(); ++place) {
        parsed.damage = damage_of(items_[place], parts, place);
    }
    if (parsed.damage.empty()) {
        parsed.body = std::move(body);
    }
    return parsed;
}

} // namespace jigd::drivers
