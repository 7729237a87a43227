#pragma once

#include <string>

#include "jigctl/command.hpp"

namespace jigd::jigctl {

/// The profile that a board of `driver` called `name` begins with. Throws UsageError for a driver that there
/// is not.
[[nodiscard]] std::string skeleton(const std::string& name, const std::string& driver);

/// Writes `text` to the new file `path`. Throws UsageError where there is one, or it can't be written.
void write_new_file(const std::string& path, const std::string& text);

/// `jigctl profile new`: a commented profile to begin with.
class NewCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "profile new"; }
    [[nodiscard]] std::string summary() const override {
        return "Write a commented profile to begin with, into NAME.yaml";
    }
    void declare(CLI::App& parser) override;
    void check() override;
    [[nodiscard]] Report run(const Terminal& terminal) override;

  private:
    std::string profile_name_;
    std::string driver_;
};

/// Throws UsageError for what no profile can be called.
void require_profile_name(const std::string& name);

} // namespace jigd::jigctl
