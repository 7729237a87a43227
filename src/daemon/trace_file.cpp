#include "daemon/trace_file.hpp"

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace jigd::daemon {

TraceFile::TraceFile(std::string path, os::Log& log) : path_(std::move(path)), log_(log) {
    constexpr mode_t owner_writes_group_reads = 0640;
    file_ = os::Fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                          owner_writes_group_reads));
    if (!file_.valid()) {
        throw std::system_error(errno, std::generic_category(), "--trace " + path_);
    }
}

void TraceFile::write(const WireEntry& entry) {
    if (!file_.valid()) {
        return;
    }
    const auto line = to_trace_line(entry) + "\n";
    std::size_t written = 0;
    while (written < line.size()) {
        const auto got = ::write(file_.get(), line.data() + written, line.size() - written);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            const int error = got < 0 ? errno : ENOSPC;
            // Half a line would keep the whole file from being played back.
            const auto end = ::lseek(file_.get(), 0, SEEK_CUR);
            if (written > 0 && end >= static_cast<off_t>(written)) {
                [[maybe_unused]] const int cut = ::ftruncate(file_.get(), end - static_cast<off_t>(written));
            }
            stop(error);
            return;
        }
        written += static_cast<std::size_t>(got);
    }
}

void TraceFile::stop(int error) {
    file_.reset();
    log_.warn(fmt::format("the trace {} can't be written ({}); it ends here, jigd goes on. Make room and "
                          "restart jigd to trace again",
                          path_, std::generic_category().message(error)));
}

} // namespace jigd::daemon
