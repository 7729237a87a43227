#include "os/state_path.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace jigd::os {
namespace {

/// The variables that matter, unset for the test and put back after it.
class StateFolder : public testing::Test {
  public:
    StateFolder() {
        for (const auto* name : names) {
            if (const char* value = std::getenv(name)) {
                before_[name] = value;
                unsetenv(name);
            }
        }
    }
    ~StateFolder() override {
        for (const auto* name : names) {
            unsetenv(name);
        }
        for (const auto& [name, value] : before_) {
            setenv(name.c_str(), value.c_str(), 1);
        }
    }
    StateFolder(const StateFolder&) = delete;
    StateFolder& operator=(const StateFolder&) = delete;
    StateFolder(StateFolder&&) = delete;
    StateFolder& operator=(StateFolder&&) = delete;

  private:
    static constexpr std::array names = {"STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"};
    std::map<std::string, std::string> before_;
};

TEST_F(StateFolder, IsTheFirstThatIsSaid) {
    EXPECT_EQ(state_folder(std::nullopt), "/var/lib/jigd");
    setenv("HOME", "/home/me", 1);
    EXPECT_EQ(state_folder(std::nullopt), "/home/me/.local/state/jigd");
    setenv("XDG_STATE_HOME", "/state", 1);
    EXPECT_EQ(state_folder(std::nullopt), "/state/jigd");
    EXPECT_EQ(state_folder("/configured"), "/configured");
    setenv("STATE_DIRECTORY", "/var/lib/jigd/JIG-1:/var/lib/other", 1);
    EXPECT_EQ(state_folder("/configured"), "/var/lib/jigd/JIG-1");
}

TEST_F(StateFolder, PassesOverWhatIsEmptyOrRelative) {
    setenv("STATE_DIRECTORY", "", 1);
    setenv("XDG_STATE_HOME", "state", 1);
    setenv("HOME", "", 1);
    EXPECT_EQ(state_folder(std::nullopt), "/var/lib/jigd");
}

} // namespace
} // namespace jigd::os
