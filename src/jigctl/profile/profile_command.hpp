#pragma once

#include <string>

#include "jigctl/command.hpp"
#include "profile/profile.hpp"

namespace jigd::jigctl {

/// The file of the profile `name`, as os::find_profile() finds it. Throws UsageError where there is none.
[[nodiscard]] std::string profile_file(const std::string& name);

/// A command that works on one profile: it is loaded first, and what is wrong with it is reported instead.
class ProfileCommand : public Command {
  public:
    void declare(CLI::App& parser) final;
    [[nodiscard]] Report run(const Terminal& terminal) final;

  protected:
    /// The options beside PROFILE, and the footer.
    virtual void declare_more(CLI::App& parser) = 0;
    [[nodiscard]] virtual Report run_on(const profile::Profile& profile, const Terminal& terminal) = 0;

  private:
    std::string name_;
};

} // namespace jigd::jigctl
