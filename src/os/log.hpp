#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// spdlog's headers cost every file that logs a second of compile time; only log.cpp needs them.
namespace spdlog {
class logger;
namespace sinks {
class sink;
}
} // namespace spdlog

namespace jigd::os {

/// A structured fact of a log line: a journal field (JIG, REQUEST, CORRELATION_ID, …; upper case, A-Z0-9_)
/// and its value. In the journal each is a field of its own; on a terminal they follow the message as
/// key=value.
struct Field {
    std::string_view name;
    std::string value;
};
using Fields = std::vector<Field>;

/// Whether stderr is connected to the journal: there a line has a priority only when a Log writes it.
[[nodiscard]] bool stderr_is_the_journal();

/// The log of one process: lines for the operator. Shared by reference, safe from any thread.
class Log {
  public:
    /// `level`: trace, debug, info, warn, error. `jig` joins every line as the field JIG when it isn't empty.
    /// Writes to the journal when stderr is connected to it, else readable lines to stderr.
    static Log standard(std::string_view level, std::string jig);
    /// Writes to `sink` (tests).
    Log(std::shared_ptr<spdlog::sinks::sink> sink, std::string_view level, std::string jig);

    void debug(std::string_view message, Fields fields = {});
    void info(std::string_view message, Fields fields = {});
    void warn(std::string_view message, Fields fields = {});
    void error(std::string_view message, Fields fields = {});

    /// Whether debug lines are written: what is costly to put together is left out when nobody reads it.
    [[nodiscard]] bool debugs() const;
    void set_level(std::string_view level);

  private:
    [[nodiscard]] std::string line(std::string_view message, Fields fields) const;

    std::shared_ptr<spdlog::logger> logger_;
    std::string jig_;
};

} // namespace jigd::os
