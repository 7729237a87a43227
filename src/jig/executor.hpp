#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/request.hpp"
#include "core/status_snapshot.hpp"
#include "link/link.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// What the executor works with; all must outlive it.
struct ExecutorDependencies {
    link::Link& link;
    link::Values& values;
    const StatusSnapshot& status;
};

/// Carries out what only reads: a request of the profile becomes exchanges on the link, and their answers a
/// result and what is known of the jig. Jig thread only.
class Executor {
  public:
    /// `profile` must outlive it.
    Executor(const profile::Profile& profile, ExecutorDependencies dependencies)
        : profile_(profile), dependencies_(dependencies) {}

    /// A read, JigStatus among them; `params` are complete. Throws Error.
    [[nodiscard]] nlohmann::json run(const std::string& request, const nlohmann::json& params,
                                     Deadline deadline) {
        return present(request, params, fetch(request, params, deadline));
    }
    /// Its first half: what the board says.
    [[nodiscard]] nlohmann::json fetch(const std::string& request, const nlohmann::json& params,
                                       Deadline deadline);
    /// Its second half, at once after it: what of that is the caller's. Nothing is sent.
    [[nodiscard]] nlohmann::json present(const std::string& request, const nlohmann::json& params,
                                         const nlohmann::json& said) const;
    /// Whether the same exchanges answer both reads.
    [[nodiscard]] bool fetch_alike(const Job& left, const Job& right) const;
    /// A read of the profile. Throws Error.
    nlohmann::json read(const profile::Request& request, const nlohmann::json& params, Deadline deadline);

    /// Whether what a `set` did shows when it is read back: the result of its `verify`. Throws
    /// Error{outcome_unknown} when it can't be read, Error{jig_protocol} when the jig reads otherwise; what
    /// the set changes is then unknown.
    [[nodiscard]] nlohmann::json read_back(const profile::Request& request, const nlohmann::json& params,
                                           Deadline deadline);
    /// Asks a board that keeps refusals to itself (the profile's `check`) what became of `request`. Throws
    /// Error{jig_refused} with what it says, Error{outcome_unknown} when it can't be asked; what the request
    /// sets is then unknown.
    void require_taken(const profile::Request& request, const nlohmann::json& params, Deadline deadline);
    /// Whether a `set` of which it is not known whether it was carried out is in effect: its result, as read
    /// back. nullopt where the profile can't tell. Throws Error{outcome_unknown} when the jig reads
    /// otherwise, or can't be read.
    [[nodiscard]] std::optional<nlohmann::json> settle(const std::string& request,
                                                       const nlohmann::json& params, Deadline deadline);

    [[nodiscard]] TimePoint now() const { return dependencies_.link.now(TimePoint{}); }

  private:
    [[nodiscard]] nlohmann::json status() const;
    [[nodiscard]] nlohmann::json exchange(const profile::Request& request, const nlohmann::json& params,
                                          Deadline deadline);
    [[nodiscard]] const profile::Request* source_of(const profile::Request* request) const;
    [[nodiscard]] profile::Captures ask_for_refusal(const std::string& request, Deadline deadline);

    const profile::Profile& profile_;
    const ExecutorDependencies dependencies_;
};

} // namespace jigd::jig
