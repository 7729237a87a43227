#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/wire_trace.hpp"
#include "drivers/wire_observer.hpp"

namespace jigd::link {

/// The last things that went over the wire, with whose they were: what an operator is shown when an answer
/// did not come or did not fit. The jig thread writes, any thread reads.
class WireRecorder final : public drivers::WireObserver {
  public:
    struct Limits {
        std::size_t entries = 256;
        std::size_t bytes_an_entry = 512; ///< a longer run is cut, and says so
    };
    /// `sink` gets every entry, whole, on the jig thread (the debug log, --trace); may be empty, must
    /// not throw.
    explicit WireRecorder(Limits limits, std::function<void(const WireEntry&)> sink);

    /// Whose the next runs of bytes are. Jig thread.
    struct Requester {
        std::string request{};
        std::optional<std::string> correlation_id{};
        std::optional<std::string> requester{};
    };
    void begin(Requester requester);
    /// Back to nobody's.
    void end();

    void on_wire(const drivers::WireRecord& record) override;

    /// The `wire` of an error: the last entries since begin(), at most `most`, oldest first.
    [[nodiscard]] nlohmann::json since_begin(std::size_t most) const;
    /// The same as one line for the journal: `> RELAY 1 ON\n < OK\r\n`.
    [[nodiscard]] std::string text_since_begin(std::size_t most) const;
    /// All bytes that were sent since begin(), bounded: the first 4 KiB.
    [[nodiscard]] std::string sent_since_begin() const;
    /// The result of JigTrace: {"entries": [...], "lost": how many are no longer there}.
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    [[nodiscard]] std::vector<WireEntry> last_since_begin(std::size_t most) const;

    const Limits limits_;
    const std::function<void(const WireEntry&)> sink_;
    mutable std::mutex mutex_;
    std::deque<WireEntry> entries_;
    std::uint64_t count_ = 0; ///< entries ever
    std::uint64_t count_at_begin_ = 0;
    std::string sent_;    ///< since begin()
    Requester requester_; ///< jig thread only
};

} // namespace jigd::link
