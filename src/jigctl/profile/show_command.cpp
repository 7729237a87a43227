#include "jigctl/profile/show_command.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <CLI/CLI.hpp>

#include "jigctl/profile/wording.hpp"
#include "profile/capabilities.hpp"

namespace jigd::jigctl {

namespace {

constexpr const char* footer =
    R"(A parameter is shown with the values that it takes; one in [brackets] may be left out.
With --json it is what the jig itself answers to JigCapabilities.

Examples:
  jigctl profile show testx-jig
  jigctl profile show my-board.yaml --json | jq .requests.SetRelay.params

Exit status:
  0  shown
  1  the profile has mistakes
  2  wrong usage, or no such file)";

constexpr std::size_t columns_of_table = 4;
using Row = std::array<std::string, columns_of_table>;

std::vector<Row> rows_of(const profile::Profile& profile) {
    std::vector<Row> rows{{"request", "kind", "parameters", "description"}};
    for (const auto& [name, request] : profile.requests) {
        rows.push_back({displayable(name), std::string(to_string(request.kind)),
                        displayable(describe_params(request)), displayable(request.description)});
    }
    return rows;
}

std::string table_of(const std::vector<Row>& rows, const Style& style) {
    std::array<std::size_t, columns_of_table> widths{};
    for (const auto& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths.at(column) = std::max(widths.at(column), columns(row.at(column)));
        }
    }
    std::string text;
    for (std::size_t index = 0; index < rows.size(); ++index) {
        std::string line = "  ";
        for (std::size_t column = 0; column < columns_of_table; ++column) {
            const auto colour = index == 0 ? Colour::dim : column == 0 ? Colour::bold : Colour::none;
            line += style.paint(colour, padded(rows[index].at(column), widths.at(column))) + "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string events_of(const profile::Profile& profile) {
    std::string text;
    for (const auto& event : profile.events) {
        std::string values;
        for (const auto& field : event.values) {
            values += (values.empty() ? "" : " ") + field.name + "=" + describe_values(field.schema.json());
        }
        text.append("  event ")
            .append(event.name)
            .append(values.empty() ? "" : ": ")
            .append(values)
            .append("\n");
    }
    return displayable(text, true);
}

std::string safe_state_of(const profile::Profile& profile) {
    std::string steps;
    for (const auto& step : profile.safe_state) {
        steps += (steps.empty() ? "" : ", ") + step.request;
        for (const auto& [name, value] : step.params.items()) {
            steps += " " + name + "=" + bare(value);
        }
    }
    return displayable(steps.empty() ? "none" : steps);
}

} // namespace

std::string render_profile(const profile::Profile& profile, const Style& style) {
    auto text = style.paint(Colour::bold, displayable(profile.name));
    if (!profile.description.empty()) {
        text += ": " + displayable(profile.description);
    }
    text += "\n  driver " + profile.driver + ", " + describe_serial(profile.serial) + "\n";
    text += "  identified by " +
            (profile.identify ? displayable(describe_command(profile, profile.identify->step)) : "nothing") +
            "\n";
    text += "\n" + table_of(rows_of(profile), style) + "\n" + events_of(profile);
    return text + "  safe state: " + safe_state_of(profile) + "\n";
}

void ShowCommand::declare_more(CLI::App& parser) {
    parser.footer(footer);
    parser.add_flag("--json", json_, "Print JigCapabilities' answer, with JSON Schemas, as one line of JSON");
}

Report ShowCommand::run_on(const profile::Profile& profile, const Terminal& terminal) {
    return {.status = ExitStatus::ok,
            .out =
                json_ ? profile::capabilities(profile).dump() + "\n" : render_profile(profile, terminal.out),
            .error = ""};
}

} // namespace jigd::jigctl
