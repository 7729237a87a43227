#include "config/secret.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "config/files.hpp"
#include "yaml/reader.hpp"

namespace jigd::config {

namespace {

constexpr std::size_t longest = 1024;

/// `what`: the source as messages name it.
std::optional<std::string> password_at(const std::filesystem::path& path, const std::string& what,
                                       const yaml::Mark& mark, yaml::Problems& problems) {
    const auto refused = [&](const std::string& why) {
        problems.add(mark, what + " " + why);
        return std::nullopt;
    };
    auto [password, trouble] = read_start(path, longest + 1);
    if (trouble) {
        return refused(*trouble);
    }
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
    return std::move(password);
}

/// By systemd's rule for names of credentials, without which a name would be a path.
bool is_credential_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/:\0", 3)) == std::string_view::npos;
}

} // namespace

std::optional<std::string> password_in_file(const yaml::Node& node, yaml::Problems& problems) {
    const auto written = yaml::read_string(node, problems);
    return written ? password_at(path_beside(node, *written), "the password file " + yaml::shown(*written),
                                 node.mark(), problems)
                   : std::nullopt;
}

std::optional<std::string> password_in_credential(const yaml::Node& node, yaml::Problems& problems) {
    const auto name = yaml::read_string(node, problems);
    if (!name) {
        return std::nullopt;
    }
    if (!is_credential_name(*name)) {
        problems.add(node.mark(), yaml::shown(*name) + ", expected the name of a systemd credential, without "
                                                       "'/' and ':', such as broker-password");
        return std::nullopt;
    }
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == '\0') {
        problems.add(node.mark(),
                     "the credential " + yaml::shown(*name) +
                         " is not there: systemd gave none (CREDENTIALS_DIRECTORY is not set); "
                         "write LoadCredential=" +
                         *name + ":/etc/jigd/" + *name +
                         " under [Service] with: systemctl edit jigd; outside of the service set "
                         "CREDENTIALS_DIRECTORY=/etc/jigd");
        return std::nullopt;
    }
    return password_at(std::filesystem::path(folder) / *name, "the credential " + yaml::shown(*name),
                       node.mark(), problems);
}

} // namespace jigd::config
