#pragma once

#include <string>

#include "jigctl/profile/profile_command.hpp"
#include "jigctl/profile/trial.hpp"

namespace jigd::jigctl {

/// A line for each trial, then how many went as they should.
[[nodiscard]] Report report_trials(const std::vector<Trial>& trials, const Terminal& terminal);

/// `jigctl profile test`: a profile tried out on its simulated board, or on a real one.
class TestCommand final : public ProfileCommand {
  public:
    [[nodiscard]] std::string name() const override { return "profile test"; }
    [[nodiscard]] std::string summary() const override {
        return "Try a profile on its simulated board, or the reads of a real one";
    }
    void check() override;

  protected:
    void declare_more(CLI::App& parser) override;
    [[nodiscard]] Report run_on(const profile::Profile& profile, const Terminal& terminal) override;

  private:
    std::string port_;
    WantedBoard wanted_;
};

} // namespace jigd::jigctl
