#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace jigd::test {

/// A test with a folder of its own, which goes with it.
class Scratch : public testing::Test {
  public:
    Scratch() { std::filesystem::create_directory(folder_); }
    ~Scratch() override { std::filesystem::remove_all(folder_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    Scratch(Scratch&&) = delete;
    Scratch& operator=(Scratch&&) = delete;

  protected:
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

    /// Returns the file's path.
    std::string write(const std::string& name, const std::string& content) const {
        const auto path = folder_ / name;
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }

  private:
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("jigd-config-" + std::to_string(getpid()));
};

} // namespace jigd::test
