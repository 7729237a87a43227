#include "drivers/binary/read_escaping.hpp"

#include <algorithm>
#include <string>

#include "drivers/hex_text.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

/// One byte; 0 after a problem.
char read_byte(const yaml::Node& node, const std::string& what, yaml::Problems& problems) {
    const auto bytes = from_hex(node.text());
    if (node.type() != yaml::Node::Type::scalar || !bytes || bytes->size() != 1) {
        problems.add(node.mark(), what + ": expected one byte in hexadecimal, such as \"7D\", was '" +
                                      profile::cut(node.text()) + "'");
        return '\0';
    }
    return bytes->front();
}

std::string hex_of(char byte) {
    return to_hex(std::string(1, byte));
}

} // namespace

std::optional<Escaping> read_escaping(const yaml::Node& stuffing, yaml::Problems& problems) {
    const auto before = problems.lines().size();
    yaml::MapReader reader(stuffing, "binary.stuffing", problems);
    const auto escape = reader.required_node("escape");
    const auto inverted = reader.required_node("xor");
    const auto of = reader.required_node("of");
    reader.finish();
    if (!escape || !inverted || !of) {
        return std::nullopt;
    }
    Escaping escaping{.escape = read_byte(*escape, "binary.stuffing: escape", problems),
                      .inverted =
                          static_cast<unsigned char>(read_byte(*inverted, "binary.stuffing: xor", problems))};
    if (of->type() != yaml::Node::Type::list) {
        problems.add(of->mark(),
                     "binary.stuffing: of is a list of the bytes that are escaped, such as [\"AA\", \"7D\"]");
        return std::nullopt;
    }
    for (const auto& byte : of->items()) {
        escaping.of += read_byte(byte, "binary.stuffing: of", problems);
    }
    return problems.lines().size() == before ? std::optional(std::move(escaping)) : std::nullopt;
}

void check_escaping(const BinaryWire& wire, const yaml::Node& stuffing, yaml::Problems& problems) {
    const auto& escaping = *wire.escaping;
    const auto& head = wire.layout.head();
    const auto of = stuffing.find("of")->mark();
    if (head.empty()) {
        problems.add(stuffing.mark(),
                     "binary.stuffing: such a frame begins with bytes of its own, as in frame: "
                     "[\"AA\", body]; write slip or hdlc where one byte ends each frame");
        return;
    }
    for (const auto& [byte, what] :
         {std::pair(head.front(), "the frame begins with "), std::pair(escaping.escape, "the escape is ")}) {
        if (!escaping.escapes(byte)) {
            problems.add(of, "binary.stuffing: " + (what + hex_of(byte)) + ", which of lacks");
        }
    }
    const auto twice = std::find_if(escaping.of.begin(), escaping.of.end(),
                                    [&](char byte) { return escaping.escapes(escaping.inverse(byte)); });
    if (twice != escaping.of.end()) {
        problems.add(stuffing.find("xor")->mark(),
                     "binary.stuffing: " + hex_of(*twice) + " would be sent as " +
                         hex_of(escaping.inverse(*twice)) + ", which is in of, too; write another xor");
    }
    const auto in_tail = [&](char byte) {
        return wire.ends_by_tail() && wire.layout.tail().find(byte) != std::string::npos;
    };
    if (in_tail(head.front())) {
        problems.add(stuffing.mark(), "binary.stuffing: the frame begins and ends with " +
                                          hex_of(head.front()) +
                                          ", by which nothing tells its end; write stuffing: hdlc, and the "
                                          "frame without these");
    } else if (in_tail(escaping.escape)) {
        problems.add(stuffing.mark(), "binary.stuffing: the frame ends with the escape " +
                                          hex_of(escaping.escape) + ", by which nothing tells its end");
    }
}

} // namespace jigd::drivers
