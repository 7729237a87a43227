#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "drivers/driver.hpp"

namespace jigd::drivers {

/// A protocol that a profile can name as its `driver`. The table in registry.cpp is the whole list; a new
/// protocol is a folder beside line/ and one row.
struct Row {
    std::string_view name;
    std::string_view description;
    std::unique_ptr<Driver> (*make)(Port& port, const profile::Profile& profile, WireObserver* observer);
};

[[nodiscard]] std::span<const Row> registry();

/// The driver of `profile` on `port`; both must outlive it. `observer` may be null. Throws Error{internal}
/// for a name that is not in the table (the profile loader's caller checks that first).
[[nodiscard]] std::unique_ptr<Driver> make_driver(Port& port, const profile::Profile& profile,
                                                  WireObserver* observer);

} // namespace jigd::drivers
