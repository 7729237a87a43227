#include "jigctl/profile/exchanges.hpp"

#include "core/error.hpp"

namespace jigd::jigctl {

namespace {

/// Longer than any step may take, so that the profile's own timeouts count.
constexpr Milliseconds longest_step = std::chrono::minutes(21);

} // namespace

Exchanges::Exchanges(drivers::Port& port, const profile::Profile& profile)
    : port_(port), profile_(profile), conversation_(port, profile, nullptr) {}

Deadline Exchanges::deadline() const {
    return Deadline::in(longest_step, port_.now());
}

void Exchanges::settle() {
    conversation_.settle(deadline());
}

Identity Exchanges::identify(int max_questions) {
    for (int question = 1;; ++question) {
        try {
            const auto& identify = *profile_.identify;
            auto captures = conversation_.exchange(identify.step, nlohmann::json::object(), deadline());
            for (const auto& further : identify.further) {
                captures.merge(conversation_.exchange(further.step, nlohmann::json::object(), deadline()));
            }
            return {.model = identify.part("model", captures),
                    .serial = identify.part("serial", captures),
                    .firmware = identify.part("firmware", captures)};
        } catch (const Error& error) {
            if (error.code() != Code::jig_timeout || question >= max_questions) {
                throw;
            }
            conversation_.resynchronise(profile_.timeouts.reply, deadline());
        }
    }
}

void Exchanges::set_up() {
    for (const auto& [step, example] : profile_.on_open) {
        (void)conversation_.exchange(step, nlohmann::json::object(), deadline());
    }
}

nlohmann::json Exchanges::run(const profile::Request& request, const nlohmann::json& params) {
    profile::Captures captures;
    try {
        for (const auto& step : request.steps) {
            captures.merge(conversation_.exchange(step, params, deadline()));
        }
        return profile::to_result(request.result, captures);
    } catch (const Error& error) {
        if (error.code() == Code::jig_timeout || error.code() == Code::jig_protocol) {
            // A late answer must not be the next request's.
            conversation_.resynchronise(profile_.timeouts.reply, deadline());
        }
        throw;
    }
}

std::string Exchanges::contradiction(const profile::Request& request, const nlohmann::json& params) {
    const auto& verify = *request.verify;
    const auto* proof = profile_.find(verify.request);
    auto asked = nlohmann::json::object();
    for (const auto& [theirs, ours] : verify.params) {
        asked[theirs] = params.at(ours);
    }
    const auto result = run(*proof, profile::complete(*proof, asked));
    return profile::contradiction(verify, params, result).value_or("");
}

} // namespace jigd::jigctl
