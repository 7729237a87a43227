#pragma once

#include <string>

#include "jigctl/board/transcript.hpp"
#include "jigctl/command.hpp"
#include "profile/profile.hpp"

namespace jigd::jigctl {

/// `jigctl learn`: a session with a board that becomes its first profile.
class LearnCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "learn"; }
    [[nodiscard]] std::string summary() const override {
        return "Talk with a board, and write a first profile from what was said";
    }
    void declare(CLI::App& parser) override;
    void check() override;
    [[nodiscard]] Report run(const Terminal& terminal) override;

  private:
    [[nodiscard]] Report write(const Transcript& transcript) const;

    std::string port_;
    std::string profile_name_;
    int baud_ = 115200;
    std::string mode_ = "8N1";
    std::string end_ = "lf";
    bool hex_ = false;
    profile::Serial serial_;
    std::string serial_text_;
};

} // namespace jigd::jigctl
