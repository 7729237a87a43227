#include "core/nearest.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace jigd {
namespace {

const std::vector<std::string> names{"JigStatus", "SetRelay", "GetRelay", "SetUsb"};

TEST(Nearest, FindsWhatWasMeant) {
    EXPECT_EQ(nearest("JigStats", names), "JigStatus");
    EXPECT_EQ(nearest("setrelay", names), "SetRelay");
    EXPECT_EQ(nearest("SetUSB", names), "SetUsb");
    EXPECT_EQ(nearest("JIGSTATUS", names), "JigStatus") << "upper and lower case are the same word";
}

TEST(Nearest, TakesABeginningForTheWholeWhereNothingElseIsNear) {
    const std::vector<std::string> drivers{"line", "modbus_rtu"};
    EXPECT_EQ(nearest("Modbus", drivers), "modbus_rtu");
    EXPECT_EQ(nearest("modbus_rtu_rs485", drivers), "modbus_rtu");
    EXPECT_EQ(nearest("mod", drivers), "") << "too short to tell";
}

TEST(Nearest, SaysNothingWhereNothingIsNear) {
    EXPECT_EQ(nearest("Frobnicate", names), "");
    EXPECT_EQ(nearest(std::string(10'000, 'x'), names), "");
    EXPECT_EQ(did_you_mean("Frobnicate", names), "");
}

TEST(Nearest, IsReadyForAMessage) {
    EXPECT_EQ(did_you_mean("SetRely", names), "; did you mean 'SetRelay'?");
}

} // namespace
} // namespace jigd
