#include "config/secret.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "yaml/reader.hpp"

namespace jigd::config {

std::optional<std::string> read_password(const yaml::Node& node, yaml::Problems& problems) {
    const auto written = yaml::read_string(node, problems);
    if (!written) {
        return std::nullopt;
    }
    const auto refused = [&](const std::string& why) {
        problems.add(node.mark(), "the password file " + yaml::shown(*written) + " " + why);
        return std::nullopt;
    };
    errno = 0;
    const auto path = std::filesystem::path(node.mark().file).parent_path() / *written;
    std::ifstream file(path, std::ios::binary);
    constexpr std::size_t longest = 1024;
    std::string password(longest + 1, '\0');
    if (file) {
        file.read(password.data(), static_cast<std::streamsize>(password.size()));
    }
    if (!file.is_open() || file.bad()) {
        return refused("can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno));
    }
    password.resize(static_cast<std::size_t>(file.gcount()));
    for (const std::string_view line_end : {"\n", "\r"}) {
        if (password.ends_with(line_end)) {
            password.pop_back();
        }
    }
    if (password.empty()) {
        return refused("is empty, expected the password on its only line");
    }
    if (password.size() > longest ||
        password.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
        return refused("holds more than one line of up to 1024 bytes, expected the password alone");
    }
    return password;
}

} // namespace jigd::config
