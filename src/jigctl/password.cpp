#include "jigctl/password.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace jigd::jigctl {

std::optional<std::string> password_of(const CallArguments& call) {
    if (!call.password_file || call.authentication == Authentication::external) {
        return std::nullopt;
    }
    const auto named = "the password file " + *call.password_file +
                       " (--password-file or "
                       "JIGCTL_PASSWORD_FILE) ";
    errno = 0;
    std::ifstream file(*call.password_file, std::ios::binary);
    std::string password;
    std::getline(file, password);
    if (!file.is_open() || file.bad()) {
        throw UsageError(named +
                         "can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno));
    }
    if (password.ends_with('\r')) {
        password.pop_back();
    }
    if (password.empty() || file.peek() != std::ifstream::traits_type::eof()) {
        throw UsageError(named + "must hold the password on its only line");
    }
    return password;
}

} // namespace jigd::jigctl
