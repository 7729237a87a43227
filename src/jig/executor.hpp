#pragma once

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "jig/facts.hpp"
#include "jig/link.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// Turns a request of the profile into exchanges on the link, and their answers into a result. Jig thread
/// only.
class Executor {
  public:
    /// All must outlive it.
    Executor(const profile::Profile& profile, Link& link, const Facts& facts)
        : profile_(profile), link_(link), facts_(facts) {}

    /// `params` are complete. Throws Error; its `executed` is `no` for a read and whenever nothing that acts
    /// left for the board, `unknown` once it may have.
    [[nodiscard]] nlohmann::json run(const std::string& request, const nlohmann::json& params,
                                     Deadline deadline);

  private:
    [[nodiscard]] nlohmann::json run_request(const profile::Request& request, const nlohmann::json& params,
                                             Deadline deadline);
    [[nodiscard]] nlohmann::json run_steps(const profile::Request& request, const nlohmann::json& params,
                                           Deadline deadline);
    [[nodiscard]] nlohmann::json run_verify(const profile::Request& request, const nlohmann::json& params,
                                            Deadline deadline);
    [[nodiscard]] nlohmann::json status(Deadline deadline);
    [[nodiscard]] nlohmann::json make_safe(Deadline deadline);

    const profile::Profile& profile_;
    Link& link_;
    const Facts& facts_;
};

} // namespace jigd::jig
