#include <algorithm>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

constexpr const char* form_of_check =
    "such as check: {send: \"SYST:ERR?\", match: '(?P<code>-?\\d+),\"(?P<text>.*)\"', good: {code: 0}, "
    "example: '0,\"No error\"'}";

void check_step(const Step& step, const yaml::Node& node, yaml::Problems& problems) {
    if (!step.form->is_sent() || !step.form->is_answered() || step.form->captures().empty()) {
        problems.add(node.mark(), std::string("check asks the board and reads its answer, ") + form_of_check);
        return;
    }
    const auto match = node.find("match");
    check_groups(step.form->captures(), {"code", "text"}, match ? match->mark() : node.mark(), problems);
    if (!step.form->params().empty()) {
        problems.add(node.mark(),
                     "check: the command is the same after each request, so it has no placeholders");
    }
}

std::map<std::string, nlohmann::json> read_good(const std::optional<yaml::Node>& node, const StepForm& form,
                                                yaml::Problems& problems) {
    const auto known = form.captures();
    std::map<std::string, nlohmann::json> good;
    for (const auto& entry : entries_of(node, "check.good", problems)) {
        if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
            problems.add(entry.mark, "check.good: '" + cut(entry.key) + "' is not captured by the match" +
                                         did_you_mean(entry.key, known));
        }
        good.emplace(entry.key, entry.value.to_json());
    }
    if (node && good.empty()) {
        problems.add(node->mark(),
                     std::string("check.good says what means that nothing was refused, ") + form_of_check);
    }
    return good;
}

void check_example(const Check& check, const Codec& codec, const yaml::Mark& mark, yaml::Problems& problems) {
    const auto captures = check.step.form->decode(check.example.rx, nlohmann::json::object());
    if (!captures) {
        problems.add(mark, "the example '" + cut(codec.describe(check.example.rx)) + "' does not match " +
                               check.step.form->answer_text());
    } else if (!is_good(check, *captures)) {
        problems.add(mark, "the example '" + cut(codec.describe(check.example.rx)) +
                               "' must be what the board says when nothing was refused (good)");
    }
}

} // namespace

std::optional<Check> read_check(const std::optional<yaml::Node>& node, const Codec& codec,
                                yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    const auto before = problems.lines().size();
    yaml::MapReader reader(*node, "check", problems);
    auto step = read_step(reader, codec, problems);
    const auto good = reader.required_node("good");
    const auto example = reader.required_node("example");
    reader.finish();
    if (!step || problems.lines().size() != before) {
        return std::nullopt;
    }
    check_step(*step, *node, problems);
    Check check{.step = std::move(*step), .good = {}, .example = {}};
    check.good = read_good(good, *check.step.form, problems);
    check.example.rx = codec.read_body(*example, problems).value_or("");
    if (problems.lines().size() != before) {
        return std::nullopt;
    }
    check_example(check, codec, example->mark(), problems);
    return check;
}

} // namespace jigd::profile
