// What is written about the configuration (the installed file, the schema, the page) against what is loaded.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "unit/config/scratch.hpp"
#include "yaml/document.hpp"

namespace jigd::config {
namespace {

std::string source_path(const std::string& path) {
    const char* root = std::getenv("JIGD_SOURCE");
    return std::string(root == nullptr ? "." : root) + "/" + path;
}

std::string source(const std::string& path) {
    std::ifstream file(source_path(path), std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// Takes the '#' away from "#key", and leaves "# prose".
std::string uncommented(const std::string& text) {
    std::string all;
    for (auto line : lines_of(text)) {
        const auto hash = line.find_first_not_of(' ');
        if (hash != std::string::npos && line[hash] == '#' && hash + 1 < line.size() &&
            line[hash + 1] != ' ') {
            line.erase(hash, 1);
        }
        all += line + "\n";
    }
    return all;
}

/// The least that is valid, and everything that can be set.
const std::string least = "jig: {serial: JIG-0001, profile: testx-jig, port: sim}\n"
                          "broker: {urls: ['amqp://guest:guest@localhost:5672/']}\n";

Config full() {
    auto config = parse(least, "f");
    config.jig.identity_model = "m";
    config.jig.identity_firmware = VersionRange("1");
    config.jig.overrides = yaml::parse("{serial: , line: , timeouts: , define: }", "f");
    config.broker.password_file = "p";
    config.broker.password_credential = "c";
    config.broker.tls = {.ca_file = "a", .certificate_file = "b", .key_file = "k"};
    config.state_dir = "/s";
    return config;
}

nlohmann::json printed(const Config& config) {
    return yaml::parse(to_yaml(config), "printed").to_json();
}

/// jig.serial, broker.urls, …: sections and values alike.
std::set<std::string> keys_of(const nlohmann::json& map, const std::string& prefix = "") {
    std::set<std::string> keys;
    for (const auto& [key, value] : map.items()) {
        keys.insert(prefix + key);
        if (value.is_object()) {
            keys.merge(keys_of(value, prefix + key + "."));
        }
    }
    return keys;
}

/// The same shape as a configuration: each property's name, and its default where it has one. Old names,
/// which still work, are left out.
nlohmann::json properties_of(const nlohmann::json& schema) {
    auto map = nlohmann::json::object();
    for (const auto& [key, property] : schema.at("properties").items()) {
        if (property.value("deprecated", false)) {
            continue;
        }
        map[key] = property.contains("properties") ? properties_of(property)
                                                   : property.value("default", nlohmann::json());
    }
    return map;
}

/// Every default that the schema names, against what is in effect.
void expect_defaults(const nlohmann::json& defaults, const nlohmann::json& effective) {
    for (const auto& [key, value] : defaults.items()) {
        if (value.is_object()) {
            expect_defaults(value, effective.value(key, nlohmann::json::object()));
        } else if (!value.is_null()) {
            EXPECT_EQ(value, effective.at(key)) << key;
        }
    }
}

TEST(InstalledConfig, Loads) {
    const auto config = load(source_path("config/jigd.yaml"));
    EXPECT_EQ(config.jig.serial, "JIG-0001");
    EXPECT_EQ(config.jig.profile, "testx-jig");
    EXPECT_EQ(config.jig.port, "sim");
    ASSERT_EQ(config.broker.urls.size(), 1U);
    EXPECT_EQ(config.broker.urls[0].masked(), "amqp://guest@localhost:5672/");
}

TEST(InstalledConfig, ShowsTheDefaultsThatAreInEffect) {
    const auto text = source("config/jigd.yaml");
    const auto taken = uncommented(text);
    ASSERT_NE(taken, text);
    EXPECT_EQ(to_yaml(parse(taken, "f")), to_yaml(parse(least, "f")));
}

TEST(InstalledConfig, NamesEveryKey) {
    const auto text = source("config/jigd.yaml");
    const auto active = keys_of(yaml::parse(uncommented(text), "f").to_json());
    for (const auto& key : keys_of(printed(full()))) {
        // What has no default that could be written down is told in prose.
        const auto last = key.substr(key.rfind('.') + 1);
        EXPECT_TRUE(active.contains(key) || text.find("# " + last + ":") != std::string::npos) << key;
    }
}

TEST(Schema, KnowsTheKeysThatTheLoaderKnows) {
    const auto schema = nlohmann::json::parse(source("config/jigd.schema.json"));
    EXPECT_EQ(keys_of(properties_of(schema)), keys_of(printed(full())));
}

TEST(Schema, NamesTheDefaultsThatAreInEffect) {
    const auto schema = nlohmann::json::parse(source("config/jigd.schema.json"));
    expect_defaults(properties_of(schema), printed(parse(least, "f")));
}

/// The line of the page's tables that is about `key`, or "".
std::string row_of(const std::string& page, const std::string& key) {
    for (const auto& line : lines_of(page)) {
        if (line.starts_with("| `" + key + "` |")) {
            return line;
        }
    }
    return "";
}

TEST(Page, HasARowForEveryValue) {
    const auto page = source("docs/configuration.md");
    const auto effective = printed(full());
    for (const auto& key : keys_of(effective)) {
        auto path = "/" + key;
        std::replace(path.begin(), path.end(), '.', '/');
        const nlohmann::json::json_pointer pointer(path);
        if (!effective.at(pointer).is_object()) {
            EXPECT_NE(row_of(page, key), "") << key;
        }
    }
}

TEST(Page, ShowsTheDefaultsThatAreInEffect) {
    const auto page = source("docs/configuration.md");
    const auto effective = printed(parse(least, "f"));
    for (const std::string section : {"broker", "requests", "safe_state", "record", "log"}) {
        for (const auto& [key, value] : effective.at(section).items()) {
            const auto shown = value.is_string() ? value.get<std::string>() : value.dump();
            const auto line = row_of(page, std::string(section).append(".").append(key));
            // A section of which nothing is set has no value of its own.
            EXPECT_TRUE(key == "urls" || value.is_null() ||
                        line.find(" | `" + shown + "` | ") != std::string::npos)
                << line;
        }
    }
}

struct Snippet {
    std::string language;
    std::string text;
};

std::vector<Snippet> snippets_of(const std::string& page) {
    std::vector<Snippet> snippets;
    bool is_inside = false;
    for (const auto& line : lines_of(page)) {
        if (line.starts_with("```")) {
            is_inside = !is_inside;
            if (is_inside) {
                snippets.push_back({line.substr(3), ""});
            }
        } else if (is_inside) {
            snippets.back().text += line + "\n";
        }
    }
    return snippets;
}

class PageSnippets : public test::Scratch {};

TEST_F(PageSnippets, LoadOrFailAsThePageSays) {
    const test::Variable variable("CREDENTIALS_DIRECTORY", folder().string());
    write("broker.password", "hunter2\n");
    write("broker-password", "hunter2\n");
    for (const auto* const name : {"ca.pem", "jig.pem", "jig.key"}) {
        write(name, "PEM");
    }
    const auto snippets = snippets_of(source("docs/configuration.md"));
    std::size_t good = 0;
    std::size_t bad = 0;
    for (std::size_t i = 0; i < snippets.size(); ++i) {
        if (snippets[i].language == "yaml") {
            EXPECT_NO_THROW(static_cast<void>(parse(snippets[i].text, (folder() / "f").string())));
            ++good;
        } else if (snippets[i].language == "yaml wrong") {
            ASSERT_LT(i + 1, snippets.size());
            try {
                static_cast<void>(parse(snippets[i].text, "/etc/jigd/jigd.yaml"));
                ADD_FAILURE() << "loaded: " << snippets[i].text;
            } catch (const yaml::Invalid& invalid) {
                EXPECT_EQ(invalid.what(), snippets[i + 1].text);
            }
            ++bad;
        }
    }
    EXPECT_EQ(good, 6U);
    EXPECT_EQ(bad, 1U);
}

} // namespace
} // namespace jigd::config
