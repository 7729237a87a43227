#pragma once

#include <string>

#include "core/wire_trace.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"

namespace jigd::daemon {

/// `jigd --trace FILE`: every run of bytes on the serial line as a line of JSON. Not thread-safe: written by
/// the jig thread alone.
class TraceFile {
  public:
    /// Appends to `path`, which is made with mode 0640 when it is not there. Throws std::system_error that
    /// names it.
    TraceFile(std::string path, os::Log& log);

    /// Writes the entry at once. When that fails, the log is warned, and nothing is written from then on: the
    /// jig's work matters more than its trace. Never throws, and never waits for the reader of a pipe.
    void write(const WireEntry& entry);

  private:
    void stop(int error);

    std::string path_;
    os::Log& log_;
    os::Fd file_;
};

} // namespace jigd::daemon
