#include "drivers/binary/binary_codec.hpp"

#include <utility>
#include <vector>

#include "core/error.hpp"
#include "drivers/binary/binary_finder.hpp"
#include "drivers/binary/binary_form.hpp"
#include "drivers/binary/read_wire.hpp"
#include "drivers/hex_text.hpp"
#include "profile/codec_reading.hpp"
#include "profile/profile.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

using Bodies = std::vector<std::shared_ptr<const Body>>;

Bodies commands_of(const profile::Profile& profile) {
    Bodies bodies;
    for (const auto* each : profile.forms()) {
        if (const auto* form = dynamic_cast<const BinaryForm*>(each)) {
            bodies.push_back(form->command());
        }
    }
    return bodies;
}

/// What a board says besides answers.
Bodies unasked_of(const profile::Profile& profile) {
    Bodies bodies;
    const auto add = [&bodies](const std::shared_ptr<const profile::Matcher>& matcher) {
        if (const auto* match = dynamic_cast<const BodyMatcher*>(matcher.get())) {
            bodies.push_back(match->body());
        }
    };
    for (const auto& error : profile.errors) {
        add(error.match);
    }
    for (const auto& event : profile.events) {
        add(event.match);
    }
    for (const auto& noise : profile.noise) {
        add(noise.match);
    }
    return bodies;
}

} // namespace

std::shared_ptr<const profile::Codec> BinaryCodec::read(const std::optional<yaml::Node>& section,
                                                        const profile::Serial& /*serial*/,
                                                        yaml::Problems& problems) {
    return std::make_shared<BinaryCodec>(read_binary_wire(section, problems));
}

std::shared_ptr<const Body> BinaryCodec::read(const std::optional<yaml::Node>& node, const std::string& what,
                                              yaml::Problems& problems) const {
    if (!node) {
        return nullptr;
    }
    if (node->type() != yaml::Node::Type::scalar) {
        problems.add(node->mark(), what +
                                       ": expected bytes in hexadecimal and fields, in quotes because of the "
                                       "braces, such as \"62 {output:u8}\"");
        return nullptr;
    }
    const auto body = profile::construct<Body>(node->mark(), what, problems, node->text(), wire_->order,
                                               wire_->ends_itself());
    if (!body) {
        return nullptr;
    }
    if (body->size() && *body->size() + wire_->layout.overhead() > wire_->layout.longest()) {
        problems.add(node->mark(),
                     what + ": its frame has " + std::to_string(*body->size() + wire_->layout.overhead()) +
                         " bytes; raise binary.longest, which is " + std::to_string(wire_->layout.longest()));
    }
    return std::make_shared<const Body>(*body);
}

/// What a match captures; one that it would capture twice is a mistake, but for what repeats the command.
std::shared_ptr<const Body> BinaryCodec::read_captures(const std::optional<yaml::Node>& match,
                                                       const Body* send, yaml::Problems& problems) const {
    auto body = read(match, "match", problems);
    const auto twice = body ? body->repeated() : std::nullopt;
    if (twice && (send == nullptr || send->field(*twice) == nullptr)) {
        problems.add(match->mark(), "match: '" + *twice +
                                        "' is captured twice; give one of them another name, or "
                                        "write {any 1} for what does not matter");
    }
    return body;
}

std::shared_ptr<const profile::StepForm> BinaryCodec::read_step(yaml::MapReader& step,
                                                                yaml::Problems& problems) const {
    const auto before = problems.lines().size();
    auto send = read(step.required_node("send"), "send", problems);
    auto match = read_captures(step.node("match"), send.get(), problems);
    if (send && send->has_any()) {
        problems.add(step.mark(), "send: a command says each of its bytes; {any} is for a match");
    }
    if (send && problems.lines().size() == before) {
        try {
            (void)wire_->frame(std::string(send->size().value_or(0), '\0'), wire_->layout.sequence().first);
        } catch (const Error& error) {
            problems.add(step.mark(), std::string("send: it fits no frame: ") + error.what());
        }
    }
    return send && problems.lines().size() == before
               ? std::make_shared<BinaryForm>(std::move(send), std::move(match), wire_)
               : nullptr;
}

std::shared_ptr<const profile::Matcher> BinaryCodec::read_match(const yaml::Node& match,
                                                                yaml::Problems& problems) const {
    auto body = read_captures(match, nullptr, problems);
    return body ? std::make_shared<BodyMatcher>(std::move(body)) : nullptr;
}

std::shared_ptr<const profile::Matcher> BinaryCodec::read_banner(const yaml::Node& match,
                                                                 yaml::Problems& problems) const {
    return read_match(match, problems);
}

std::optional<std::string> BinaryCodec::read_body(const yaml::Node& node, yaml::Problems& problems) const {
    const auto text = yaml::read_string(node, problems);
    auto bytes = text ? from_hex(*text) : std::nullopt;
    if (text && !bytes) {
        problems.add(node.mark(),
                     "'" + profile::cut(*text) +
                         "' is not bytes in hexadecimal; write them as in \"B1 0F 5A\", without 0x");
    }
    // Of a number alone in front nothing tells whether it is there.
    const bool has_frame = wire_->stuffing || wire_->layout.has_checksum() || !wire_->layout.head().empty();
    if (bytes && has_frame) {
        auto parsed = wire_->parse(*bytes);
        if (parsed.damage.empty() && (!wire_->stuffing || bytes->ends_with(wire_->stuffing->end))) {
            return std::move(parsed.body);
        }
        const bool is_frame = wire_->layout.has_length() && bytes->starts_with(wire_->layout.head());
        if (is_frame && parsed.damage.starts_with("checksum")) {
            problems.add(node.mark(), "'" + profile::cut(*text) + "' has the " + parsed.damage +
                                          "; write the right one, or the body alone");
        }
    }
    return bytes;
}

std::string BinaryCodec::capture_of(std::string_view name) const {
    return "{" + std::string(name) + ":u8} in the match";
}

/// Typed values are not text, which they would be without a schema.
void BinaryCodec::check(const profile::Profile& profile, const yaml::Node& root,
                        yaml::Problems& problems) const {
    const auto events = root.find("events");
    if (!events || events->items().size() != profile.events.size()) {
        return;
    }
    for (std::size_t index = 0; index < profile.events.size(); ++index) {
        const auto& event = profile.events[index];
        const auto item = events->items()[index];
        if (!event.match->groups().empty() && !item.find("values")) {
            problems.add(item.mark(), "event '" + event.name +
                                          "': say what its fields are, such as values: {" +
                                          event.match->groups().front() + ": {type: integer}}");
        }
    }
}

std::unique_ptr<profile::FrameFinder> BinaryCodec::finder(profile::Side side) const {
    return std::make_unique<BinaryFinder>(wire_, side, Bodies());
}

std::unique_ptr<profile::FrameFinder> BinaryCodec::finder_for(profile::Side side,
                                                              const profile::Profile& profile) const {
    return std::make_unique<BinaryFinder>(
        wire_, side, side == profile::Side::board ? commands_of(profile) : unasked_of(profile));
}

std::string BinaryCodec::numbered(std::string frame, std::uint64_t index) const {
    if (!wire_->layout.has_sequence()) {
        return frame;
    }
    const auto parsed = wire_->parse(frame);
    return parsed.damage.empty() ? wire_->frame(parsed.body, wire_->layout.sequence().of(index)) : frame;
}

std::string BinaryCodec::framed(std::string_view body) const {
    const auto& sequence = wire_->layout.sequence();
    return wire_->frame(body, sequence.unasked.value_or(sequence.first));
}

/// "…" stands for secrets, and is shown as it is.
std::string BinaryCodec::describe(std::string_view bytes) const {
    constexpr std::string_view secret = "…";
    std::string text;
    for (;;) {
        const auto place = bytes.find(secret);
        text += to_hex(bytes.substr(0, place));
        if (place == std::string_view::npos) {
            return text;
        }
        text += " … ";
        bytes.remove_prefix(place + secret.size());
    }
}

std::string BinaryCodec::about_overlong() const {
    return "is longer than binary.longest (" + std::to_string(wire_->layout.longest()) + " bytes)";
}

std::string BinaryCodec::about_partial() const {
    return wire_->ends_itself() || wire_->layout.overhead() > 0
               ? "before a frame was whole; raise timeouts.gap, or check binary.frame, speed and the cable"
               : "which is none of the answers in its profile, or not the whole of one; raise timeouts.gap, "
                 "or "
                 "check match, speed and the cable";
}

} // namespace jigd::drivers
