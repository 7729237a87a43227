#include "jigsim/link.hpp"

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

namespace jigd::jigsim {

namespace fs = std::filesystem;

Link::Link(std::string path, std::string target) : path_(std::move(path)), target_(std::move(target)) {
    if (path_.empty()) {
        return;
    }
    const auto before = fs::symlink_status(path_);
    if (fs::exists(before) && !fs::is_symlink(before)) {
        throw std::runtime_error(path_ +
                                 " exists and is not a symbolic link; choose another path for the link");
    }
    const auto fresh = path_ + "." + std::to_string(::getpid());
    fs::create_symlink(target_, fresh);
    fs::rename(fresh, path_);
}

Link::~Link() {
    std::error_code error;
    if (!path_.empty() && fs::read_symlink(path_, error) == target_ && !error) {
        fs::remove(path_, error);
    }
}

} // namespace jigd::jigsim
