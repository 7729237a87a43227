#pragma once

#include <string>
#include <utility>

#include "client/reply.hpp"
#include "jigctl/call_arguments.hpp"
#include "jigctl/command.hpp"
#include "jigctl/terminal.hpp"

namespace jigd::jigctl {

/// Asks the jig and waits for the answer; asks `_all` jigs and waits for answers until the timeout. `app_id`:
/// who asks. Throws UsageError when the password file or a file of TLS can't be used.
[[nodiscard]] Report run_call(const CallArguments& call, const std::string& app_id, const Terminal& terminal);

/// How an answer is reported.
[[nodiscard]] Report report_reply(const CallArguments& call, const client::Reply& reply,
                                  const Terminal& terminal);

/// How one of the answers of all jigs is reported: on one line.
[[nodiscard]] Report report_all_reply(const CallArguments& call, const client::Reply& reply,
                                      const Terminal& terminal);

/// `jigctl call`: one request to one jig, or to all.
class CallCommand final : public Command {
  public:
    /// `app_id`: who asks.
    CallCommand(Environment environment, std::string app_id)
        : parser_(std::move(environment)), app_id_(std::move(app_id)) {}

    [[nodiscard]] std::string name() const override { return "call"; }
    [[nodiscard]] std::string summary() const override {
        return "Ask a jig for something, and show its answer";
    }
    void declare(CLI::App& parser) override { parser_.declare(parser); }
    void declare_leading(CLI::App& program) override { parser_.declare_options(program); }
    void check() override { call_ = parser_.finish(); }
    [[nodiscard]] Report run(const Terminal& terminal) override { return run_call(call_, app_id_, terminal); }
    /// After check().
    [[nodiscard]] const CallArguments& arguments() const { return call_; }

  private:
    CallParser parser_;
    CallArguments call_;
    std::string app_id_;
};

} // namespace jigd::jigctl
