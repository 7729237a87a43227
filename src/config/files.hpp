#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "yaml/document.hpp"

/// Files that the configuration names.
namespace jigd::config {

/// The absolute path of what `written` in the file of `node` names: a relative path counts from that file's
/// folder.
[[nodiscard]] std::filesystem::path path_beside(const yaml::Node& node, const std::string& written);

struct FileStart {
    std::string bytes;
    std::optional<std::string> trouble; ///< why it can't be read
};

/// The first bytes of a file, at most `longest`.
[[nodiscard]] FileStart read_start(const std::filesystem::path& path, std::size_t longest);

/// The absolute path of the file that `node` names. Adds a problem when there is none that can be read;
/// `what` is what it is called in there.
[[nodiscard]] std::optional<std::string> readable_file(const yaml::Node& node, const std::string& what,
                                                       yaml::Problems& problems);

} // namespace jigd::config
