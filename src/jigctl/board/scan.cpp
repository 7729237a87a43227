#include "jigctl/board/scan.hpp"

#include "core/error.hpp"
#include "jigctl/profile/exchanges.hpp"
#include "jigctl/profile/yaml_text.hpp"

namespace jigd::jigctl {

namespace {

/// A board that the opening restarts, and then is deaf, hears the second one.
constexpr int max_questions = 2;

std::optional<Identity> ask(const profile::Profile& profile, drivers::Port& port) {
    try {
        Exchanges exchanges(port, profile);
        exchanges.settle();
        return exchanges.identify(max_questions);
    } catch (const Error& error) {
        if (error.code() == Code::jig_offline) {
            throw;
        }
        return std::nullopt; // another board, or none
    }
}

} // namespace

std::optional<FoundBoard> scan(const ScanPlan& plan, const OpenScanned& open) {
    for (const auto& question : plan.questions) {
        for (const auto* board : question.boards) {
            const auto port = open(board->serial);
            if (auto identity = ask(*board, *port)) {
                return FoundBoard{.profile = board->name, .identity = std::move(*identity)};
            }
        }
    }
    return std::nullopt;
}

std::string stanza(const FoundBoard& board, const std::string& port) {
    const auto& serial = board.identity.serial;
    return "jig:\n  serial: " +
           (serial ? yaml_text(*serial)
                   : std::string("MY-JIG  # the board does not say one; choose a name")) +
           "\n  profile: " + board.profile + "\n  port: " + yaml_text(port) + "\n";
}

} // namespace jigd::jigctl
