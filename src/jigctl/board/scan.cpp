#include "jigctl/board/scan.hpp"

#include "core/error.hpp"
#include "jigctl/profile/exchanges.hpp"
#include "jigctl/profile/yaml_text.hpp"

namespace jigd::jigctl {

namespace {

/// A board that the opening restarts, and then is deaf, hears the second one.
constexpr int max_questions = 2;

/// What came of a question.
struct Reply {
    std::optional<Identity> identity{}; ///< nullopt: another board, or none
    bool is_silent = false;             ///< not a byte came
};

Reply ask(const profile::Profile& profile, drivers::Port& port) {
    Exchanges exchanges(port, profile);
    try {
        exchanges.settle();
        return {.identity = exchanges.identify(max_questions)};
    } catch (const Error& error) {
        if (error.code() == Code::jig_offline) {
            throw;
        }
        return {.identity = {}, .is_silent = !exchanges.has_heard()};
    }
}

} // namespace

std::optional<FoundBoard> scan(const ScanPlan& plan, const OpenScanned& open) {
    for (const auto& question : plan.questions) {
        for (const auto* board : question.boards) {
            const auto port = open(board->serial);
            auto reply = ask(*board, *port);
            if (reply.identity) {
                return FoundBoard{.profile = board->name, .identity = std::move(*reply.identity)};
            }
            if (reply.is_silent) {
                break; // nor would it answer the same text as another board
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
