#include "drivers/line/filled_example.hpp"

#include <gtest/gtest.h>

namespace jigd::drivers {
namespace {

std::string filled(const std::string& pattern, const std::string& example, const std::string& value) {
    return filled_example(profile::Pattern(pattern), example,
                          [&](const std::string& group) -> std::optional<std::string> {
                              return group == "volts" ? std::optional(value) : std::nullopt;
                          });
}

TEST(FilledExample, TheRestOfItStays) {
    EXPECT_EQ(filled(R"((?P<name>\w+) (?P<volts>[-\d.]+) V)", "OUT1 5.00 V", "4.25"), "OUT1 4.25 V");
    EXPECT_EQ(filled(R"((?P<volts>\w+))", "host", "off"), "off");
    EXPECT_EQ(filled(R"((?P<volts>\d+))", "not an example", "1"), "not an example");
}

TEST(FilledExample, ANumberThatThePatternDoesNotTakeIsSpeltAsTheExampleSpellsIt) {
    const std::string scientific = R"((?P<volts>[+-]\d\.\d+E[+-]\d\d))";
    EXPECT_EQ(filled(scientific, "+5.00000000E+00", "4.25"), "+4.25000000E+00");
    EXPECT_EQ(filled(scientific, "+5.000000E+00", "-2.758856e-05"), "-2.758856E-05");
    EXPECT_EQ(filled(R"((?P<volts>\d\.\d{3}))", "5.000", "4.25"), "4.250");
    EXPECT_EQ(filled(R"((?P<volts>\d\d))", "12", "nothing"), "nothing") << "not a number";
}

} // namespace
} // namespace jigd::drivers
