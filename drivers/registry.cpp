#include "drivers/registry.hpp"

#include <array>

#include "core/error.hpp"
#include "drivers/line/line_driver.hpp"

namespace jigd::drivers {

namespace {

template<typename Protocol>
std::unique_ptr<Driver> make(Port& port, const profile::Profile& profile, WireObserver* observer) {
    return std::make_unique<Protocol>(port, profile, observer);
}

constexpr std::array rows{
    Row{"line", "a command is a line of text, and so is its answer", make<LineDriver>},
};

} // namespace

std::span<const Row> registry() {
    return rows;
}

std::unique_ptr<Driver> make_driver(Port& port, const profile::Profile& profile, WireObserver* observer) {
    for (const auto& row : rows) {
        if (row.name == profile.driver) {
            return row.make(port, profile, observer);
        }
    }
    throw Error(Code::internal,
                "there is no driver '" + profile.driver + "'; the profile should not have loaded");
}

} // namespace jigd::drivers
