#pragma once

#include <string>

#include "jigctl/terminal.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace jigd::jigctl {

/// One command of jigctl: it declares its words, CLI11 reads them into it, and it does what they say. A new
/// one is a pair of files and a row in commands.cpp.
class Command {
  public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    /// As on the command line: "call", or "profile check" for a command of a group.
    [[nodiscard]] virtual std::string name() const = 0;
    /// One sentence without its full stop, for --help.
    [[nodiscard]] virtual std::string summary() const = 0;
    /// Adds its options, parameters and footer to `parser`, which reads into this object.
    virtual void declare(CLI::App& parser) = 0;
    /// The options that may also stand before its name. No other command has such.
    virtual void declare_leading(CLI::App& /*program*/) {}
    /// Completes and checks what was read. Throws UsageError.
    virtual void check() {}
    /// Throws UsageError where a file that the command line names can't be used.
    [[nodiscard]] virtual Report run(const Terminal& terminal) = 0;
};

} // namespace jigd::jigctl
