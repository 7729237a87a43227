#include "drivers/usb_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace jigd::drivers {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<PortInfo> ports() {
    return {
        {.path = "/dev/ttyS0", .by_id = "", .usb = "", .product = ""},
        {.path = "/dev/ttyUSB0",
         .by_id = "/dev/serial/by-id/usb-FTDI_A1",
         .usb = "0403:6001:A1",
         .product = ""},
        {.path = "/dev/ttyUSB1", .by_id = "", .usb = "0403:6001:a1", .product = ""},
        {.path = "/dev/ttyACM0", .by_id = "", .usb = "04d8:00df", .product = ""},
    };
}

std::string found(const std::string& name) {
    const auto all = ports();
    return find_usb_port(name, all).path;
}

std::string refusal(const std::string& name) {
    try {
        return "found " + found(name);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_offline);
        return error.what();
    }
}

TEST(UsbName, FindsTheOneDevice) {
    EXPECT_EQ(found("usb:04d8:00df"), "/dev/ttyACM0");
    EXPECT_EQ(found("usb:04D8:00DF"), "/dev/ttyACM0") << "hexadecimal case does not matter";
    EXPECT_EQ(found("usb:0403:6001:A1"), "/dev/ttyUSB0");
    EXPECT_EQ(found("usb:0403:6001:a1"), "/dev/ttyUSB1") << "that of a serial does";
}

TEST(UsbName, AmbiguityNamesAllCandidates) {
    EXPECT_THAT(refusal("usb:0403:6001"),
                AllOf(HasSubstr("2 devices"), HasSubstr("/dev/serial/by-id/usb-FTDI_A1"),
                      HasSubstr("usb:0403:6001:a1"), HasSubstr("/dev/ttyUSB1")));
}

TEST(UsbName, AbsentDevice) {
    EXPECT_THAT(refusal("usb:1234:5678"), HasSubstr("no USB serial device is 1234:5678"));
    EXPECT_THAT(refusal("usb:04d8:00df:X"), HasSubstr("no USB serial device"));
}

TEST(UsbName, MalformedNames) {
    for (const auto* name :
         {"usb:", "usb:0403", "usb:403:6001", "usb:0403:6001:", "usb:04g3:6001", "usb:0403-6001"}) {
        EXPECT_THAT(refusal(name), HasSubstr("usb:VID:PID")) << name;
    }
}

} // namespace
} // namespace jigd::drivers
