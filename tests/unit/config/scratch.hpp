#pragma once

#include <cstdlib>
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

/// An environment variable with another value while this lives; nothing else in the process may read or set
/// variables meanwhile. An empty value: not set.
class Variable {
  public:
    Variable(std::string name, const std::string& value) : name_(std::move(name)) {
        if (const char* before = std::getenv(name_.c_str())) {
            before_ = before;
        }
        set(value);
    }
    ~Variable() { set(before_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    Variable(Variable&&) = delete;
    Variable& operator=(Variable&&) = delete;

  private:
    void set(const std::string& value) const {
        if (value.empty()) {
            ::unsetenv(name_.c_str());
        } else {
            ::setenv(name_.c_str(), value.c_str(), 1);
        }
    }

    std::string name_;
    std::string before_;
};

} // namespace jigd::test
