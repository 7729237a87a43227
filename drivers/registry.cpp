#include "drivers/registry.hpp"

#include <array>

#include "drivers/line/line_codec.hpp"

namespace jigd::drivers {

namespace {

constexpr std::array protocols{
    profile::Protocol{.driver = "line",
                      .section = "line",
                      .description = "a command is a line of text, and so is its answer",
                      .read = LineCodec::read},
};

} // namespace

profile::Protocols registry() {
    return protocols;
}

} // namespace jigd::drivers
