#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <spdlog/sinks/base_sink.h>

#include "os/log.hpp"
#include "os/log_format.hpp"

namespace jigd::test {

/// A log that keeps its lines, as "message NAME=value NAME=value", for tests to look at. Any thread.
class RecordedLog {
  public:
    RecordedLog() : sink_(std::make_shared<Sink>()), log_(sink_, "debug", "") {}

    [[nodiscard]] os::Log& log() { return log_; }
    [[nodiscard]] std::vector<std::string> lines() const { return sink_->lines(); }
    /// The level of each line: "debug", "info", "warning", "error".
    [[nodiscard]] std::vector<std::string> levels() const { return sink_->levels(); }

  private:
    class Sink : public spdlog::sinks::base_sink<std::mutex> {
      public:
        [[nodiscard]] std::vector<std::string> lines() {
            const std::lock_guard lock(mutex_);
            return lines_;
        }

        [[nodiscard]] std::vector<std::string> levels() {
            const std::lock_guard lock(mutex_);
            return levels_;
        }

      private:
        void sink_it_(const spdlog::details::log_msg& message) override {
            const auto unpacked = os::unpack({message.payload.data(), message.payload.size()});
            std::string line(unpacked.message);
            for (const auto& [name, value] : unpacked.fields) {
                line.append(" ").append(name).append("=").append(value);
            }
            lines_.push_back(std::move(line));
            const auto level = spdlog::level::to_string_view(message.level);
            levels_.emplace_back(level.data(), level.size());
        }
        void flush_() override {}

        std::vector<std::string> lines_;
        std::vector<std::string> levels_;
    };

    std::shared_ptr<Sink> sink_;
    os::Log log_;
};

} // namespace jigd::test
