#pragma once

#include <functional>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "link/facts.hpp"
#include "link/link.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// Told when a request is about to act; what either throws keeps it from acting.
struct ActionGate {
    std::function<void()> begin;           ///< link and interlocks are in order; the first exchange is next
    drivers::BeforeSending before_sending; ///< the first byte is next
};

/// What the executor works with; all must outlive it.
struct ExecutorDependencies {
    link::Link& link;
    link::Values& values;
    const link::Facts& facts;
    std::function<nlohmann::json()> health; ///< the member `health` of JigStatus
};

/// Turns a request of the profile into exchanges on the link, and their answers into a result and into what
/// is known of the jig. Jig thread only.
class Executor {
  public:
    /// `profile` must outlive it.
    Executor(const profile::Profile& profile, ExecutorDependencies dependencies)
        : profile_(profile), dependencies_(std::move(dependencies)) {}

    /// `params` are complete. Throws Error; its `executed` is `no` for a read and whenever nothing that acts
    /// left for the board, `unknown` once it may have.
    [[nodiscard]] nlohmann::json run(const std::string& request, const nlohmann::json& params,
                                     Deadline deadline, const ActionGate& gate = {});

    /// Whether a `set` of which it is not known whether it was carried out is in effect: its result, as read
    /// back. nullopt where the profile can't tell. Throws Error{outcome_unknown} when the jig reads
    /// otherwise, or can't be read.
    [[nodiscard]] std::optional<nlohmann::json> settle(const std::string& request,
                                                       const nlohmann::json& params, Deadline deadline);

    /// Brings the jig into the profile's safe state, whatever interlocks say.
    [[nodiscard]] nlohmann::json make_safe(Deadline deadline, const ActionGate& gate = {});

  private:
    [[nodiscard]] nlohmann::json run_request(const profile::Request& request, const nlohmann::json& params,
                                             Deadline deadline, const ActionGate& gate);
    [[nodiscard]] nlohmann::json act(const profile::Request& request, const nlohmann::json& params,
                                     Deadline deadline, const drivers::BeforeSending& before_sending);
    /// Throws Error{interlock} unless each condition holds for a value that is observed and fresh.
    void require(const profile::Request& request, const nlohmann::json& params, Deadline deadline);
    /// The same of what is known already.
    void require_still(const profile::Request& request, const nlohmann::json& params) const;
    [[nodiscard]] link::Value observed(const profile::Requirement& requirement, const std::string& state,
                                       TimePoint since, Deadline deadline);
    [[nodiscard]] nlohmann::json read(const profile::Request& request, const nlohmann::json& params,
                                      Deadline deadline);
    [[nodiscard]] nlohmann::json run_steps(const profile::Request& request, const nlohmann::json& params,
                                           Deadline deadline, const drivers::BeforeSending& before_sending);
    [[nodiscard]] nlohmann::json run_verify(const profile::Request& request, const nlohmann::json& params,
                                            Deadline deadline);
    [[nodiscard]] nlohmann::json status(Deadline deadline);
    [[nodiscard]] TimePoint now() const { return dependencies_.link.now(TimePoint{}); }

    const profile::Profile& profile_;
    const ExecutorDependencies dependencies_;
};

} // namespace jigd::jig
