#include "drivers/binary/binary_finder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "drivers/binary/binary_form.hpp"

namespace jigd::drivers {

BinaryFinder::BinaryFinder(std::shared_ptr<const BinaryWire> wire, profile::Side side,
                           std::vector<std::shared_ptr<const Body>> known)
    : wire_(std::move(wire)), side_(side), known_(std::move(known)),
      is_strict_(!wire_->ends_itself() && wire_->layout.head().empty() && !wire_->layout.has_checksum()) {}

void BinaryFinder::feed(std::string_view bytes) {
    buffer_ += bytes;
}

void BinaryFinder::expect(const profile::StepForm* step, std::string_view frame) {
    const auto* form = dynamic_cast<const BinaryForm*>(step);
    is_awaited_ = form != nullptr && form->is_answered();
    awaited_ = form == nullptr ? nullptr : form->reply();
    number_ = is_awaited_ ? wire_->parse(frame).number : std::nullopt;
}

void BinaryFinder::drop_partial() {
    buffer_.clear();
    begin_ = 0;
    is_cut_ = false;
}

std::optional<profile::Frame> BinaryFinder::next() {
    if (wire_->stuffing) {
        return next_stuffed();
    }
    while (begin_ < buffer_.size()) {
        auto found = look_at(std::string_view(buffer_).substr(begin_));
        switch (found.look) {
        case Look::whole:
            return take(found.size, {});
        case Look::damaged: // where it began may have been none of a frame's
            return take(std::min(found.size, to_next_head()), std::move(found.damage));
        case Look::impossible:
            return take(to_next_head(), std::move(found.damage));
        case Look::incomplete:
            return std::nullopt;
        case Look::nothing:
            if (is_strict_ || (side_ == profile::Side::board && known_.empty() && !wire_->ends_itself())) {
                return next_unknown();
            }
            skip();
            break;
        }
    }
    const bool may_a_frame_follow = is_awaited_ && begin_ <= wire_->layout.longest();
    return begin_ == 0 || may_a_frame_follow ? std::nullopt : skipped();
}

/// Bytes until the next frame may start, behind the one that is looked at.
std::size_t BinaryFinder::to_next_head() const {
    const auto& head = wire_->layout.head();
    const auto next = head.empty()      ? std::string::npos
                      : wire_->escaping ? buffer_.find(head.front(), begin_ + 1)
                                        : buffer_.find(head, begin_ + 1);
    return (next == std::string::npos ? buffer_.size() : next) - begin_;
}

/// To where the next frame may start.
void BinaryFinder::skip() {
    const auto& head = wire_->layout.head();
    const auto next = head.empty() ? begin_ + 1 : buffer_.find(head.front(), begin_ + 1);
    begin_ = std::min(next, buffer_.size());
}

std::optional<profile::Frame> BinaryFinder::skipped() {
    profile::Frame frame{.body = buffer_.substr(0, begin_), .damage = "not a frame"};
    buffer_.erase(0, begin_);
    begin_ = 0;
    return frame;
}

/// What fits no body. A host lets it pass until the line pauses; a simulated board may answer that it does
/// not know it.
std::optional<profile::Frame> BinaryFinder::next_unknown() {
    if (side_ == profile::Side::host) {
        cut();
        return std::nullopt;
    }
    auto parsed = wire_->parse(buffer_);
    drop_partial();
    return numbered(std::move(parsed));
}

/// Of what does not end only the beginning is kept.
void BinaryFinder::cut() {
    const auto longest = (wire_->stuffing ? 2 : 1) * wire_->layout.longest();
    if (buffer_.size() > longest) {
        buffer_.resize(longest);
        overlong_ += is_cut_ ? 0 : 1;
        is_cut_ = true;
    }
}

BinaryFinder::Place BinaryFinder::look_at(std::string_view bytes) const {
    const auto head = std::string_view(wire_->layout.head()).substr(0, bytes.size());
    if (!bytes.starts_with(head)) {
        return {};
    }
    return wire_->escaping ? look_at_escaped(bytes) : look_at_plain(bytes);
}

BinaryFinder::Place BinaryFinder::look_at_plain(std::string_view bytes) const {
    return wire_->layout.has_length() ? look_by_length(bytes) : look_by_bodies(bytes);
}

/// By what the escapes mean. A start byte on the line begins another frame, whatever this one lacks.
BinaryFinder::Place BinaryFinder::look_at_escaped(std::string_view bytes) const {
    const auto& layout = wire_->layout;
    const auto in_front = std::min(layout.head().size(), bytes.size());
    const auto next = bytes.find(layout.head().front(), in_front);
    auto part = bytes.substr(0, next);
    const auto tail = wire_->ends_by_tail() ? part.find(layout.tail(), in_front) : std::string_view::npos;
    const bool has_tail = tail != std::string_view::npos;
    part = part.substr(0, has_tail ? tail + layout.tail().size() : tail);
    const auto plain = wire_->escaping->unescaped(part, in_front);
    Place place{.look = Look::incomplete};
    if (plain.size() > layout.longest() && wire_->ends_by_tail()) {
        return {.look = Look::impossible, .damage = "longer than binary.longest"};
    }
    if (has_tail) {
        place = judged(plain);
    } else if (!wire_->ends_by_tail()) {
        place = look_at_plain(plain);
    }
    if (place.look == Look::incomplete && next != std::string_view::npos) {
        return {.look = Look::impossible, .damage = "another frame begins within it"};
    }
    place.size = place.size == 0 ? 0 : wire_->escaping->size_on_line(part, in_front, place.size);
    return place;
}

BinaryFinder::Place BinaryFinder::look_by_length(std::string_view bytes) const {
    auto total = wire_->layout.total(bytes);
    if (!total.damage.empty()) {
        return {.look = Look::impossible, .damage = std::move(total.damage)};
    }
    return !total.size || bytes.size() < *total.size ? Place{.look = Look::incomplete}
                                                     : judged(bytes.substr(0, *total.size));
}

BinaryFinder::Place BinaryFinder::judged(std::string_view frame) const {
    auto parsed = wire_->layout.parse(frame);
    return {.look = parsed.damage.empty() ? Look::whole : Look::damaged,
            .size = frame.size(),
            .damage = std::move(parsed.damage)};
}

BinaryFinder::Place BinaryFinder::look_for(const Body& body, std::string_view bytes) const {
    const auto size = body.size().value_or(0);
    const auto total = wire_->layout.overhead() + size;
    const auto begin = std::min(wire_->layout.body_at(), bytes.size());
    if (!body.may_begin(bytes.substr(begin, size))) {
        return {};
    }
    return bytes.size() < total ? Place{.look = Look::incomplete} : judged(bytes.substr(0, total));
}

BinaryFinder::Place BinaryFinder::look_by_bodies(std::string_view bytes) const {
    Place best;
    if (awaited_) {
        best = look_for(*awaited_, bytes);
        if (best.look == Look::whole || best.look == Look::incomplete) {
            return best;
        }
    }
    for (const auto& body : known_) {
        auto found = look_for(*body, bytes);
        if (found.look == Look::whole) {
            return found;
        }
        if (best.look == Look::nothing || found.look == Look::incomplete) {
            best = std::move(found);
        }
    }
    return best;
}

profile::Frame BinaryFinder::take(std::size_t size, std::string damage) {
    const auto bytes = buffer_.substr(begin_, size);
    buffer_.erase(0, begin_ + size);
    begin_ = 0;
    if (!damage.empty()) {
        return {.body = bytes, .damage = std::move(damage)};
    }
    return numbered(wire_->parse(bytes));
}

/// An answer carries the number of its command: what comes late does not.
profile::Frame BinaryFinder::numbered(Layout::Parsed parsed) const {
    profile::Frame frame{.body = std::move(parsed.body), .damage = std::move(parsed.damage)};
    if (!parsed.number || !frame.damage.empty()) {
        return frame;
    }
    const auto& sequence = wire_->layout.sequence();
    const auto number = *parsed.number;
    if (side_ == profile::Side::board) {
        if (sequence.holds(number)) {
            frame.number = number - sequence.first;
        } else {
            frame.damage = fmt::format("sequence number {}", number);
        }
        return frame;
    }
    frame.is_unasked = number != number_;
    if (frame.is_unasked && sequence.unasked && number != *sequence.unasked) {
        frame.damage = number_ ? fmt::format("sequence number {} instead of {}", number, *number_)
                               : fmt::format("sequence number {}, which no command waits for", number);
    }
    return frame;
}

std::optional<profile::Frame> BinaryFinder::next_stuffed() {
    for (;;) {
        const auto end = buffer_.find(wire_->stuffing->end);
        if (end == std::string::npos) {
            cut();
            return std::nullopt;
        }
        const auto bytes = buffer_.substr(0, end);
        const bool was_cut = std::exchange(is_cut_, false);
        buffer_.erase(0, end + 1);
        if (bytes.empty() || was_cut) {
            continue;
        }
        return numbered(wire_->parse(bytes));
    }
}

} // namespace jigd::drivers
