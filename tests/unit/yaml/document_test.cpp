#include "yaml/document.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace jigd::yaml {
namespace {

std::string problems_of(const std::string& text) {
    try {
        static_cast<void>(parse(text, "f"));
    } catch (const Invalid& invalid) {
        return invalid.what();
    }
    return "";
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += part;
    }
    return all;
}

TEST(Document, ReadsMapsListsAndScalars) {
    const auto root = parse("a: 1\nb: [x, 'y']\nc: {d: null, e: }\n", "f");
    EXPECT_EQ(root.type(), Node::Type::map);
    ASSERT_EQ(root.entries().size(), 3U);
    EXPECT_EQ(root.find("a")->text(), "1");
    EXPECT_FALSE(root.find("a")->quoted());
    EXPECT_EQ(root.find("b")->items().at(1).text(), "y");
    EXPECT_TRUE(root.find("b")->items().at(1).quoted());
    EXPECT_EQ(root.find("c")->find("d")->type(), Node::Type::null);
    EXPECT_EQ(root.find("c")->find("e")->type(), Node::Type::null);
    EXPECT_FALSE(root.find("z"));
}

TEST(Document, MarksEveryNodeAndKey) {
    const auto root = parse("# prose\na:\n  b: 1\n  'c':   [x,\n        y]\n", "some.yaml");
    const auto a = *root.find("a");
    EXPECT_EQ(root.entries()[0].mark.file, "some.yaml");
    EXPECT_EQ(root.entries()[0].mark.line, 2);
    EXPECT_EQ(a.find("b")->mark().line, 3);
    EXPECT_EQ(a.find("b")->mark().column, 6);
    EXPECT_EQ(a.entries()[1].mark.line, 4);
    EXPECT_EQ(a.entries()[1].mark.column, 3);
    EXPECT_EQ(a.find("c")->items()[1].mark().line, 5);
    EXPECT_EQ(a.find("c")->items()[1].mark().column, 9);
}

TEST(Document, CountsColumnsInCharacters) {
    const auto root = parse("\xEF\xBB\xBFä: 1\n'30 °C €': {x: 1}\n", "f");
    EXPECT_EQ(root.entries()[0].mark.column, 1);
    EXPECT_EQ(root.entries()[0].value.mark().column, 4);
    EXPECT_EQ(root.entries()[1].value.mark().line, 2);
    EXPECT_EQ(root.entries()[1].value.find("x")->mark().column, 16);
}

TEST(Document, ReadsWindowsLineEnds) {
    const auto root = parse("a: x\r\nb:\r\n  c: y\r\n", "f");
    EXPECT_EQ(root.find("a")->text(), "x");
    EXPECT_EQ(root.find("b")->find("c")->mark().line, 3);
}

TEST(Document, NothingIsNull) {
    for (const auto* text : {"", "\n\n", "# prose only\n", "---\n", "~\n", "\xEF\xBB\xBF"}) {
        EXPECT_EQ(parse(text, "f").type(), Node::Type::null) << text;
    }
}

TEST(Document, BecomesJsonByTheCoreSchema) {
    const auto root =
        parse("t: true\nf: False\non: on\nyes: yes\nno: no\nquoted: \"true\"\nn: ~\n"
              "i: -12\nplus: +7\nhex: 0x1F\noctal: 0o17\nzeros: 007\nbig: 18446744073709551615\n"
              "real: 31.5\nexponent: 1e3\npoint: .5\ninf: .inf\ntime: 10s\nversion: 1.4.2\n"
              "dash: '-'\nbare: -e\nsigns: +-1\nlist: [1, a]\nblock: |\n  x\n",
              "f");
    const auto expected = nlohmann::json::parse(R"({
        "t": true, "f": false, "on": "on", "yes": "yes", "no": "no", "quoted": "true", "n": null,
        "i": -12, "plus": 7, "hex": 31, "octal": 15, "zeros": 7, "big": 18446744073709551615,
        "real": 31.5, "exponent": 1000.0, "point": 0.5, "inf": ".inf", "time": "10s", "version": "1.4.2",
        "dash": "-", "bare": "-e", "signs": "+-1", "list": [1, "a"], "block": "x\n"})");
    EXPECT_EQ(root.to_json(), expected);
    EXPECT_TRUE(root.find("i")->to_json().is_number_integer());
    EXPECT_TRUE(root.find("real")->to_json().is_number_float());
}

struct Bad {
    std::string text;
    std::string problems;
};

class Refused : public testing::TestWithParam<Bad> {};

TEST_P(Refused, WithPlaceAndExpectation) {
    EXPECT_EQ(problems_of(GetParam().text), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    Document, Refused,
    testing::Values(
        Bad{"a: 1\nb: 2\na: 3\nb: 4\n",
            "f:3:1: the key 'a' is here again, first at 1:1, expected each key once\n"
            "f:4:1: the key 'b' is here again, first at 2:1, expected each key once\n"},
        Bad{"a: &x 1\nb: *x\n", "f:1:4: an anchor (&name) is not supported, expected the value itself\n"},
        Bad{"b: *x\n",
            "f:1:4: an alias (*name) is not supported, expected the value itself; text that begins "
            "with '*' needs quotes\n"},
        Bad{"a: !!str 1\n",
            "f:1:4: a tag (!name) is not supported, expected the value alone; quotes make it text\n"},
        Bad{"a: 1\n---\nb: 1\n", "f:2:1: a second document begins here, expected one document in the file\n"},
        Bad{"? [a]\n: 1\n", "f:1:3: a list or map as a key, or one that is never closed; expected text\n"},
        Bad{": 1\n", "f:1:1: an empty key, expected 'key: value'\n"},
        Bad{"a:\n\tb: 1\n", "f:2:1: a tab in the indentation, expected spaces\n"},
        Bad{"a:\n  b: 1\n\tc: 1\n", "f:3:1: a tab in the indentation, expected spaces\n"},
        Bad{"a: 1\n b: 2\n",
            "f:2:2: indented more than line 1, whose value would go on here; expected the keys of a map in "
            "one column\n"},
        Bad{"m:\n  a: 1\n\n   # two\n    b: 2\n",
            "f:5:5: this does not continue the map above, expected 'key: value' in line with the other keys, "
            "or the map's end\n"},
        Bad{"a: b: c\n", "f:1:5: a ':' that no key can stand before, expected one 'key: value' a line; text "
                         "with ': ' needs quotes\n"},
        Bad{"a: {b: 1\n", "f:2:1: the map in braces has no end here, expected ',' or '}'\n"},
        Bad{"a: >=1.4 <2\n", "f:1:5: text after '>' or '|' can't stand on its line; a value that begins with "
                             "one of them needs quotes\n"},
        Bad{"a: [1, 2\n", "f:2:1: the list in brackets has no end here, expected ',' or ']'\n"},
        Bad{"a: {relays[1]: on}\n", "f:1:11: the map in braces has no end here, expected ',' or '}'; text "
                                    "with brackets or braces in it needs quotes\n"},
        Bad{"ä: 'it''s'\nb: 'c\n", "f:2:4: this quoted text does not end, expected the closing quote\n"},
        Bad{"a: \"\\\"", "f:1:4: this quoted text does not end, expected the closing quote\n"},
        Bad{"a: 'x\nb: c\nd: 'y'\n", "f:1:4: a quoted text begins here and ends in line 3, where more text "
                                     "follows; is its own closing quote missing?\n"},
        Bad{"a: 'x\n  y'\nb: \"c\" d\n",
            "f:3:8: this does not continue the map above, expected 'key: value' in line with the other keys, "
            "or the map's end\n"},
        Bad{"a: @b\n", "f:1:4: a character that can't begin a value, expected text; '@', '`' and '%' need "
                       "quotes around\n"},
        Bad{std::string("a: \0b\n", 6),
            "f:1:4: the control character 0x00 has no place in YAML, expected text; "
            "in double quotes write \\x00\n"},
        Bad{"a: ok\nb: \xFFz\n", "f:2:4: the byte 0xff is not UTF-8, expected YAML text in UTF-8\n"},
        Bad{"\xFF\xFE"
            "a",
            "f:1:1: the byte 0xff is not UTF-8, expected YAML text in UTF-8\n"},
        Bad{"\xC0\x80", "f:1:1: the byte 0xc0 is not UTF-8, expected YAML text in UTF-8\n"},
        Bad{"\xED\xA0\x80", "f:1:1: the byte 0xed is not UTF-8, expected YAML text in UTF-8\n"},
        Bad{"\xF4\x90\x80\x80", "f:1:1: the byte 0xf4 is not UTF-8, expected YAML text in UTF-8\n"},
        Bad{"\xE2\x82", "f:1:1: the byte 0xe2 is not UTF-8, expected YAML text in UTF-8\n"}));

TEST(Document, RefusesDeepNestingBeforeItRecurses) {
    const std::string deep = "nested deeper than 64 levels, expected a flatter document\n";
    const auto lists = [](int depth) { return repeated("[", depth) + repeated("]", depth); };
    EXPECT_EQ(problems_of(lists(64)), "");
    EXPECT_EQ(problems_of(lists(65)), "f:1:65: " + deep);
    EXPECT_EQ(problems_of(lists(100'000)), "f:1:65: " + deep);
    EXPECT_EQ(problems_of("a: " + lists(64)), "f:1:67: " + deep);
    EXPECT_EQ(problems_of(repeated("{a: ", 100'000) + repeated("}", 100'000)), "f:1:257: " + deep);
    EXPECT_EQ(problems_of(repeated("- ", 100'000)), "f:1:129: " + deep);
    // A bracket that is not closed could still turn out to begin a key, which is refused as such.
    for (const auto* part : {"[", "? "}) {
        EXPECT_NE(problems_of(repeated(part, 100'000)), "") << part;
    }
}

TEST(Document, KeepsReadingPastRepeatedKeysWhenAsked) {
    Problems problems;
    const auto root = parse("a: {x: 1}\na: {y: 2}\nb: 3\n", "f", problems);
    EXPECT_EQ(problems.lines().size(), 1U);
    EXPECT_EQ(root.to_json(), nlohmann::json::parse(R"({"a": {"x": 1}, "b": 3})"));
}

TEST(Document, NeverShowsWhatAnUnknownAliasWasCalled) {
    EXPECT_EQ(problems_of("password: *secret\n").find("secret"), std::string::npos);
}

class Files : public testing::Test {
  public:
    Files() { std::filesystem::create_directory(folder_); }
    ~Files() override { std::filesystem::remove_all(folder_); }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    Files(Files&&) = delete;
    Files& operator=(Files&&) = delete;

  protected:
    [[nodiscard]] std::string write(const std::string& content) const {
        const auto path = folder_ / "f.yaml";
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    [[nodiscard]] static std::string problems_of_file(const std::string& path) {
        try {
            static_cast<void>(load(path));
        } catch (const Invalid& invalid) {
            return invalid.what();
        }
        return "";
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("jigd-yaml-" + std::to_string(getpid()));
};

TEST_F(Files, AreReadUpToOneMebibyte) {
    const std::string most = "a: 1\n#" + std::string(1024 * 1024 - 6, 'x');
    EXPECT_EQ(load(write(most)).find("a")->text(), "1");
    const auto path = write(most + "x");
    EXPECT_EQ(problems_of_file(path),
              path + ": is longer than 1 MiB, expected a YAML file of at most 1 MiB\n");
    EXPECT_NE(problems_of_file("/dev/zero"), "");
}

TEST_F(Files, ThatCannotBeReadSayWhy) {
    const auto missing = (folder_ / "none.yaml").string();
    EXPECT_EQ(problems_of_file(missing), missing + ": can't be read: No such file or directory\n");
    EXPECT_EQ(problems_of_file(folder_.string()),
              folder_.string() + ": can't be read: it is a directory, expected a YAML file\n");
}

TEST_F(Files, NameThemselvesInMarks) {
    const auto path = write("a: [\n");
    EXPECT_TRUE(problems_of_file(path).starts_with(path + ":2:1: "));
}

} // namespace
} // namespace jigd::yaml
