#pragma once

#include <functional>

#include <nlohmann/json.hpp>

#include "link/link.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// What the steps of one request were answered: its result, and what is known of the jig. Each answer is
/// known when it comes, for an event before the next one is newer. Jig thread only.
class Answers {
  public:
    /// All must outlive it.
    Answers(const profile::Request& request, const nlohmann::json& params, link::Link& link,
            link::Values& values)
        : request_(request), params_(params), link_(link), values_(values) {}

    /// Throws Error{jig_protocol} when it is not what the profile declares; the link is out of step then.
    void add(const profile::Step& step, const profile::Captures& answer);
    /// After the last one. What came behind it in the same read is not taken in yet (Link::process_rest()).
    /// Throws like add().
    [[nodiscard]] nlohmann::json result();

  private:
    [[nodiscard]] nlohmann::json in_step(const std::function<nlohmann::json()>& read_answer);

    const profile::Request& request_;
    const nlohmann::json& params_;
    link::Link& link_;
    link::Values& values_;
    profile::Captures captures_;
    nlohmann::json observed_ = nlohmann::json::object();
};

} // namespace jigd::jig
