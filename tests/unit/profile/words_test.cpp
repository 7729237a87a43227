#include "profile/words.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jigd::profile {
namespace {

using nlohmann::json;

TEST(Words, TwoWithoutValuesAreTrueAndFalse) {
    const Words words("ON|OFF");
    EXPECT_EQ(words.to_wire(true), "ON");
    EXPECT_EQ(words.to_wire(false), "OFF");
    EXPECT_EQ(words.from_wire("ON"), json(true));
    EXPECT_EQ(words.from_wire("OFF"), json(false));
}

TEST(Words, ValuesAreReadAsYamlWould) {
    const Words words("host=HOST|2=TWO|true=YES|null=N/A|-1=<=>");
    const std::vector<std::pair<json, std::string>> pairs = {
        {"host", "HOST"}, {2, "TWO"}, {true, "YES"}, {nullptr, "N/A"}, {-1, "<=>"}};
    EXPECT_EQ(words.pairs(), pairs);
    for (const auto& [value, word] : pairs) {
        EXPECT_EQ(words.to_wire(value), word);
        EXPECT_EQ(words.from_wire(word), value);
    }
}

TEST(Words, UnknownOnesAreNeitherGuessedNorFolded) {
    const Words words("ON|OFF");
    EXPECT_FALSE(words.from_wire("on"));
    EXPECT_FALSE(words.from_wire("ON "));
    EXPECT_FALSE(words.from_wire(""));
    EXPECT_FALSE(words.to_wire("ON"));
    EXPECT_FALSE(words.to_wire(1));
}

TEST(Words, AValueMayHaveSeveralAndOneOfThemMayBeEmpty) {
    const Words words(Words::Pairs{{true, "M8"}, {true, "M7"}, {false, "M9"}, {false, ""}});
    EXPECT_EQ(words.to_wire(true), "M8");
    EXPECT_EQ(words.to_wire(false), "M9");
    EXPECT_EQ(words.from_wire("M7"), json(true));
    EXPECT_EQ(words.from_wire(""), json(false));
    EXPECT_FALSE(words.from_wire("M"));
    EXPECT_THROW(Words(Words::Pairs{{true, ""}, {false, ""}}), std::invalid_argument);
    EXPECT_THROW(Words(Words::Pairs{{true, " M8"}}), std::invalid_argument);
}

TEST(Words, RefusesABrokenNotation) {
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {"ON", "the words 'ON' are 1; write two for true|false (ON|OFF) or each as value=WORD"},
        {"A|B|C", "the words 'A|B|C' are 3; write two for true|false (ON|OFF) or each as value=WORD"},
        {"a=A|B", "the words 'a=A|B' mix WORD and value=WORD; write either all with a value or two without"},
        {"ON|", "the words 'ON|' hold an empty one; write them as ON|OFF or value=WORD|value=WORD, or in "
                "`text` as a map, such as {true: ON, false: [OFF, \"\"]}"},
        {"=A|b=B", "the words '=A|b=B' hold an empty one; write them as ON|OFF or value=WORD|value=WORD, or "
                   "in `text` as a map, such as {true: ON, false: [OFF, \"\"]}"},
        {"ON | OFF",
         "the words 'ON | OFF' have a blank or control byte round one; write ON|OFF, not ON | OFF"},
        {"ON|ON", "the words 'ON|ON' are ambiguous: ON stands for two values"},
        {"a=A|a=B", "the words 'a=A|a=B' are ambiguous: \"a\" has two words"},
    };
    for (const auto& [notation, message] : mistakes) {
        try {
            const Words words(notation);
            ADD_FAILURE() << notation << " was taken";
        } catch (const std::invalid_argument& error) {
            EXPECT_EQ(error.what(), message);
        }
    }
}

} // namespace
} // namespace jigd::profile
