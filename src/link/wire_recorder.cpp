#include "link/wire_recorder.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/utf8.hpp"
#include "os/log.hpp"

namespace jigd::link {

namespace {

constexpr std::size_t max_sent = 4096;

nlohmann::json to_array(const std::vector<WireEntry>& entries) {
    auto array = nlohmann::json::array();
    for (const auto& entry : entries) {
        array.push_back(jigd::to_json(entry));
    }
    return array;
}

} // namespace

WireRecorder::WireRecorder(Limits limits, std::function<void(const WireEntry&)> sink)
    : limits_(limits), sink_(std::move(sink)) {}

void WireRecorder::begin(Requester requester) {
    requester_ = std::move(requester);
    const std::lock_guard lock(mutex_);
    count_at_begin_ = count_;
    sent_.clear();
}

void WireRecorder::end() {
    requester_ = {};
}

void WireRecorder::on_wire(const drivers::WireRecord& record) {
    WireEntry entry;
    entry.at = std::chrono::system_clock::now();
    entry.sent = record.sent;
    entry.bytes = record.bytes;
    entry.request = requester_.request;
    entry.correlation_id = requester_.correlation_id;
    entry.requester = requester_.requester;
    if (sink_) {
        sink_(entry);
    }
    if (entry.bytes.size() > limits_.bytes_an_entry) {
        entry.left_off = entry.bytes.size() - limits_.bytes_an_entry;
        entry.bytes.resize(limits_.bytes_an_entry);
        entry.bytes.shrink_to_fit();
    }
    const std::lock_guard lock(mutex_);
    if (record.sent) {
        sent_.append(record.bytes, 0, max_sent - sent_.size());
    }
    ++count_;
    entries_.push_back(std::move(entry));
    if (entries_.size() > limits_.entries) {
        entries_.pop_front();
    }
}

std::vector<WireEntry> WireRecorder::last_since_begin(std::size_t most) const {
    const std::lock_guard lock(mutex_);
    const auto wanted = std::min<std::uint64_t>({most, count_ - count_at_begin_, entries_.size()});
    return {entries_.end() - static_cast<std::ptrdiff_t>(wanted), entries_.end()};
}

nlohmann::json WireRecorder::since_begin(std::size_t most) const {
    return to_array(last_since_begin(most));
}

std::string WireRecorder::text_since_begin(std::size_t most) const {
    std::string text;
    for (const auto& entry : last_since_begin(most)) {
        text += (text.empty() ? "" : " ") + std::string(entry.sent ? "> " : "< ") + printable(entry.bytes);
    }
    return text;
}

std::string WireRecorder::sent_since_begin() const {
    const std::lock_guard lock(mutex_);
    return sent_;
}

nlohmann::json WireRecorder::to_json() const {
    std::vector<WireEntry> entries;
    std::uint64_t lost = 0;
    {
        const std::lock_guard lock(mutex_);
        entries.assign(entries_.begin(), entries_.end());
        lost = count_ - entries_.size();
    }
    return {{"entries", to_array(entries)}, {"lost", lost}};
}

} // namespace jigd::link
