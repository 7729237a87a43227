#include "drivers/registry.hpp"

#include <array>

#include "drivers/binary/binary_codec.hpp"
#include "drivers/binary/binary_skeleton.hpp"
#include "drivers/line/line_codec.hpp"
#include "drivers/line/line_skeleton.hpp"
#include "drivers/modbus_rtu/modbus_codec.hpp"
#include "drivers/modbus_rtu/modbus_skeleton.hpp"

namespace jigd::drivers {

namespace {

constexpr std::array protocols{
    profile::Protocol{.driver = "line",
                      .section = "line",
                      .description = "a command is a line of text, and so is its answer",
                      .read = LineCodec::read,
                      .skeleton = line_skeleton},
    profile::Protocol{.driver = "binary",
                      .section = "binary",
                      .description = "a command is bytes, and so is its answer",
                      .read = BinaryCodec::read,
                      .is_binary = true,
                      .skeleton = binary_skeleton},
    profile::Protocol{.driver = "modbus_rtu",
                      .section = "modbus",
                      .description = "coils and registers of one or more units on a line",
                      .read = ModbusCodec::read,
                      .is_binary = true,
                      .skeleton = modbus_skeleton},
};

} // namespace

profile::Protocols registry() {
    return protocols;
}

} // namespace jigd::drivers
