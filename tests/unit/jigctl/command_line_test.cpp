#include "jigctl/command_line.hpp"

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
