#pragma once

#include <string>
#include <vector>

#include "jigctl/command.hpp"

namespace jigd::jigctl {

/// `jigctl scan`: which board is on a port?
class ScanCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "scan"; }
    [[nodiscard]] std::string summary() const override {
        return "Ask the boards on the ports that you name who they are, and print what to configure";
    }
    void declare(CLI::App& parser) override;
    [[nodiscard]] Report run(const Terminal& terminal) override;

  private:
    std::vector<std::string> ports_;
    std::vector<std::string> profiles_;
    bool yes_ = false;
};

} // namespace jigd::jigctl
