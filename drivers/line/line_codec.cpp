#include "drivers/line/line_codec.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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
    Options options;
    if (section) {
        yaml::MapReader reader(*section, "line", problems);
        options.send_end = profile::wire_text_or(reader, "send_end", options.send_end, problems);
        if (const auto reply_end = reader.node("reply_end")) {
            options.reply_end = profile::read_wire_text(*reply_end, problems).value_or(options.reply_end);
            if (options.reply_end.empty()) {
                problems.add(reply_end->mark(), "line.reply_end: an answer needs an end, such as \"\\r\\n\"");
                options.reply_end = "\n";
            }
        }
        options.echo = reader.bool_or("echo", options.echo);
        options.longest = static_cast<std::size_t>(
            reader.integer_or("longest", static_cast<std::int64_t>(options.longest), {16, 1 << 20}));
        reader.finish();
    }
    return std::make_shared<LineCodec>(std::move(options), serial.data_bits);
}

std::shared_ptr<const profile::StepForm> LineCodec::read_step(yaml::MapReader& step,
                                                              yaml::Problems& problems) const {
    const auto send_node = step.required_node("send");
    const auto match_node = step.node("match");
    auto match = profile::read_pattern(match_node, problems);
    const auto text = send_node ? yaml::read_string(*send_node, problems) : std::nullopt;
    if (!text) {
        return nullptr;
    }
    auto send = profile::construct<profile::Template>(send_node->mark(), "send", problems, *text,
                                                      options_.send_end, data_bits_);
    if (!send || (match_node && !match)) {
        return nullptr;
    }
    check_one_line(send->literals(), options_.send_end, data_bits_, send_node->mark(), problems);
    return std::make_shared<LineForm>(std::move(*send), std::move(match), options_.send_end);
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
    return profile::read_wire_text(node, problems);
}

std::unique_ptr<profile::FrameFinder> LineCodec::finder(profile::Side side) const {
    constexpr std::size_t longest_command = 65'536;
    return side == profile::Side::host
               ? std::make_unique<LineFinder>(options_.reply_end, options_.longest, side)
               : std::make_unique<LineFinder>(options_.send_end, longest_command, side);
}

std::string LineCodec::framed(std::string_view body) const {
    return std::string(body) + options_.reply_end;
}

std::string LineCodec::describe(std::string_view body) const {
    return printable(body);
}

std::string LineCodec::describe_frame(std::string_view frame) const {
    if (frame.ends_with(options_.send_end)) {
        frame.remove_suffix(options_.send_end.size());
    }
    return printable(frame);
}

bool LineCodec::is_blank(std::string_view body) const {
    return is_blank_line(body);
}

/// The echo may or may not have the end that answers have, so an answer can follow in the same line.
std::optional<std::string> LineCodec::behind_echo(std::string_view body, std::string_view frame) const {
    frame.remove_suffix(options_.send_end.size());
    if (!body.starts_with(frame)) {
        return std::nullopt;
    }
    const auto rest = body.find_first_not_of("\r\n", frame.size());
    return std::string(rest == std::string_view::npos ? std::string_view() : body.substr(rest));
}

std::string LineCodec::about_overlong() const {
    return fmt::format("is longer than line.longest ({} bytes), or does not end in the profile's reply_end",
                       options_.longest);
}

std::string LineCodec::about_partial() const {
    return "before the line's end; raise timeouts.gap, or check reply_end and the cable";
}

} // namespace jigd::drivers
