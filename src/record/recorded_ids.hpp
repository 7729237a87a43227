#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "core/request.hpp"

namespace jigd::record {

/// Whether a request may be in the record, for a thread that must not wait for the disk. The jig thread's
/// Record fills it; any thread may ask, without a lock.
///
/// A Bloom filter of fixed size (256 KiB): it may take a new request for a recorded one (1 of 100 with
/// 200,000 entries), never the reverse. Entries that the record deletes stay in it until the process ends.
class RecordedIds {
  public:
    RecordedIds();

    /// False only when find() of the record would not find the request: it was never written down. True for
    /// everything while the record can't be read. Ignores the parameters. Any thread.
    [[nodiscard]] bool may_contain(const RequestHeader& request) const;

    /// Must come before the entry is written. Jig thread, as the two below.
    void add(const RequestHeader& request);
    /// What `add` takes, by its hash (identity.hpp).
    void add_hash(std::uint64_t hash);
    /// Whether all entries of the record were added.
    void set_complete(bool complete) { complete_.store(complete, std::memory_order_release); }

  private:
    struct Free {
        void operator()(std::uint64_t* words) const noexcept { std::free(words); }
    };
    [[nodiscard]] bool has(std::uint64_t hash) const;

    /// From calloc: pages that nothing was added to take no memory.
    const std::unique_ptr<std::uint64_t[], Free> words_;
    std::atomic<bool> complete_{false};
};

} // namespace jigd::record
