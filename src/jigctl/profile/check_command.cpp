#include "jigctl/profile/check_command.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "drivers/registry.hpp"
#include "jigctl/profile/profile_command.hpp"
#include "os/profile_path.hpp"
#include "profile/lint.hpp"
#include "profile/profile.hpp"

namespace jigd::jigctl {

namespace {

constexpr const char* footer =
    R"(Mistakes keep a profile from being loaded. Hints are allowed; each says what may go wrong and what to write.
With --json a line for each profile: {"file", "ok", "mistakes": [{"line", "column", "message"}], "hints": […]}.

Examples:
  jigctl profile check my-board.yaml
  jigctl profile check drivers/jigs/*.yaml

Exit status:
  0  all profiles load; there may be hints
  1  at least one has mistakes
  2  wrong usage, or no such file)";

std::string place(const yaml::Problem& problem) {
    const auto& mark = problem.mark;
    return mark.line > 0
               ? mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": "
               : mark.file + ": ";
}

std::string count(std::size_t number, const std::string& thing) {
    return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

std::string summary_of(const Findings& findings) {
    if (!findings.mistakes.empty()) {
        return count(findings.mistakes.size(), "mistake");
    }
    return findings.hints.empty() ? "good" : "good, with " + count(findings.hints.size(), "hint");
}

nlohmann::ordered_json to_json(const std::vector<yaml::Problem>& problems) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& problem : problems) {
        list.push_back(
            {{"line", problem.mark.line}, {"column", problem.mark.column}, {"message", problem.text}});
    }
    return list;
}

} // namespace

Findings check_profile(const std::string& file) {
    Findings findings{.file = file};
    try {
        const auto profile = profile::load(file, drivers::registry(), std::nullopt, os::find_profile);
        findings.hints = profile::lint(profile, yaml::load(file)).list();
    } catch (const yaml::Invalid& invalid) {
        findings.mistakes = invalid.problems().list();
    }
    return findings;
}

std::string render_findings(const Findings& findings, const Style& style) {
    std::string text;
    for (const auto& mistake : findings.mistakes) {
        text += style.paint(Colour::bold, displayable(place(mistake))) + displayable(mistake.text) + "\n";
    }
    for (const auto& hint : findings.hints) {
        text += style.paint(Colour::bold, displayable(place(hint))) + style.paint(Colour::yellow, "hint: ") +
                displayable(hint.text) + "\n";
    }
    return text + displayable(findings.file) + ": " +
           style.paint(findings.mistakes.empty() ? Colour::green : Colour::red, summary_of(findings)) + "\n";
}

std::string findings_as_json(const Findings& findings) {
    const nlohmann::ordered_json json{{"file", findings.file},
                                      {"ok", findings.mistakes.empty()},
                                      {"mistakes", to_json(findings.mistakes)},
                                      {"hints", to_json(findings.hints)}};
    // What is not UTF-8 is itself a mistake, and its text is quoted.
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void CheckCommand::declare(CLI::App& parser) {
    parser.footer(footer);
    parser
        .add_option("PROFILE", names_, "A profile's file, or the name of one that jigd would find; several")
        ->required()
        ->option_text("...");
    parser.add_flag("--json", json_, "Print the findings as JSON, a line for each profile");
}

Report CheckCommand::run(const Terminal& terminal) {
    Report report;
    for (const auto& name : names_) {
        const auto findings = check_profile(profile_file(name));
        report.out += json_ ? findings_as_json(findings) : render_findings(findings, terminal.out);
        if (!findings.mistakes.empty()) {
            report.status = ExitStatus::failed;
        }
    }
    return report;
}

} // namespace jigd::jigctl
