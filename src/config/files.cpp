#include "config/files.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "yaml/reader.hpp"

namespace jigd::config {

std::filesystem::path path_beside(const yaml::Node& node, const std::string& written) {
    const auto folder = std::filesystem::path(node.mark().file).parent_path();
    return std::filesystem::absolute(folder / written).lexically_normal();
}

FileStart read_start(const std::filesystem::path& path, std::size_t longest) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string bytes(longest, '\0');
    if (file) {
        file.read(bytes.data(), static_cast<std::streamsize>(longest));
    }
    if (!file.is_open() || file.bad()) {
        return {"", "can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno)};
    }
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return {std::move(bytes), std::nullopt};
}

std::optional<std::string> readable_file(const yaml::Node& node, const std::string& what,
                                         yaml::Problems& problems) {
    const auto written = yaml::read_string(node, problems);
    if (!written) {
        return std::nullopt;
    }
    const auto path = path_beside(node, *written);
    const auto start = read_start(path, 1);
    if (start.trouble || start.bytes.empty()) {
        problems.add(node.mark(), what + " " + yaml::shown(*written) + " " +
                                      start.trouble.value_or("is empty, expected it in PEM"));
    }
    return path.string();
}

} // namespace jigd::config
