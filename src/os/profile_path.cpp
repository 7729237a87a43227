#include "os/profile_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "core/nearest.hpp"

namespace jigd::os {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view extension = ".yaml";

/// The source's profiles, for a program that is <source>/build/<preset>/bin/<program>; else "". An installed
/// one must not depend on whether the source it came from is still there.
std::string build_tree_folder() {
    std::error_code error;
    const auto build = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
    const auto profiles = build.parent_path().parent_path() / "drivers/jigs";
    const bool is_build_tree =
        fs::exists(build / "CMakeCache.txt", error) && fs::is_directory(profiles, error);
    return is_build_tree ? profiles.string() : "";
}

std::vector<std::string> folders() {
    std::vector<std::string> found;
    if (const char* listed = std::getenv("JIGD_PROFILES")) {
        std::string_view rest(listed);
        while (!rest.empty()) {
            const auto folder = rest.substr(0, rest.find(':'));
            rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
            if (!folder.empty()) {
                found.emplace_back(folder);
            }
        }
    }
    found.emplace_back("/etc/jigd/jigs");
    found.emplace_back("/usr/share/jigd/jigs");
    if (auto folder = build_tree_folder(); !folder.empty()) {
        found.push_back(std::move(folder));
    }
    return found;
}

std::vector<std::string> profiles_in(const std::vector<std::string>& places) {
    std::set<std::string> names;
    for (const auto& place : places) {
        std::error_code error;
        for (fs::directory_iterator file(place, error), end; !error && file != end; file.increment(error)) {
            if (file->path().extension() == extension) {
                names.insert(file->path().stem().string());
            }
        }
    }
    return {names.begin(), names.end()};
}

} // namespace

std::string find_profile(const std::string& name) {
    std::error_code error;
    if (name.find('/') != std::string::npos || name.ends_with(extension)) {
        if (!fs::is_regular_file(name, error)) {
            throw std::runtime_error(fmt::format("there is no profile file {}", name));
        }
        return name;
    }
    const auto places = folders();
    for (const auto& place : places) {
        auto path = fs::path(place) / (name + std::string(extension));
        if (fs::is_regular_file(path, error)) {
            return path.string();
        }
    }
    const auto known = profiles_in(places);
    throw std::runtime_error(fmt::format(
        "there is no profile '{}'{} (there are: {}; looked in {})", name, did_you_mean(name, known),
        known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")), fmt::join(places, ", ")));
}

std::vector<std::string> all_profiles() {
    const auto names = profiles_in(folders());
    std::vector<std::string> files;
    files.reserve(names.size());
    for (const auto& name : names) {
        files.push_back(find_profile(name));
    }
    return files;
}

} // namespace jigd::os
