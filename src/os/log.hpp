#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/logger.h>

namespace jigd::os {

/// A structured fact of a log line: a journal field (JIG, REQUEST, CORRELATION_ID, …; upper case, A-Z0-9_)
/// and its value. In the journal each is a field of its own; on a terminal they follow the message as
/// key=value.
struct Field {
    std::string_view name;
    std::string value;
};
using Fields = std::vector<Field>;

/// The log of one process: lines for the operator. Shared by reference, safe from any thread.
class Log {
  public:
    /// `level`: trace, debug, info, warn, error. `jig` joins every line as the field JIG when it isn't empty.
    /// Writes to the journal when stderr is connected to it, else readable lines to stderr.
    static Log standard(std::string_view level, std::string jig);
    /// Writes to `sink` (tests).
    Log(std::shared_ptr<spdlog::sinks::sink> sink, std::string_view level, std::string jig);

    void debug(std::string_view message, Fields fields = {}) {
        write(spdlog::level::debug, message, std::move(fields));
    }
    void info(std::string_view message, Fields fields = {}) {
        write(spdlog::level::info, message, std::move(fields));
    }
    void warn(std::string_view message, Fields fields = {}) {
        write(spdlog::level::warn, message, std::move(fields));
    }
    void error(std::string_view message, Fields fields = {}) {
        write(spdlog::level::err, message, std::move(fields));
    }

    [[nodiscard]] bool debugs() const { return logger_->should_log(spdlog::level::debug); }
    void set_level(std::string_view level);

  private:
    void write(spdlog::level::level_enum level, std::string_view message, Fields fields);

    std::shared_ptr<spdlog::logger> logger_;
    std::string jig_;
};

/// Text that is safe in a log line: control bytes as \n, \r, \xNN; cut to `longest` bytes with "…".
[[nodiscard]] std::string printable(std::string_view bytes, std::size_t longest = 200);

} // namespace jigd::os
