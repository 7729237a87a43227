#include "link/board_identity.hpp"

namespace jigd::link {

std::string BoardIdentity::check(Identity identity) {
    auto wrong = mismatch(identity, demand_);
    identity.verified = is_verified_as(identity, demand_);
    const auto before = status_.identity();
    if (!wrong.empty() || before.serial != identity.serial || before.model != identity.model ||
        before.firmware != identity.firmware) {
        values_.forget();
    }
    status_.set_identity(identity);
    return wrong;
}

void BoardIdentity::forget() {
    status_.set_identity({});
    values_.forget();
}

} // namespace jigd::link
