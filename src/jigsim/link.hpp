#pragma once

#include <string>

namespace jigd::jigsim {

/// A symbolic link that leads to a device for as long as the object lives.
class Link {
  public:
    /// Puts the link in place at once, so that nobody ever finds none; `path` "" = no link. Throws
    /// std::system_error, or std::runtime_error when something that is not a link stands there.
    Link(std::string path, std::string target);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    /// Removes it, unless it leads elsewhere by now.
    ~Link();

  private:
    std::string path_;
    std::string target_;
};

} // namespace jigd::jigsim
