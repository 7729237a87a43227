#include "jigctl/command_line.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jigctl/usage_error.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

std::string refusal(const Words& words) {
    const auto commands = all_commands({}, "me");
    try {
        (void)parse_command_line(commands, words);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

std::string information(const Words& words) {
    const auto commands = all_commands({}, "me");
    return std::get<Information>(parse_command_line(commands, words)).text;
}

TEST(CommandLine, NamesAnUnknownCommand) {
    EXPECT_THAT(refusal({"list"}), StartsWith("there is no command 'list'; the commands are: call"));
    EXPECT_THAT(refusal({"cal", "J", "X"}),
                StartsWith("there is no command 'cal'; did you mean 'call'?; the commands are: call"));
    EXPECT_THAT(refusal({"--json", "JIG-0001", "JigStatus"}), StartsWith("there is no command 'JIG-0001'"));
    EXPECT_THAT(refusal({"--brokr", "amqp://h", "call", "J", "X"}),
                StartsWith("there is no option '--brokr'; did you mean '--broker'?"));
    EXPECT_THAT(refusal({}), StartsWith("a command is missing; the commands are: call"));
    EXPECT_THAT(refusal({"--json"}), StartsWith("a command is missing"));
}

TEST(CommandLine, NamesAnUnknownCommandOfAGroup) {
    EXPECT_THAT(
        refusal({"profile", "chekc", "b.yaml"}),
        StartsWith("there is no command 'profile chekc'; did you mean 'check'?; the commands are: new"));
    EXPECT_THAT(refusal({"profile"}), StartsWith("a command is missing; the commands are: new, check"));
    EXPECT_THAT(refusal({"profile", "--jsn"}), StartsWith("there is no option '--jsn'"));
}

TEST(CommandLine, AnOptionOfCallIsNotForOthers) {
    EXPECT_THAT(
        refusal({"--json", "profile", "check", "b.yaml"}),
        StartsWith("--json before 'profile check' is an option of call; jigctl profile check --help"));
    EXPECT_EQ(refusal({"profile", "check", "b.yaml", "--json"}), "");
}

TEST(CommandLine, AnOptionOfScanTakesOneWord) {
    EXPECT_EQ(refusal({"scan", "--profile", "testx-jig", "/dev/ttyUSB0", "--profile", "b", "/dev/ttyUSB1"}),
              "");
}

TEST(CommandLine, EachCommandHasExamplesAndExitStatusInItsHelp) {
    const auto commands = all_commands({}, "me");
    for (const auto& command : commands) {
        Words words;
        std::istringstream name(command->name());
        for (std::string word; name >> word;) {
            words.push_back(word);
        }
        words.emplace_back("--help");
        const auto help = information(words);
        EXPECT_THAT(help, HasSubstr(command->summary()));
        EXPECT_THAT(help, HasSubstr("Examples:\n  jigctl " + command->name()));
        EXPECT_THAT(help, HasSubstr("Exit status:\n  0  "));
    }
}

TEST(CommandLine, ExplainsEachCommandAndItself) {
    const auto help = information({"call", "--help"});
    for (const auto* part :
         {"SERIAL", "--timeout", "--broker", "--json", "--id", "--ca-file", "--certificate-file",
          "--key-file", "--password-file", "JIGCTL_KEY_FILE", "Exit status", "Examples"}) {
        EXPECT_THAT(help, HasSubstr(part));
    }
    EXPECT_THAT(information({"--help"}), HasSubstr("call"));
    EXPECT_THAT(information({"--version"}), StartsWith("jigctl "));
}

TEST(CommandLine, LeadsToTheHelpOfTheCommandThatWasMeant) {
    const auto commands = all_commands({}, "me");
    EXPECT_EQ(words_to_explain(commands, {"call", "J"}), "jigctl call");
    EXPECT_EQ(words_to_explain(commands, {"--json", "call"}), "jigctl call");
    EXPECT_EQ(words_to_explain(commands, {"cal", "J"}), "jigctl");
}

} // namespace
} // namespace jigd::jigctl
