#pragma once

#include <string>
#include <vector>

#include "jigctl/command.hpp"
#include "yaml/document.hpp"

namespace jigd::jigctl {

/// What was found in one profile.
struct Findings {
    std::string file;
    std::vector<yaml::Problem> mistakes{}; ///< it does not load
    std::vector<yaml::Problem> hints{};    ///< it loads; worth a look
};

/// Loads the profile in `file` and looks it through.
[[nodiscard]] Findings check_profile(const std::string& file);

/// Each finding as file:line:column, and how many there are.
[[nodiscard]] std::string render_findings(const Findings& findings, const Style& style);
/// The same as one line of JSON.
[[nodiscard]] std::string findings_as_json(const Findings& findings);

/// `jigctl profile check`: everything that is wrong with profiles, then what is worth a look.
class CheckCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "profile check"; }
    [[nodiscard]] std::string summary() const override {
        return "Say everything that is wrong with a profile, and what is worth a look";
    }
    void declare(CLI::App& parser) override;
    [[nodiscard]] Report run(const Terminal& terminal) override;

  private:
    std::vector<std::string> names_;
    bool json_ = false;
};

} // namespace jigd::jigctl
