#include "jigctl/command_line.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "core/nearest.hpp"
#include "jigctl/usage_error.hpp"

namespace jigd::jigctl {

namespace {

/// Commands that share a first word.
struct Group {
    std::string_view name;
    std::string_view summary;
};
constexpr std::array groups{
    Group{"profile", "Write, check and try the YAML file that describes a board"},
};

/// "profile check" → "profile"; "" where the name is one word.
std::string group_of(const std::string& name) {
    const auto blank = name.find(' ');
    return blank == std::string::npos ? "" : name.substr(0, blank);
}

std::string last_word(const std::string& name) {
    return name.substr(name.rfind(' ') + 1);
}

/// A parser and what its commands are called.
struct Level {
    CLI::App* parser = nullptr;
    std::vector<std::string> commands{};
};

std::string list_of(const std::vector<std::string>& commands) {
    std::string list;
    for (const auto& command : commands) {
        list += (list.empty() ? "" : ", ") + command;
    }
    return list;
}

/// Where words stand that are neither an option nor a command, or no command at all.
[[noreturn]] void refuse(const Level& level, const std::string& prefix) {
    const auto commands = "; the commands are: " + list_of(level.commands);
    const auto unknown = level.parser->remaining();
    if (unknown.empty()) {
        throw UsageError("a command is missing" + commands);
    }
    const auto& word = unknown.front();
    if (!word.starts_with('-')) {
        throw UsageError("there is no command '" + prefix + word + "'" + did_you_mean(word, level.commands) +
                         commands);
    }
    std::vector<std::string> options;
    for (const auto* option : level.parser->get_options()) {
        options.push_back(option->get_name());
    }
    const auto name = word.substr(0, word.find('='));
    throw UsageError("there is no option '" + name + "'" + did_you_mean(name, options));
}

[[noreturn]] void refuse_option_of(const Command& owner, const std::string& option, const std::string& name) {
    throw UsageError(option + " before '" + name + "' is an option of " + owner.name() + "; jigctl " + name +
                     " --help lists those of " + name);
}

/// The options that stand before a command's name are those of the one command that has declared them.
void refuse_options_of(const Command& owner, const CLI::App& program, const std::string& name) {
    for (const auto* option : program.get_options()) {
        if (option->count() > 0) {
            refuse_option_of(owner, option->get_name(), name);
        }
    }
}

class Parsers {
  public:
    explicit Parsers(const Commands& commands) {
        program_.set_version_flag("--version", "jigctl " JIGD_VERSION);
        program_.footer("jigctl COMMAND --help explains a command.");
        top_.parser = &program_;
        for (const auto& command : commands) {
            add(*command);
        }
        // After the commands were added, which do not take this over: their own extra words are CLI11's to
        // refuse.
        program_.allow_extras();
        for (auto& [name, group] : groups_) {
            group.parser->allow_extras();
        }
    }

    std::variant<Command*, Information> parse(const std::vector<std::string>& words) {
        try {
            // CLI11 takes the words from the back.
            program_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
        } catch (const CLI::ParseError& error) {
            std::ostringstream out;
            std::ostringstream problem;
            if (program_.exit(error, out, problem) == 0) {
                return Information{out.str()};
            }
            throw UsageError(error.what());
        }
        if (!program_.remaining().empty()) {
            refuse(top_, "");
        }
        for (const auto& [parser, command] : commands_) {
            if (parser->parsed()) {
                if (with_leading_options_ != nullptr && command != with_leading_options_) {
                    refuse_options_of(*with_leading_options_, program_, command->name());
                }
                command->check();
                return command;
            }
        }
        for (const auto& [name, group] : groups_) {
            if (group.parser->parsed()) {
                refuse(group, name + " ");
            }
        }
        refuse(top_, "");
    }

  private:
    void add(Command& command) {
        auto& level = level_of(command.name());
        auto* parser = level.parser->add_subcommand(last_word(command.name()), command.summary());
        level.commands.push_back(last_word(command.name()));
        command.declare(*parser);
        const auto before = program_.get_options().size();
        command.declare_leading(program_);
        const auto options = program_.get_options();
        for (std::size_t index = before; index < options.size(); ++index) {
            options[index]->group("Options of " + command.name() + ", which may also stand before it");
            with_leading_options_ = &command;
        }
        commands_.emplace_back(parser, &command);
    }

    Level& level_of(const std::string& name) {
        const auto group = group_of(name);
        if (group.empty()) {
            return top_;
        }
        auto& level = groups_[group];
        if (level.parser == nullptr) {
            const auto* row = std::find_if(groups.begin(), groups.end(),
                                           [&](const Group& each) { return each.name == group; });
            level.parser =
                program_.add_subcommand(group, row == groups.end() ? "" : std::string(row->summary));
            level.parser->footer("jigctl " + group + " COMMAND --help explains a command.");
            top_.commands.push_back(group);
        }
        return level;
    }

    CLI::App program_{
        "Asks test jigs, through the AMQP broker that their jigd is connected to, and writes and "
        "tries the profiles of boards.",
        "jigctl"};
    Level top_;
    std::map<std::string, Level> groups_;
    std::vector<std::pair<const CLI::App*, Command*>> commands_;
    const Command* with_leading_options_ = nullptr;
};

} // namespace

std::variant<Command*, Information> parse_command_line(const Commands& commands,
                                                       const std::vector<std::string>& words) {
    return Parsers(commands).parse(words);
}

std::string words_to_explain(const Commands& commands, const std::vector<std::string>& words) {
    for (const auto& command : commands) {
        std::istringstream name(command->name());
        std::vector<std::string> parts;
        for (std::string part; name >> part;) {
            parts.push_back(part);
        }
        if (std::search(words.begin(), words.end(), parts.begin(), parts.end()) != words.end()) {
            return "jigctl " + command->name();
        }
    }
    return "jigctl";
}

} // namespace jigd::jigctl
