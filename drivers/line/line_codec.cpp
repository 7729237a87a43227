#include "drivers/line/line_codec.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/nearest.hpp"
#include "core/utf8.hpp"
#include "drivers/line/line_finder.hpp"
#include "drivers/line/line_form.hpp"
#include "profile/codec_reading.hpp"
#include "profile/profile.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

/// A command must not end itself: its frame ends it.
void check_one_line(std::string_view send, const std::string& end, int data_bits, const yaml::Mark& mark,
                    yaml::Problems& problems) {
    if (send.find_first_of(std::string("\r\n\0", 3)) != std::string::npos ||
        (!end.empty() && send.find(end) != std::string::npos)) {
        problems.add(mark, "send: the command holds a line end; jigd appends line.send_end itself, and a "
                           "second command is a step of its own");
    }
    const auto wide = std::find_if(send.begin(), send.end(),
                                   [](char letter) { return static_cast<unsigned char>(letter) >= 0x80; });
    if (data_bits < 8 && wide != send.end()) {
        problems.add(mark, "send: the byte 0x" + profile::hex(static_cast<unsigned char>(*wide)) +
                               " does not fit the 7 bits of serial.mode");
    }
}

std::shared_ptr<const profile::Matcher> matcher_of(std::optional<profile::Pattern> pattern) {
    return pattern ? std::make_shared<PatternMatcher>(std::move(*pattern)) : nullptr;
}

} // namespace

LineCodec::LineCodec(Options options, int data_bits) : options_(std::move(options)), data_bits_(data_bits) {}

std::shared_ptr<const profile::Codec> LineCodec::read(const std::optional<yaml::Node>& section,
                                                      const profile::Serial& serial,
                                                      yaml::Problems& problems) {
    return std::make_shared<LineCodec>(read_line_options(section, problems), serial.data_bits);
}

/// Where the answer of a step ends; nullopt when it has none. What the step says goes before the prompt, for
/// a command behind which none comes.
std::optional<AnswerShape> LineCodec::read_shape(const AnswerNodes& nodes, yaml::Problems& problems) const {
    const auto& [match, lines, until] = nodes;
    const bool has_prompt = !options_.prompt.empty();
    static const std::vector<std::string> prompt_word{"prompt"};
    const bool is_until_prompt = until && until->text() == prompt_word.front();
    AnswerShape shape{.until = is_until_prompt ? std::nullopt : profile::read_pattern(until, problems),
                      .at_prompt = has_prompt && !lines && (!until || is_until_prompt)};
    if (lines) {
        const yaml::Range<std::int64_t> range{1, static_cast<std::int64_t>(options_.max_lines)};
        shape.lines = static_cast<std::size_t>(yaml::read_integer(*lines, range, problems).value_or(1));
    }
    if (lines && until) {
        problems.add(lines->mark(),
                     "lines: an answer ends after so many lines, or with what 'until' says; leave "
                     "one of them out");
    } else if (until && !is_until_prompt && has_prompt && profile::is_identifier(until->text()) &&
               !nearest(until->text(), prompt_word).empty()) {
        problems.add(until->mark(), "until: '" + profile::cut(until->text()) +
                                        "' is a line of the answer here" +
                                        did_you_mean(until->text(), prompt_word));
    } else if (is_until_prompt && !has_prompt) {
        problems.add(until->mark(), "until: the profile has no prompt; write it into line.prompt, such as "
                                    "line: {prompt: \"> \"}");
    } else if (lines && !match) {
        problems.add(lines->mark(),
                     "lines: without 'match' nothing says what the lines must be; write match: "
                     "'(?s).*' where that does not matter");
    }
    return match || until || has_prompt ? std::optional(std::move(shape)) : std::nullopt;
}

std::shared_ptr<const profile::StepForm> LineCodec::read_step(yaml::MapReader& step,
                                                              yaml::Problems& problems) const {
    const auto before = problems.lines().size();
    const AnswerNodes nodes{
        .match = step.node("match"), .lines = step.node("lines"), .until = step.node("until")};
    const auto send = nodes.match || nodes.until ? step.node("send") : step.required_node("send");
    LineForm::Parts parts{
        .end = options_.send_end, .checksum = options_.checksum, .is_latin1 = options_.is_latin1};
    parts.match = profile::read_pattern(nodes.match, problems);
    parts.answer = read_shape(nodes, problems);
    if (parts.answer && parts.answer->at_prompt && !nodes.match && !nodes.until) {
        parts.match.emplace(""); // the prompt alone
    }
    if (const auto text = send ? yaml::read_string(*send, problems) : std::nullopt) {
        parts.send = profile::construct<profile::Template>(send->mark(), "send", problems, *text,
                                                           options_.send_end, data_bits_);
    }
    if (problems.lines().size() != before) {
        return nullptr;
    }
    if (parts.send) {
        check_one_line(parts.send->literals(), options_.send_end, data_bits_, send->mark(), problems);
    }
    return std::make_shared<LineForm>(std::move(parts));
}

std::shared_ptr<const profile::Matcher> LineCodec::read_match(const yaml::Node& match,
                                                              yaml::Problems& problems) const {
    return matcher_of(profile::read_pattern(match, problems));
}

std::shared_ptr<const profile::Matcher> LineCodec::read_banner(const yaml::Node& match,
                                                               yaml::Problems& problems) const {
    const auto text = yaml::read_string(match, problems);
    // Looked for anywhere in a line, it needs no anchors.
    return text ? matcher_of(profile::construct<profile::Pattern>(match.mark(), "match", problems,
                                                                  profile::without_anchors(*text)))
                : nullptr;
}

std::optional<std::string> LineCodec::read_body(const yaml::Node& node, yaml::Problems& problems) const {
    auto body = profile::read_wire_text(node, problems);
    if (body && body->find('\n') != std::string::npos) {
        const auto lines = lines_of(*body);
        if (std::any_of(lines.begin(), lines.end(), is_blank_line)) {
            problems.add(node.mark(), "'" + profile::cut(printable(*body)) +
                                          "' has an empty line; those that a board writes are left out, so "
                                          "leave it out here, too");
        }
    }
    return body;
}

std::unique_ptr<profile::FrameFinder> LineCodec::finder(profile::Side side) const {
    return finder(side, LineSorter());
}

std::unique_ptr<profile::FrameFinder> LineCodec::finder_for(profile::Side side,
                                                            const profile::Profile& profile) const {
    return finder(side, LineSorter(profile));
}

std::unique_ptr<profile::FrameFinder> LineCodec::finder(profile::Side side, LineSorter sorter) const {
    if (side == profile::Side::board) {
        return std::make_unique<CommandFinder>(options_.send_end, options_.checksum);
    }
    return std::make_unique<LineFinder>(
        LineFinder::Options{.end = options_.reply_end,
                            .prompt = options_.prompt,
                            .echo = options_.echo,
                            .command_end = options_.send_end,
                            .limits = {.bytes = options_.longest, .lines = options_.max_lines},
                            .checksum = options_.checksum},
        std::move(sorter));
}

std::string LineCodec::framed_line(std::string_view line) const {
    return (options_.checksum ? options_.checksum->wrapped(line) : std::string(line)) + options_.reply_end;
}

std::string LineCodec::framed(std::string_view body) const {
    std::string frame;
    for (const auto& line : lines_of(std::string(body))) {
        frame += framed_line(line);
    }
    return frame;
}

std::string LineCodec::echo_of(std::string_view body) const {
    return framed_line(body);
}

std::string LineCodec::describe(std::string_view body) const {
    return printable(body);
}

/// Where nothing but the end is sent, it is shown.
std::string LineCodec::describe_frame(std::string_view frame) const {
    if (frame.size() > options_.send_end.size() && frame.ends_with(options_.send_end)) {
        frame.remove_suffix(options_.send_end.size());
    }
    return printable(frame);
}

bool LineCodec::is_blank(std::string_view body) const {
    return is_blank_line(body);
}

/// The echo may or may not have the end that answers have, so an answer can follow in the same line.
std::optional<std::string> LineCodec::behind_echo(std::string_view body, std::string_view frame) const {
    if (frame.size() < options_.send_end.size()) {
        return std::nullopt; // a step that sends nothing
    }
    frame.remove_suffix(options_.send_end.size());
    if (!body.starts_with(frame)) {
        return std::nullopt;
    }
    const auto rest = body.find_first_not_of("\r\n", frame.size());
    return std::string(rest == std::string_view::npos ? std::string_view() : body.substr(rest));
}

std::string LineCodec::about_overlong() const {
    return fmt::format(
        "is longer than line.longest ({} bytes) or line.max_lines ({}), or does not end as the "
        "profile says (reply_end, until, prompt)",
        options_.longest, options_.max_lines);
}

std::string LineCodec::about_partial() const {
    return "before its end; raise timeouts.gap, or check what ends an answer (reply_end, lines, until, "
           "prompt) "
           "and the cable";
}

} // namespace jigd::drivers
