#include "record/recorded_ids.hpp"

#include <array>
#include <new>

#include "record/identity.hpp"

namespace jigd::record {

namespace {

constexpr std::size_t bits = std::size_t{1} << 21U;
constexpr std::size_t word_bits = 64;

/// The bits of one entry: two halves of its hash make as many positions as needed.
std::array<std::size_t, 4> positions_of(std::uint64_t hash) {
    const std::uint64_t first = hash & 0xffffffffU;
    const std::uint64_t step = (hash >> 32U) | 1U;
    return {first % bits, (first + step) % bits, (first + 2 * step) % bits, (first + 3 * step) % bits};
}

constexpr std::uint64_t mask_of(std::size_t position) {
    return std::uint64_t{1} << (position % word_bits);
}

std::uint64_t* zeroed_words() {
    auto* words = static_cast<std::uint64_t*>(std::calloc(bits / word_bits, sizeof(std::uint64_t)));
    if (words == nullptr) {
        throw std::bad_alloc();
    }
    return words;
}

} // namespace

RecordedIds::RecordedIds() : words_(zeroed_words()) {}

bool RecordedIds::may_contain(const RequestHeader& request) const {
    if (is_never_looked_up(request)) {
        return false;
    }
    if (!complete_.load(std::memory_order_acquire)) {
        return true;
    }
    if (!request.message_id) {
        return has(origin_hash(request));
    }
    return has(message_hash(*request.message_id, caller_key(request.caller))) ||
           has(message_hash(*request.message_id, any_caller));
}

void RecordedIds::add(const RequestHeader& request) {
    add_hash(request.message_id ? message_hash(*request.message_id, caller_key(request.caller))
                                : origin_hash(request));
}

void RecordedIds::add_hash(std::uint64_t hash) {
    for (const auto position : positions_of(hash)) {
        std::atomic_ref(words_[position / word_bits]).fetch_or(mask_of(position), std::memory_order_release);
    }
}

bool RecordedIds::has(std::uint64_t hash) const {
    for (const auto position : positions_of(hash)) {
        const std::atomic_ref word(words_[position / word_bits]);
        if ((word.load(std::memory_order_acquire) & mask_of(position)) == 0) {
            return false;
        }
    }
    return true;
}

} // namespace jigd::record
