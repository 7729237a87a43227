#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jigd::os {

/// A file that is there while the process runs. At a start it tells that the process before did not stop in
/// order, and holds the lines which that one wrote last. One thread at a time.
class CrashMarker {
  public:
    /// Touches nothing yet. `path`: of the file, whose folder is made when it is missing.
    explicit CrashMarker(std::string path) : path_(std::move(path)) {}

    /// Leaves the mark. Returns the lines of a process that did not stop in order; nullopt: the last one did,
    /// or there was none. Throws std::system_error.
    [[nodiscard]] std::optional<std::vector<std::string>> set();
    /// Replaces the lines (without line ends, at most 64 bytes each): on disk when it returns. Throws
    /// std::system_error.
    void write(const std::vector<std::string>& lines) const;
    /// An orderly stop.
    void remove() const noexcept;

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

} // namespace jigd::os
