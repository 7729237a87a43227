#pragma once

#include <stdexcept>

namespace jigd::jigctl {

/// The command line can't be followed; `what()` says which words, and what to write.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

} // namespace jigd::jigctl
