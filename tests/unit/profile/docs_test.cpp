#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "editor_schema.hpp"
#include "profile/profile.hpp"
#include "small_board.hpp"
#include "support/profiles.hpp"
#include "support/temporary_folder.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {
namespace {

std::filesystem::path source() {
    const char* source = std::getenv("JIGD_SOURCE");
    return source == nullptr ? "." : source;
}

std::string read_file(const std::filesystem::path& name) {
    std::ifstream file(source() / name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The pages that show profiles, one behind the other.
std::string pages() {
    return read_file("docs/profiles.md") + read_file("docs/profile-cookbook.md") +
           read_file("docs/profile-reference.md");
}

/// The profiles on them.
std::vector<std::string> snippets() {
    const auto text = pages();
    const std::string begin = "```yaml\nspec:";
    std::vector<std::string> found;
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
        const auto body = at + std::string("```yaml\n").size();
        found.push_back(text.substr(body, text.find("```\n", body) - body));
    }
    return found;
}

TEST(Docs, EachProfileOnThePageIsGood) {
    const auto profiles = snippets();
    EXPECT_GE(profiles.size(), 4U);
    for (const auto& profile : profiles) {
        try {
            EXPECT_FALSE(test::parse_profile(profile, "docs/profile*.md").requests.empty());
        } catch (const yaml::Invalid& invalid) {
            ADD_FAILURE() << invalid.what() << profile;
        }
    }
}

/// The profile on the page that stands on another one of the page.
TEST(Docs, WhatIsExtendedOnThePageIsGood) {
    const test::TemporaryFolder folder;
    for (const auto& profile : snippets()) {
        const auto name = yaml::parse(profile, "profile").find("name")->text();
        std::ofstream(folder.path() / (name + ".yaml")) << profile;
    }
    const auto text = pages();
    const std::string begin = "```yaml extends\n";
    const auto at = text.find(begin);
    ASSERT_NE(at, std::string::npos);
    const auto body = text.substr(at + begin.size(), text.find("```\n", at + 1) - at - begin.size());
    const auto path = folder.path() / "relay-bank-8.yaml";
    std::ofstream(path) << body;
    try {
        const auto profile = test::load_profile(path.string());
        EXPECT_EQ(profile.find("JigStatus")->steps.size(), 8U);
        EXPECT_EQ(profile.safe_state.size(), 8U);
    } catch (const yaml::Invalid& invalid) {
        ADD_FAILURE() << invalid.what();
    }
    const EditorSchema schema(nlohmann::json::parse(read_file("config/profile.schema.json")));
    EXPECT_TRUE(schema.takes(yaml::parse(body, "profile").to_json())) << body;
}

/// An editor that knows the schema must not find fault with what loads.
TEST(Docs, TheEditorsSchemaTakesGoodProfiles) {
    const EditorSchema schema(nlohmann::json::parse(read_file("config/profile.schema.json")));
    auto profiles = snippets();
    for (const auto& protocol : drivers::registry()) {
        profiles.push_back(replaced(std::string(protocol.skeleton), "name: @NAME@", "name: board"));
    }
    for (const auto& file : std::filesystem::directory_iterator(source() / "drivers/jigs")) {
        EXPECT_NO_THROW((void)test::load_profile(file.path().string())) << file.path();
        profiles.push_back(read_file("drivers/jigs" / file.path().filename()));
    }
    for (const auto& profile : profiles) {
        EXPECT_TRUE(schema.takes(yaml::parse(profile, "profile").to_json())) << profile;
    }
}

TEST(Docs, TheEditorsSchemaRefusesMistakes) {
    const EditorSchema schema(nlohmann::json::parse(read_file("config/profile.schema.json")));
    const auto good = snippets().at(0);
    for (const auto& [from, to] : {std::pair{"driver:", "drivr:"},
                                   {"kind: read", "kind: raed"},
                                   {"type: boolean", "type: bool"},
                                   {"match:", "matches:"}}) {
        auto bad = good;
        bad.replace(bad.find(from), std::string(from).size(), to);
        EXPECT_FALSE(schema.takes(yaml::parse(bad, "profile").to_json())) << bad;
    }
}

} // namespace
} // namespace jigd::profile
