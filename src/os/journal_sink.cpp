#include "os/journal_sink.hpp"

#include <mutex>
#include <string>
#include <vector>

#include <spdlog/sinks/base_sink.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "os/log_format.hpp"

namespace jigd::os {

namespace {

/// syslog(3) priorities, as journalctl -p takes them.
int priority_of(spdlog::level::level_enum level) {
    switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
        return 7;
    case spdlog::level::info:
        return 6;
    case spdlog::level::warn:
        return 4;
    case spdlog::level::err:
        return 3;
    case spdlog::level::critical:
    case spdlog::level::off:
    case spdlog::level::n_levels:
        return 2;
    }
    return 3;
}

class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
    void sink_it_(const spdlog::details::log_msg& line) override {
        const auto parts = unpack({line.payload.data(), line.payload.size()});
        std::vector<std::string> texts;
        texts.push_back("MESSAGE=" + std::string(parts.message));
        texts.push_back("PRIORITY=" + std::to_string(priority_of(line.level)));
        texts.emplace_back("SYSLOG_IDENTIFIER=jigd");
        for (const auto& [name, value] : parts.fields) {
            texts.push_back(std::string(name) + "=" + std::string(value));
        }
        std::vector<iovec> vector;
        vector.reserve(texts.size());
        for (auto& text : texts) {
            vector.push_back({text.data(), text.size()});
        }
        sd_journal_sendv(vector.data(), static_cast<int>(vector.size()));
    }
    void flush_() override {}
};

} // namespace

std::shared_ptr<spdlog::sinks::sink> make_journal_sink() {
    return std::make_shared<JournalSink>();
}

} // namespace jigd::os
