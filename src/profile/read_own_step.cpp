#include <algorithm>
#include <array>
#include <memory>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

/// What jigd asks and says by itself: `identify`, `on_open`, the `reply` to an event.
namespace jigd::profile {

namespace {

constexpr std::array identity_parts = {"model", "serial", "firmware"};

std::optional<OwnStep> read_question(const yaml::Node& node, yaml::MapReader& reader, const Codec& codec,
                                     yaml::Problems& problems) {
    const auto before = problems.lines().size();
    auto question = read_own_step(node, reader, "identify", codec, problems);
    if (question && !question->step.form->is_answered()) {
        problems.add(node.mark(), "identify has no key 'match', which is required");
    }
    return problems.lines().size() == before ? std::move(question) : std::nullopt;
}

/// The groups that the parts are made of, each of which must be captured.
std::vector<std::string> groups_in(const Identify& identify, const yaml::Node& node,
                                   yaml::Problems& problems) {
    const auto captured = identify.captures();
    std::vector<std::string> used(identity_parts.begin(), identity_parts.end());
    for (const auto& [name, text] : identify.parts) {
        for (const auto& piece : Identify::pieces_of(text)) {
            if (!piece.is_group) {
                continue;
            }
            used.push_back(piece.text);
            if (std::find(captured.begin(), captured.end(), piece.text) == captured.end()) {
                problems.add(mark_of(node, name), "identify: '{" + cut(piece.text) +
                                                      "}' is captured by no match" +
                                                      did_you_mean(piece.text, captured));
            }
        }
    }
    return used;
}

/// A model is proven by the match; what tells one board from another like it must come from the board.
void refuse_constants(const Identify& identify, const yaml::Node& node, yaml::Problems& problems) {
    for (const auto* part : {"serial", "firmware"}) {
        const auto found = identify.parts.find(part);
        const auto pieces = found == identify.parts.end() ? std::vector<Identify::Piece>{}
                                                          : Identify::pieces_of(found->second);
        if (!pieces.empty() && std::none_of(pieces.begin(), pieces.end(),
                                            [](const Identify::Piece& piece) { return piece.is_group; })) {
            problems.add(mark_of(node, part), "identify." + std::string(part) +
                                                  ": the board does not say it, so it would prove nothing; "
                                                  "capture it, or leave it out");
        }
    }
}

/// Each group of a question must be one of `known`: said where it stands, in the match or among the fields.
void check_captures(const Step& question, const std::vector<std::string>& known, const yaml::Node& node,
                    yaml::Problems& problems) {
    const auto fields = node.find("fields");
    for (const auto& group : question.form->captures()) {
        const auto mark = fields && fields->find(group) ? key_mark(*fields, group) : mark_of(node, "match");
        check_groups({group}, known, mark, problems);
    }
}

/// Each group says something of the board, and one of them at least.
void check_identify(const Identify& identify, const yaml::Node& node, yaml::Problems& problems) {
    const auto steps = node.find("steps");
    const auto before = problems.lines().size();
    const auto known = groups_in(identify, node, problems);
    if (problems.lines().size() != before) {
        return; // what is misspelt leaves its group without a meaning
    }
    refuse_constants(identify, node, problems);
    const auto first = steps ? steps->items().front() : node;
    check_captures(identify.step, known, first, problems);
    for (std::size_t index = 0; index < identify.further.size(); ++index) {
        check_captures(identify.further[index].step, known, steps->items()[index + 1], problems);
    }
    if (identify.captures().empty() && identify.parts.empty()) {
        problems.add(mark_of(first, "match"),
                     "identify: the match says nothing of the board; capture at least one of "
                     "(?P<model>...), (?P<serial>...), (?P<firmware>...)");
    }
}

/// `read`: how the first question is read.
std::optional<Identify> read_questions(const yaml::Node& node, const Codec& codec, yaml::Problems& problems) {
    yaml::MapReader reader(node, "identify", problems);
    std::map<std::string, std::string> parts;
    for (const auto* part : identity_parts) {
        if (const auto text = reader.string(part)) {
            parts.emplace(part, *text);
        }
    }
    const auto steps = reader.node("steps");
    if (!steps) {
        auto question = read_question(node, reader, codec, problems);
        return question ? std::optional(Identify{
                              std::move(question->step), std::move(question->example), {}, std::move(parts)})
                        : std::nullopt;
    }
    reader.finish();
    std::vector<OwnStep> questions;
    for (const auto& item : items_of(steps, "identify.steps", problems)) {
        yaml::MapReader step(item, "identify", problems);
        if (auto question = read_question(item, step, codec, problems)) {
            questions.push_back(std::move(*question));
        }
    }
    if (steps->type() == yaml::Node::Type::list && steps->items().empty()) {
        problems.add(steps->mark(),
                     "identify.steps: it needs at least one step, such as - {send: \"ID?\", match: "
                     "'(?P<serial>.+)'}");
    }
    if (questions.empty()) {
        return std::nullopt;
    }
    Identify identify{questions.front().step, questions.front().example, {}, std::move(parts)};
    identify.further.assign(questions.begin() + 1, questions.end());
    return identify;
}

} // namespace

std::optional<OwnStep> read_own_step(const yaml::Node& node, yaml::MapReader& reader, const std::string& what,
                                     const Codec& codec, yaml::Problems& problems) {
    const auto before = problems.lines().size();
    auto step = read_step(reader, codec, problems);
    const auto example = reader.node("example");
    reader.finish();
    if (!step || problems.lines().size() != before) {
        return std::nullopt;
    }
    if (!step->form->is_sent()) {
        problems.add(node.mark(), what + " has no key 'send', which is required");
        return std::nullopt;
    }
    if (!step->form->params().empty()) {
        problems.add(mark_of(node, "send"), what + ": the command has no parameters, so no placeholders");
        return std::nullopt;
    }
    Exchange exchange;
    if (example && step->form->is_answered()) {
        exchange.rx = codec.read_body(*example, problems).value_or("");
        if (!step->form->may_answer(exchange.rx)) {
            problems.add(example->mark(), "the example '" + cut(codec.describe(exchange.rx)) +
                                              "' does not match " + step->form->answer_text());
        }
    }
    try {
        exchange.tx = body_of(codec, step->form->encode(nlohmann::json::object()));
    } catch (const Error& error) {
        problems.add(node.mark(), what + ": the command can't be sent: " + error.what());
    }
    return problems.lines().size() == before ? std::optional(OwnStep{std::move(*step), std::move(exchange)})
                                             : std::nullopt;
}

std::optional<Identify> read_identify(const std::optional<yaml::Node>& node, const Codec& codec,
                                      const yaml::Mark& board, yaml::Problems& problems) {
    if (!node) {
        problems.add(board, "profile has no key 'identify', which is required: how the board is asked who it "
                            "is, such as {send: \"ID?\", match: '^ID (?P<serial>\\S+)$'}, or none");
        return std::nullopt;
    }
    if (node->type() == yaml::Node::Type::scalar) {
        if (node->text() != "none") {
            problems.add(node->mark(), "identify: expected none or a map, such as {send: \"ID?\", match: "
                                       "'^ID (?P<serial>\\S+)$'}");
        }
        return std::nullopt;
    }
    const auto before = problems.lines().size();
    auto identify = read_questions(*node, codec, problems);
    if (identify && problems.lines().size() == before) {
        check_identify(*identify, *node, problems);
    }
    return problems.lines().size() == before ? std::move(identify) : std::nullopt;
}

std::vector<OwnStep> read_on_open(const std::optional<yaml::Node>& node, const Codec& codec,
                                  yaml::Problems& problems) {
    std::vector<OwnStep> steps;
    for (const auto& item : items_of(node, "on_open", problems)) {
        yaml::MapReader reader(item, "on_open", problems);
        auto step = read_own_step(item, reader, "on_open", codec, problems);
        if (!step) {
            continue;
        }
        check_groups(step->step.form->captures(), {}, mark_of(item, "match"), problems);
        steps.push_back(std::move(*step));
    }
    return steps;
}

std::shared_ptr<const StepForm> read_reply(const std::optional<yaml::Node>& node, const Codec& codec,
                                           yaml::Problems& problems) {
    if (!node) {
        return nullptr;
    }
    const yaml::Node step(std::make_shared<const yaml::Node::Data>(yaml::Node::Data{
        yaml::Node::Type::map, node->mark(), "", false, {}, {{"send", node->mark(), *node}}}));
    yaml::MapReader reader(step, "reply", problems);
    auto form = codec.read_step(reader, problems);
    if (form && !form->params().empty()) {
        problems.add(node->mark(), "reply: the command has no parameters, so no placeholders");
        return nullptr;
    }
    return form;
}

} // namespace jigd::profile
