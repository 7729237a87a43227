#include "drivers/binary/read_wire.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/nearest.hpp"
#include "drivers/binary/read_escaping.hpp"
#include "drivers/hex_text.hpp"
#include "profile/text.hpp"

namespace jigd::drivers {

namespace {

using Kind = Layout::Item::Kind;

constexpr std::string_view item_hint =
    "binary.frame: expected bytes in hexadecimal (\"AA 55\"), body, {length: u8, of: [body]}, "
    "{sequence: u8, first: 1, last: 255} or {checksum: crc16_modbus, of: [length, body]}";

constexpr std::int64_t default_longest = 256;

ByteOrder read_order(yaml::MapReader& reader, ByteOrder fallback) {
    const auto word =
        reader.word_or("order", fallback == ByteOrder::little ? "little" : "big", {"big", "little"});
    return word == "little" ? ByteOrder::little : ByteOrder::big;
}

std::size_t bytes_of_type(const std::string& type) {
    return type == "u8" ? 1 : type == "u16" ? 2 : 4;
}

/// Reads the list of a frame. What `of` names may come later in the list, so it is looked up at the end.
class FrameReader {
  public:
    FrameReader(ByteOrder order, yaml::Problems& problems) : order_(order), problems_(problems) {}

    void read(const yaml::Node& frame) {
        const auto before = problems_.lines().size();
        for (const auto& item : frame.items()) {
            item.type() == yaml::Node::Type::map ? read_map(item) : read_scalar(item);
        }
        for (const auto kind : {Kind::body, Kind::length, Kind::sequence}) {
            check_single(kind);
        }
        check_places(frame.mark());
        if (problems_.lines().size() != before) {
            return; // what is missing may be what was misspelt
        }
        for (std::size_t place = 0; place < items_.size(); ++place) {
            if (items_[place].kind == Kind::length || items_[place].kind == Kind::checksum) {
                read_of(place);
            }
        }
    }

    [[nodiscard]] const std::vector<Layout::Item>& items() const { return items_; }
    [[nodiscard]] const Layout::Sequence& sequence() const { return sequence_; }

  private:
    void read_scalar(const yaml::Node& item) {
        if (item.text() == "body") {
            add({.kind = Kind::body, .name = "body"}, item.mark(), std::nullopt);
            return;
        }
        const auto bytes = from_hex(item.text());
        if (item.type() != yaml::Node::Type::scalar || !bytes || bytes->empty()) {
            const auto near = did_you_mean(item.text(), std::vector<std::string>{"body"});
            problems_.add(item.mark(), std::string(item_hint) + near);
            return;
        }
        add({.kind = Kind::literal, .name = to_hex(*bytes), .literal = *bytes, .size = bytes->size()},
            item.mark(), std::nullopt);
    }

    void read_map(const yaml::Node& item) {
        yaml::MapReader reader(item, "binary.frame", problems_);
        const auto length = reader.node("length");
        const auto sequence = reader.node("sequence");
        const auto checksum = reader.node("checksum");
        if ((length ? 1 : 0) + (sequence ? 1 : 0) + (checksum ? 1 : 0) != 1) {
            problems_.add(item.mark(), item_hint);
            return;
        }
        if (length) {
            read_length(*length, reader);
        } else if (sequence) {
            read_sequence(*sequence, reader);
        } else {
            read_checksum(*checksum, reader);
        }
        reader.finish();
    }

    void add(Layout::Item item, const yaml::Mark& mark, std::optional<yaml::Node> of) {
        items_.push_back(std::move(item));
        marks_.push_back(mark);
        ofs_.push_back(std::move(of));
    }
    void add_numbered(Layout::Item item, yaml::MapReader& reader) {
        item.order = read_order(reader, order_);
        auto of = item.kind == Kind::sequence ? std::nullopt : reader.node("of");
        add(std::move(item), reader.mark(), std::move(of));
    }

    void read_length(const yaml::Node& node, yaml::MapReader& reader) {
        const auto type = yaml::read_word(node, {"u8", "u16", "u32"}, problems_).value_or("u8");
        const auto adds = reader.integer_or("adds", 0, {-65'536, 65'536});
        add_numbered({.kind = Kind::length, .name = "length", .size = bytes_of_type(type), .adds = adds},
                     reader);
    }

    void read_checksum(const yaml::Node& node, yaml::MapReader& reader) {
        const auto kind = checksum_named(yaml::read_word(node, checksum_names(), problems_).value_or("sum8"));
        add_numbered({.kind = Kind::checksum, .name = "checksum", .size = size_of(*kind), .checksum = *kind},
                     reader);
    }

    void read_sequence(const yaml::Node& node, yaml::MapReader& reader) {
        const auto type = yaml::read_word(node, {"u8", "u16"}, problems_).value_or("u8");
        const std::int64_t highest = type == "u8" ? 0xFF : 0xFFFF;
        const auto first = reader.integer_or("first", 0, {0, highest});
        const auto last = reader.integer_or("last", highest, {0, highest});
        const auto unasked = reader.node("unasked");
        const auto number = reader.integer_or("unasked", 0, {0, highest});
        sequence_ = {.first = static_cast<std::uint64_t>(first), .last = static_cast<std::uint64_t>(last)};
        if (first >= last) {
            problems_.add(reader.mark(), "binary.frame: a sequence number rises from first to last; write a "
                                         "last above first, such as {sequence: u8, first: 1, last: 255}");
            sequence_ = {};
        }
        if (unasked && sequence_.holds(static_cast<std::uint64_t>(number))) {
            problems_.add(unasked->mark(),
                          "binary.frame: unasked is the number of what no command asked for; "
                          "choose one that is not between first and last");
        } else if (unasked) {
            sequence_.unasked = static_cast<std::uint64_t>(number);
        }
        add_numbered({.kind = Kind::sequence, .name = "sequence", .size = bytes_of_type(type)}, reader);
    }

    void check_single(Kind kind) {
        bool is_there = false;
        for (std::size_t place = 0; place < items_.size(); ++place) {
            if (items_[place].kind == kind && std::exchange(is_there, true)) {
                problems_.add(marks_[place],
                              "binary.frame: a second " + items_[place].name + "; a frame has one");
            }
        }
    }

    void check_places(const yaml::Mark& mark) {
        const auto place_of = [this](Kind kind) {
            return std::find_if(items_.begin(), items_.end(),
                                [kind](const Layout::Item& item) { return item.kind == kind; });
        };
        const auto body = place_of(Kind::body);
        const auto length = place_of(Kind::length);
        if (body == items_.end()) {
            problems_.add(mark,
                          "binary.frame: it lacks body, the place of what a step sends, such as [\"AA\", "
                          "{length: u8, of: [body]}, body]");
        } else if (length != items_.end() && length > body) {
            problems_.add(marks_[static_cast<std::size_t>(length - items_.begin())],
                          "binary.frame: a length behind the body can't be found; write it before body");
        }
    }

    /// The names that `of` may use.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& item : items_) {
            names.push_back(item.name);
        }
        return names;
    }

    void read_of(std::size_t place) {
        auto& item = items_[place];
        const auto& of = ofs_[place];
        if (!of || of->type() != yaml::Node::Type::list || of->items().empty()) {
            problems_.add(of ? of->mark() : marks_[place],
                          "binary.frame: say what the " + item.name + " is of, such as of: [" +
                              (item.kind == Kind::length ? "body" : "length, body") + "]");
            return;
        }
        for (const auto& node : of->items()) {
            const auto bytes = from_hex(node.text());
            const auto name = bytes && !bytes->empty() ? to_hex(*bytes) : node.text();
            const auto found = std::find_if(items_.begin(), items_.end(),
                                            [&](const Layout::Item& each) { return each.name == name; });
            const auto index = static_cast<std::size_t>(found - items_.begin());
            if (found == items_.end()) {
                problems_.add(node.mark(), "binary.frame: there is no '" + profile::cut(node.text()) +
                                               "' in it" + did_you_mean(node.text(), names()) +
                                               "; of takes length, sequence, body, checksum and the frame's "
                                               "own bytes as they are written");
            } else if (item.kind == Kind::checksum && found->kind == Kind::checksum && index >= place) {
                problems_.add(node.mark(), "binary.frame: a checksum can't be of itself or of a later one");
            } else {
                item.of.push_back(index);
            }
        }
        if (item.kind == Kind::length &&
            std::none_of(item.of.begin(), item.of.end(),
                         [this](std::size_t each) { return items_[each].kind == Kind::body; })) {
            problems_.add(of->mark(), "binary.frame: the length must count the body; write it into of");
        }
    }

    const ByteOrder order_;
    yaml::Problems& problems_;
    std::vector<Layout::Item> items_;
    std::vector<yaml::Mark> marks_;              ///< of each item
    std::vector<std::optional<yaml::Node>> ofs_; ///< of each item
    Layout::Sequence sequence_;
};

std::vector<Layout::Item> body_alone() {
    return {{.kind = Kind::body, .name = "body"}};
}

BinaryWire bare_wire(std::size_t longest) {
    return {.layout = Layout(body_alone(), {}, longest), .stuffing = {}, .order = ByteOrder::big};
}

std::optional<Stuffing> read_stuffing(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    const auto word = node ? yaml::read_word(*node, {"none", "slip", "hdlc"}, problems) : std::nullopt;
    return word == "slip" ? std::optional(slip) : word == "hdlc" ? std::optional(hdlc) : std::nullopt;
}

} // namespace

BinaryWire read_binary_wire(const std::optional<yaml::Node>& section, yaml::Problems& problems) {
    if (!section) {
        return bare_wire(default_longest);
    }
    const auto before = problems.lines().size();
    yaml::MapReader reader(*section, "binary", problems);
    const auto order = read_order(reader, ByteOrder::big);
    const auto longest =
        reader.integer_or("longest", default_longest, {1, static_cast<std::int64_t>(Layout::max_longest)});
    const auto stuffing = reader.node("stuffing");
    const bool is_map = stuffing && stuffing->type() == yaml::Node::Type::map;
    const auto round_frame = is_map ? std::nullopt : read_stuffing(stuffing, problems);
    const auto within_frame = is_map ? read_escaping(*stuffing, problems) : std::nullopt;
    const auto frame = reader.node("frame");
    FrameReader layout(order, problems);
    if (frame && frame->type() == yaml::Node::Type::list) {
        layout.read(*frame);
    } else if (frame && frame->text() != "none") {
        problems.add(frame->mark(),
                     "binary.frame: expected none, or a list of what a frame is made of, such "
                     "as [\"AA\", {length: u8, of: [body]}, body, {checksum: sum8, of: [body]}]");
    }
    reader.finish();
    if (problems.lines().size() != before) {
        return bare_wire(Layout::max_longest);
    }
    auto items = layout.items().empty() ? body_alone() : layout.items();
    BinaryWire wire{.layout = Layout(std::move(items), layout.sequence(), static_cast<std::size_t>(longest)),
                    .stuffing = round_frame,
                    .escaping = within_frame,
                    .order = order};
    if (wire.escaping) {
        check_escaping(wire, *stuffing, problems);
    }
    return problems.lines().size() == before ? wire : bare_wire(Layout::max_longest);
}

} // namespace jigd::drivers
