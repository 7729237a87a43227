#include "drivers/port_names.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace jigd::drivers {
namespace {

namespace fs = std::filesystem;

std::string name_of(std::size_t index, const std::vector<PortInfo>& all) {
    return lasting_name(all.at(index), all);
}

TEST(PortNames, AreThoseOfTheAdapterWhereItHasASerialNumber) {
    EXPECT_EQ(name_of(0, {{.path = "/dev/ttyUSB0", .by_id = "id", .by_path = "path", .usb = "0403:6001:A1"}}),
              "id");
    EXPECT_EQ(name_of(0, {{.path = "/dev/ttyUSB0", .by_path = "path", .usb = "0403:6001:A1"}}),
              "usb:0403:6001:A1");
}

TEST(PortNames, OfFourPortsOfOneAdapterLast) {
    const std::vector<PortInfo> all{{.path = "a", .by_id = "id-if00", .by_path = "p0", .usb = "0403:6011:Q"},
                                    {.path = "b", .by_id = "id-if01", .by_path = "p1", .usb = "0403:6011:Q"}};
    EXPECT_EQ(name_of(0, all), "id-if00");
    EXPECT_EQ(name_of(1, all), "id-if01");
}

TEST(PortNames, AreTheSocketsWhereSerialNumbersAreShared) {
    const std::vector<PortInfo> all{{.path = "a", .by_path = "p0", .usb = "10c4:ea60:0001"},
                                    {.path = "b", .by_id = "id", .by_path = "p1", .usb = "10c4:ea60:0001"}};
    EXPECT_EQ(name_of(0, all), "p0");
    EXPECT_EQ(name_of(1, all), "p1") << "its name by id is the other's next time";
}

TEST(PortNames, AreTheSocketsWithoutASerialNumber) {
    const std::vector<PortInfo> all{{.path = "a", .by_id = "id", .by_path = "p0", .usb = "1a86:7523"}};
    EXPECT_EQ(name_of(0, all), "p0") << "a second one would take the name by id";
}

TEST(PortNames, AreNoneWithoutUdev) {
    EXPECT_EQ(name_of(0, {{.path = "/dev/ttyUSB0", .usb = "1a86:7523"}}), "");
}

TEST(PortNames, AreListedWithWhatTheyMean) {
    const std::vector<PortInfo> all{
        {.path = "/dev/ttyS0"},
        {.path = "/dev/ttyUSB0", .by_id = "/dev/serial/by-id/x", .usb = "0403:6001:A1", .product = "FT232R"},
        {.path = "/dev/ttyUSB1",
         .by_path = "/dev/serial/by-path/y",
         .usb = "1a86:7523",
         .product = "USB Serial"},
        {.path = "/dev/ttyUSB2", .usb = "1a86:7523"},
    };
    EXPECT_EQ(describe(all), "/dev/ttyS0\n"
                             "    is now /dev/ttyS0\n"
                             "/dev/serial/by-id/x\n"
                             "    is now /dev/ttyUSB0, FT232R, also usb:0403:6001:A1\n"
                             "/dev/serial/by-path/y\n"
                             "    is now /dev/ttyUSB1, USB Serial\n"
                             "    named after its USB socket: it has no serial number\n"
                             "/dev/ttyUSB2\n"
                             "    is now /dev/ttyUSB2\n"
                             "    has no lasting name: nothing in /dev/serial leads to it; does udev run?\n");
}

TEST(PortNames, LinksAreFoundByTheDeviceTheyLeadTo) {
    const test::TemporaryFolder folder;
    const auto device = folder.path() / "ttyUSB0";
    std::ofstream(device).put('x');
    fs::create_directory(folder.path() / "by-path");
    fs::create_symlink("../ttyUSB0", folder.path() / "by-path/pci-usbv2-0:1");
    fs::create_symlink("../ttyUSB0", folder.path() / "by-path/pci-usb-0:1");
    fs::create_symlink("../ttyUSB9", folder.path() / "by-path/dangling");
    const auto links = links_in(folder.path() / "by-path");
    ASSERT_EQ(links.size(), 1U);
    EXPECT_EQ(links.begin()->first, fs::canonical(device));
    EXPECT_EQ(links.begin()->second, (folder.path() / "by-path/pci-usb-0:1").string());
    EXPECT_TRUE(links_in(folder.path() / "nothing").empty());
}

} // namespace
} // namespace jigd::drivers
