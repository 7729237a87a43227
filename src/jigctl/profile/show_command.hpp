#pragma once

#include <string>

#include "jigctl/profile/profile_command.hpp"

namespace jigd::jigctl {

/// A board at a glance: what it is, then its requests as a table, its events and its safe state.
[[nodiscard]] std::string render_profile(const profile::Profile& profile, const Style& style);

/// `jigctl profile show`: what a board can be asked.
class ShowCommand final : public ProfileCommand {
  public:
    [[nodiscard]] std::string name() const override { return "profile show"; }
    [[nodiscard]] std::string summary() const override {
        return "Show what a board can be asked: name, kind, parameters, description";
    }

  protected:
    void declare_more(CLI::App& parser) override;
    [[nodiscard]] Report run_on(const profile::Profile& profile, const Terminal& terminal) override;

  private:
    bool json_ = false;
};

} // namespace jigd::jigctl
