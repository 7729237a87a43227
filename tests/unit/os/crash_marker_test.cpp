#include "os/crash_marker.hpp"

#include <fstream>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace jigd::os {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

class CrashMarkerTest : public ::testing::Test {
  protected:
    test::TemporaryFolder folder;
    const std::string path = (folder.path() / "state/jigd/running-JIG-0001").string();
    CrashMarker marker{path};
};

TEST_F(CrashMarkerTest, TheFirstStartAndOneAfterAnOrderlyStopFindNothing) {
    EXPECT_EQ(marker.set(), std::nullopt);
    marker.write({"a"});
    marker.remove();
    EXPECT_EQ(CrashMarker(path).set(), std::nullopt);
}

TEST_F(CrashMarkerTest, AStartAfterAnUncleanEndFindsTheLinesThatWereWrittenLast) {
    EXPECT_EQ(marker.set(), std::nullopt);
    marker.write({"a", "b"});
    marker.write({"c"});
    EXPECT_THAT(CrashMarker(path).set(), Optional(ElementsAre("c")));
    EXPECT_THAT(CrashMarker(path).set(), Optional(ElementsAre("c"))) << "also at the second one";
}

TEST_F(CrashMarkerTest, AnUncleanEndWithoutLinesIsOneToo) {
    EXPECT_EQ(marker.set(), std::nullopt);
    EXPECT_THAT(CrashMarker(path).set(), Optional(IsEmpty()));
}

TEST_F(CrashMarkerTest, LinesThatAreTooLongAreNotTaken) {
    EXPECT_EQ(marker.set(), std::nullopt);
    std::ofstream(path) << std::string(100'000, 'x') << "\nabc\n\n";
    EXPECT_THAT(CrashMarker(path).set(), Optional(ElementsAre("abc")));
}

TEST_F(CrashMarkerTest, SaysWhichFileCanNotBeWritten) {
    std::ofstream(folder.path() / "state") << "a file where a folder should be";
    try {
        (void)marker.set();
        ADD_FAILURE() << "no exception";
    } catch (const std::system_error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr(folder.path().string()));
    }
}

} // namespace
} // namespace jigd::os
