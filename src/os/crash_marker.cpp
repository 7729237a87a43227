#include "os/crash_marker.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.hpp"

namespace jigd::os {

namespace {

constexpr mode_t folder_mode = 0750;
constexpr mode_t file_mode = 0640;
/// More is not ours: a damaged file must not fill the memory.
constexpr std::size_t max_line = 64;
constexpr std::size_t max_lines = 1000;

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    if (folder.empty() || std::filesystem::exists(folder, error)) {
        return;
    }
    make_folder(folder.parent_path());
    if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) {
        fail(folder.string());
    }
}

std::vector<std::string> read_lines(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; lines.size() < max_lines && std::getline(file, line);) {
        if (!line.empty() && line.size() <= max_line) {
            lines.push_back(line);
        }
    }
    return lines;
}

} // namespace

std::optional<std::vector<std::string>> CrashMarker::set() {
    make_folder(std::filesystem::path(path_).parent_path());
    const Fd created(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
    if (created.get() >= 0) {
        return std::nullopt;
    }
    if (errno != EEXIST) {
        fail(path_);
    }
    return read_lines(path_);
}

void CrashMarker::write(const std::vector<std::string>& lines) const {
    std::string text;
    for (const auto& line : lines) {
        text += line + "\n";
    }
    const Fd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode));
    if (file.get() < 0) {
        fail(path_);
    }
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto written = ::write(file.get(), rest.data(), rest.size());
        if (written < 0 && errno != EINTR) {
            fail(path_);
        }
        rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) {
        fail(path_);
    }
}

void CrashMarker::remove() const noexcept {
    (void)::unlink(path_.c_str());
}

} // namespace jigd::os
