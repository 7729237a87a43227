#pragma once

#include <functional>
#include <string>

#include "core/deadline.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// Whether the condition holds for `value`. Values of different types hold for `!=` only.
[[nodiscard]] bool holds(const profile::Requirement& requirement, const nlohmann::json& value);

/// Throws Error{interlock, executed: no} that names the condition, the value and its age, unless the
/// condition holds. A value that is not observed holds for nothing.
void require_holds(const std::string& request, const profile::Requirement& requirement,
                   const std::string& state, const link::Value& value, TimePoint now);

/// The conditions that guard requests, asked of what is known of the jig. Jig thread only.
class Interlocks {
  public:
    using Read = std::function<void(const std::string& request, Deadline deadline)>;

    /// `read` runs a read of the profile, whose result `values` then has; both must outlive it.
    Interlocks(const profile::Profile& profile, const link::Values& values, Read read)
        : profile_(profile), values_(values), read_(std::move(read)) {}

    /// Throws Error{interlock, executed: no} unless each condition of `request` holds for a value that is
    /// observed and fresh: observed since `since`, or no older than its max_age. What is not is read first;
    /// an error of that comes through.
    void require(const profile::Request& request, const nlohmann::json& params, TimePoint since,
                 Deadline deadline, const std::function<TimePoint()>& now) const;
    /// Whether a value that they are about is not known for sure.
    [[nodiscard]] bool are_in_doubt(const profile::Request& request, const nlohmann::json& params) const;
    /// The same of what is known already, right before sending: nothing is read.
    void require_still(const profile::Request& request, const nlohmann::json& params, TimePoint now) const;

  private:
    [[nodiscard]] bool is_fresh(const profile::Requirement& requirement, const link::Value& value,
                                TimePoint since, TimePoint now) const;
    [[nodiscard]] Duration oldest_at_sending(const profile::Requirement& requirement) const;

    const profile::Profile& profile_;
    const link::Values& values_;
    const Read read_;
};

} // namespace jigd::jig
