#pragma once

#include <string>

#include "jigctl/profile/profile_command.hpp"

namespace jigd::jigctl {

/// `jigctl profile docs`: the board's requests and events for the programs of others.
class DocsCommand final : public ProfileCommand {
  public:
    [[nodiscard]] std::string name() const override { return "profile docs"; }
    [[nodiscard]] std::string summary() const override {
        return "Print the board's requests and events as an AsyncAPI document";
    }

  protected:
    void declare_more(CLI::App& parser) override;
    [[nodiscard]] Report run_on(const profile::Profile& profile, const Terminal& terminal) override;
};

} // namespace jigd::jigctl
