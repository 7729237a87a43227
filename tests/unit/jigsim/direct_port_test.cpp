#include "jigsim/direct_port.hpp"

#include <array>

#include <gtest/gtest.h>

#include "jigsim/board.hpp"
#include "support/testx_jig.hpp"

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;

class DirectPortTest : public testing::Test {
  protected:
    std::string read(Duration timeout) {
        std::array<char, 64> buffer{};
        const auto count = port.read(buffer, Deadline::in(timeout, port.now()));
        return {buffer.data(), count};
    }

    const profile::Profile profile = test::load_testx_jig();
    SimulatedBoard board{profile};
    DirectPort port{board};
};

TEST_F(DirectPortTest, CarriesACommandAndItsAnswer) {
    port.write("RELAY 3 ON\n", Deadline::never());
    EXPECT_EQ(read(1s), "OK\r\n");
    EXPECT_EQ(port.now(), TimePoint{});
}

TEST_F(DirectPortTest, WaitsInVirtualTime) {
    port.write("BUTTON 1 5000\n", Deadline::never());
    EXPECT_EQ(read(1s), "");
    EXPECT_EQ(port.now(), TimePoint{1s});
    EXPECT_EQ(read(10s), "OK\r\n");
    EXPECT_EQ(port.now(), TimePoint{5s});
}

TEST_F(DirectPortTest, ForgetsWhatIsDiscarded) {
    port.write("ID?\n", Deadline::never());
    port.discard_input();
    EXPECT_EQ(read(1s), "");
}

} // namespace
} // namespace jigd::jigsim
