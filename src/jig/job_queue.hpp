#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "core/builtin_requests.hpp"
#include "core/request.hpp"

namespace jigd::jig {

/// The jobs that wait for the jig, in the order in which they are served: as they arrived, SafeState first.
/// Jig thread only.
class JobQueue {
  public:
    void push(Job job) {
        auto place = jobs_.end();
        if (is_safe_state(job.request)) {
            place = std::find_if(jobs_.begin(), jobs_.end(),
                                 [](const Entry& entry) { return !is_safe_state(entry.job.request); });
        }
        jobs_.insert(place, {std::move(job), next_number_++});
    }

    [[nodiscard]] bool empty() const { return jobs_.empty(); }
    [[nodiscard]] bool safe_state_waits() const {
        return !jobs_.empty() && is_safe_state(jobs_.front().job.request);
    }
    void clear() { jobs_.clear(); }

    /// The next job that was not withdrawn; it is the jig's from then on. nullopt when there is none.
    [[nodiscard]] std::optional<Job> take_next() {
        while (!jobs_.empty()) {
            auto entry = std::move(jobs_.front());
            jobs_.pop_front();
            if (entry.job.claim.take()) {
                taken_ = entry.number;
                began_ = next_number_;
                return std::move(entry.job);
            }
        }
        return std::nullopt;
    }

    /// The sets and pulses that arrived before the SafeState that was taken last; not those that are refused
    /// anyway, of which the record says more.
    [[nodiscard]] std::vector<Job> take_overtaken() {
        return take_if(jobs_.end(), [this](const Entry& entry) {
            const auto& job = entry.job;
            return entry.number < taken_ && job.kind != Kind::read && !job.refusal &&
                   !is_safe_state(job.request);
        });
    }

    /// Reads that are `alike`, the job that was taken last, that waited already when it was taken, up to the
    /// first actuation between them.
    template<typename Condition>
    [[nodiscard]] std::vector<Job> take_alike(Condition alike) {
        const auto first_actuation = std::find_if(
            jobs_.begin(), jobs_.end(), [](const Entry& entry) { return entry.job.kind != Kind::read; });
        return take_if(first_actuation,
                       [&](const Entry& entry) { return entry.number < began_ && alike(entry.job); });
    }

  private:
    struct Entry {
        Job job;
        std::uint64_t number; ///< in the order of arrival
    };

    template<typename Condition>
    std::vector<Job> take_if(std::deque<Entry>::iterator end, Condition condition) {
        const auto rest =
            std::stable_partition(jobs_.begin(), end, [&](const Entry& entry) { return !condition(entry); });
        std::vector<Job> taken;
        for (auto entry = rest; entry != end; ++entry) {
            if (entry->job.claim.take()) {
                taken.push_back(std::move(entry->job));
            }
        }
        jobs_.erase(rest, end);
        return taken;
    }

    std::deque<Entry> jobs_;
    std::uint64_t next_number_ = 0;
    std::uint64_t taken_ = 0; ///< the number of the job that was taken last
    std::uint64_t began_ = 0; ///< the number of the next job to arrive, when it was taken
};

} // namespace jigd::jig
