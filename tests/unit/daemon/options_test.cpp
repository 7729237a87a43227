#include "daemon/options.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace jigd::daemon {
namespace {

Options parse(std::vector<const char*> words) {
    words.insert(words.begin(), "jigd");
    return parse_options(static_cast<int>(words.size()), words.data());
}

TEST(Options, TraceNamesAFile) {
    EXPECT_EQ(parse({}).trace, std::nullopt);
    const auto options = parse({"--trace", "jig.jsonl"});
    EXPECT_EQ(options.trace, "jig.jsonl");
    EXPECT_EQ(options.action, Options::Action::serve);
}

TEST(Options, TraceWithoutAFileIsWrongUsage) {
    for (const auto& words : {std::vector<const char*>{"--trace"}, std::vector<const char*>{"--trace", ""}}) {
        try {
            (void)parse(words);
            ADD_FAILURE() << "taken";
        } catch (const Exit& exit) {
            EXPECT_EQ(exit.status, 2);
        }
    }
}

} // namespace
} // namespace jigd::daemon
