#include "drivers/line/line_options.hpp"

#include "core/nearest.hpp"
#include "drivers/line/line_answer.hpp"
#include "profile/codec_reading.hpp"

namespace jigd::drivers {

namespace {

std::string usual_form(Checksum kind) {
    return "%0" + std::to_string(2 * size_of(kind)) + "X";
}

std::optional<LineChecksum> read_checksum(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    yaml::MapReader reader(*node, "line.checksum", problems);
    const auto kind_node = reader.required_node("kind");
    const auto name = kind_node ? yaml::read_string(*kind_node, problems) : std::nullopt;
    const auto found = name ? checksum_named(*name) : std::nullopt;
    const auto kind = found.value_or(Checksum::exclusive_or); // for the mistakes of what follows
    if (name && !found) {
        problems.add(kind_node->mark(), "line.checksum.kind: '" + *name + "' is not a checksum" +
                                            did_you_mean(*name, checksum_names()));
    }
    auto start = profile::wire_text_or(reader, "start", "", problems);
    auto end = profile::wire_text_or(reader, "end", "", problems);
    const auto form_node = reader.node("form");
    const auto form = form_node ? yaml::read_string(*form_node, problems) : std::optional(usual_form(kind));
    auto format =
        form ? profile::construct<profile::NumberFormat>(form_node ? form_node->mark() : node->mark(),
                                                         "line.checksum.form", problems, *form)
             : std::nullopt;
    reader.finish();
    if (!found || !format) {
        return std::nullopt;
    }
    if (end.empty() && !LineChecksum::has_fixed_width(kind, *format)) {
        problems.add(
            form_node ? form_node->mark() : node->mark(),
            "line.checksum: where nothing stands between the text and its checksum, that needs a fixed "
            "width, such as form: \"" +
                usual_form(kind) + "\"; or say what stands there, such as end: \"*\"");
    }
    return LineChecksum(kind, std::move(start), std::move(end), *format);
}

} // namespace

LineOptions read_line_options(const std::optional<yaml::Node>& section, yaml::Problems& problems) {
    LineOptions options;
    if (!section) {
        return options;
    }
    yaml::MapReader reader(*section, "line", problems);
    const auto size = [&](std::string_view key, std::size_t fallback, yaml::Range<std::int64_t> range) {
        return static_cast<std::size_t>(reader.integer_or(key, static_cast<std::int64_t>(fallback), range));
    };
    options.send_end = profile::wire_text_or(reader, "send_end", options.send_end, problems);
    if (const auto reply_end = reader.node("reply_end")) {
        options.reply_end = profile::read_wire_text(*reply_end, problems).value_or(options.reply_end);
        if (options.reply_end.empty()) {
            problems.add(reply_end->mark(), "line.reply_end: an answer needs an end, such as \"\\r\\n\"");
            options.reply_end = "\n";
        }
    }
    if (const auto prompt = reader.node("prompt")) {
        options.prompt = profile::read_wire_text(*prompt, problems).value_or("");
        if (is_blank_line(options.prompt) || options.prompt.find(options.reply_end) != std::string::npos) {
            problems.add(prompt->mark(), "line.prompt: expected what the board writes at the beginning of a "
                                         "line when it awaits a command, such as \"> \"");
            options.prompt = "> "; // for the mistakes of what follows
        }
    }
    options.echo = reader.bool_or("echo", options.echo);
    options.longest = size("longest", options.longest, {16, 1 << 20});
    options.max_lines = size("max_lines", options.max_lines, {1, 65'536});
    options.is_latin1 = reader.word_or("encoding", "utf-8", {"utf-8", "latin1"}) == "latin1";
    options.checksum = read_checksum(reader.node("checksum"), problems);
    reader.finish();
    return options;
}

} // namespace jigd::drivers
