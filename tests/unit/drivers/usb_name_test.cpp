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
        {.path = "/dev/ttyS0"},
        {.path = "/dev/ttyUSB0", .by_id = "/dev/serial/by-id/usb-FTDI_A1", .usb = "0403:6001:A1"},
        {.path = "/dev/ttyUSB1", .usb = "0403:6001:a1"},
        {.path = "/dev/ttyACM0", .usb = "04d8:00df"},
        // Two without a serial number: udev gives both the same name by id, and the last one has it.
        {.path = "/dev/ttyUSB2", .by_path = "/dev/serial/by-path/pci-usb-0:1", .usb = "1a86:7523"},
        {.path = "/dev/ttyUSB3",
         .by_id = "/dev/serial/by-id/usb-1a86_USB_Serial",
         .by_path = "/dev/serial/by-path/pci-usb-0:2",
         .usb = "1a86:7523"},
        {.path = "/dev/ttyUSB4", .usb = "067b:2303"},
        {.path = "/dev/ttyUSB5", .by_path = "/dev/serial/by-path/pci-usb-0:3", .usb = "067b:2303"},
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

TEST(UsbName, DevicesWithoutASerialNumberAreNamedAfterTheirSockets) {
    const auto message = refusal("usb:1a86:7523");
    EXPECT_EQ(message, "usb:1a86:7523 means 2 devices; write one of these as the port: "
                       "/dev/serial/by-path/pci-usb-0:1 (now /dev/ttyUSB2), "
                       "/dev/serial/by-path/pci-usb-0:2 (now /dev/ttyUSB3)");
}

TEST(UsbName, NumberedNameIsNeverOffered) {
    EXPECT_EQ(
        refusal("usb:067b:2303"),
        "usb:067b:2303 means 2 devices; write one of these as the port: one that has no lasting name, now "
        "/dev/ttyUSB4 (does udev run?), /dev/serial/by-path/pci-usb-0:3 (now /dev/ttyUSB5)");
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
