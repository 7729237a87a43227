#include "record/files.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/database.hpp"

namespace jigd::record {

namespace fs = std::filesystem;

namespace {

constexpr mode_t folder_mode = 0750;
constexpr mode_t file_mode = 0640;

[[noreturn]] void refuse(int error, const std::string& what) {
    using Reason = DatabaseError::Reason;
    const bool full = error == ENOSPC || error == EDQUOT;
    throw DatabaseError(full ? Reason::full : Reason::access,
                        fmt::format("{}: {}", what, std::generic_category().message(error)));
}

/// So that a new name in `folder` is there after a power cut, too.
void sync_folder(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        ::fsync(fd);
        ::close(fd);
    }
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    if (folder.empty() || fs::exists(folder, error)) {
        return;
    }
    make_folder(folder.parent_path());
    if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) {
        refuse(errno, fmt::format("no folder {}", folder.string()));
    }
    sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
}

} // namespace

const std::string& make_file(const std::string& path) {
    const auto folder = fs::path(path).parent_path();
    make_folder(folder);
    // Only ever opened when it is new: closing a descriptor of a file drops all locks that this process has
    // on it, those of SQLite with them.
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (fd >= 0) {
        ::close(fd);
        sync_folder(folder.empty() ? "." : folder);
    } else if (errno != EEXIST) {
        refuse(errno, "no new file");
    }
    return path;
}

} // namespace jigd::record
