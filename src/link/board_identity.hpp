#pragma once

#include <string>
#include <utility>

#include "core/identity.hpp"
#include "core/status_snapshot.hpp"
#include "link/identity.hpp"
#include "link/values.hpp"

namespace jigd::link {

/// Who the board on the port is, for all who ask; values of the jig count only as long as it stays the same
/// one. Jig thread only.
class BoardIdentity {
  public:
    /// Both must outlive it.
    BoardIdentity(IdentityDemand demand, StatusSnapshot& status, Values& values)
        : demand_(std::move(demand)), status_(status), values_(values) {}

    /// The board said who it is. Returns what is wrong with that (mismatch()), "" when nothing is.
    [[nodiscard]] std::string check(Identity identity);
    /// The port was closed: anything may be there next.
    void forget();
    /// describe() of the board that is there.
    [[nodiscard]] std::string describe() const { return link::describe(status_.identity()); }

  private:
    const IdentityDemand demand_;
    StatusSnapshot& status_;
    Values& values_;
};

} // namespace jigd::link
