#include <stdexcept>

#include <gtest/gtest.h>

#include "client/client.hpp"

namespace jigd::client {
namespace {

TEST(ClientOptions, ThatCanNotWorkAreRefusedBeforeAnythingIsOpened) {
    EXPECT_THROW(Client({.broker = "http://h"}), std::invalid_argument);
    EXPECT_THROW(Client({.broker = "amqp://h", .authentication = Authentication::external}),
                 std::invalid_argument)
        << "there is no certificate without TLS";
}

} // namespace
} // namespace jigd::client
