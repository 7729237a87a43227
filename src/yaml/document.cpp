#include "yaml/document.hpp"

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "yaml/reader.hpp"
#include "yaml/source.hpp"
#include "yaml/syntax.hpp"

namespace jigd::yaml {

namespace {

constexpr std::size_t deepest = 64;

/// Turns yaml-cpp's marks, which count bytes from 0, into ours, which count characters from 1.
class Places {
  public:
    Places(const std::string& text, std::string file) : file_(std::move(file)) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) {
                continuations_.push_back(static_cast<int>(i));
            }
        }
    }

    [[nodiscard]] Mark of(const YAML::Mark& mark) const {
        if (mark.is_null()) {
            return {file_, 0, 0};
        }
        const auto extra = continuations_before(mark.pos) - continuations_before(mark.pos - mark.column);
        return {file_, mark.line + 1, mark.column + 1 - static_cast<int>(extra)};
    }

  private:
    [[nodiscard]] std::ptrdiff_t continuations_before(int position) const {
        return std::lower_bound(continuations_.begin(), continuations_.end(), position) -
               continuations_.begin();
    }

    std::string file_;
    std::vector<int> continuations_; ///< offsets of the bytes that only continue a character
};

/// Builds the tree from the parser's events. Events, not yaml-cpp's own nodes: depth is refused before
/// anything recurses, and every key has its mark.
class Builder final : public YAML::EventHandler {
  public:
    Builder(const Places& places, Problems& problems) : places_(places), problems_(problems) {}

    [[nodiscard]] std::shared_ptr<const Node::Data> root() const { return root_; }
    /// Where the last scalar begins that was read.
    [[nodiscard]] const std::optional<YAML::Mark>& last_scalar() const { return last_scalar_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(started_, true)) {
            refuse(mark, "a second document begins here, expected one document in the file");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        if (expects_key()) {
            refuse(mark, "an empty key, expected 'key: value'");
        }
        auto null = make(Node::Type::null, mark);
        if (!open_.empty() && open_.back().key) {
            null->mark = open_.back().key->second; // theirs is where the next thing begins
        }
        attach(std::move(null));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        refuse(mark, "an alias (*name) is not supported, expected the value itself");
    }

    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        if (!name.empty()) {
            refuse(mark, "an anchor (&name) is not supported, expected the value itself");
        }
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& value) override {
        refuse_tag(mark, tag);
        last_scalar_ = mark;
        if (expects_key()) {
            take_key(value, mark);
            return;
        }
        auto scalar = make(Node::Type::scalar, mark);
        scalar->text = value;
        scalar->quoted = tag == "!";
        attach(std::move(scalar));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        open(Node::Type::list, mark, tag);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        open(Node::Type::map, mark, tag);
    }
    void OnMapEnd() override { close(); }

  private:
    /// A list or map whose end has not come yet.
    struct Open {
        std::shared_ptr<Node::Data> data;
        std::optional<std::pair<std::string, Mark>> key; ///< read, its value not yet
        bool is_repeated = false;                        ///< `key` is in the map already
        std::unordered_map<std::string, Mark> seen;
    };

    [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view text) {
        problems_.add(places_.of(mark), text);
        throw Invalid(problems_);
    }

    // yaml-cpp marks plain scalars "?" and quoted ones "!"; whatever else was written by somebody.
    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            refuse(mark, "a tag (!name) is not supported, expected the value alone; quotes make it text");
        }
    }

    [[nodiscard]] std::shared_ptr<Node::Data> make(Node::Type type, const YAML::Mark& mark) const {
        auto data = std::make_shared<Node::Data>();
        data->type = type;
        data->mark = places_.of(mark);
        return data;
    }

    [[nodiscard]] bool expects_key() const {
        return !open_.empty() && open_.back().data->type == Node::Type::map && !open_.back().key;
    }

    void take_key(const std::string& key, const YAML::Mark& mark) {
        auto& map = open_.back();
        map.key = std::pair(key, places_.of(mark));
        const auto [first, is_new] = map.seen.emplace(key, map.key->second);
        map.is_repeated = !is_new;
        if (!is_new) {
            const auto& place = first->second;
            problems_.add(map.key->second, "the key " + shown(key) + " is here again, first at " +
                                               std::to_string(place.line) + ":" +
                                               std::to_string(place.column) + ", expected each key once");
        }
    }

    void open(Node::Type type, const YAML::Mark& mark, const std::string& tag) {
        refuse_tag(mark, tag);
        if (expects_key()) {
            refuse(mark, "a list or map as a key, or one that is never closed; expected text");
        }
        if (open_.size() == deepest) {
            refuse(mark, "nested deeper than 64 levels, expected a flatter document");
        }
        open_.push_back({make(type, mark), std::nullopt, false, {}});
    }

    void close() {
        auto data = std::move(open_.back().data);
        open_.pop_back();
        attach(std::move(data));
    }

    void attach(std::shared_ptr<const Node::Data> data) {
        if (open_.empty()) {
            root_ = std::move(data);
            return;
        }
        auto& parent = open_.back();
        if (parent.data->type == Node::Type::list) {
            parent.data->items.emplace_back(std::move(data));
            return;
        }
        auto& [key, mark] = *parent.key;
        if (!parent.is_repeated) {
            parent.data->entries.push_back({std::move(key), std::move(mark), Node(std::move(data))});
        }
        parent.key.reset();
    }

    const Places& places_;
    Problems& problems_;
    std::vector<Open> open_;
    std::shared_ptr<const Node::Data> root_;
    std::optional<YAML::Mark> last_scalar_;
    bool started_ = false;
};

} // namespace

Node parse(const std::string& text, const std::string& name, Problems& problems) {
    check_source(text, name, problems);
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    const auto body = text.substr(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
    // yaml-cpp takes the end of the file for a closing quote, but not the end of the document.
    const std::string document_end = body.ends_with('\n') ? "...\n" : "\n...\n";
    const Places places(body, name);
    Builder builder(places, problems);
    try {
        std::istringstream stream(body + document_end);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        const auto [mark, what] = explained(error, body, builder.last_scalar());
        problems.add(places.of(mark), what);
        throw Invalid(problems);
    }
    if (auto root = builder.root()) {
        return Node(std::move(root));
    }
    auto nothing = std::make_shared<Node::Data>();
    nothing->mark = {name, 1, 1};
    return Node(std::move(nothing));
}

Node parse(const std::string& text, const std::string& name) {
    Problems problems;
    auto node = parse(text, name, problems);
    if (!problems.empty()) {
        throw Invalid(problems);
    }
    return node;
}

Node load(const std::string& path, Problems& problems) {
    return parse(read_source(path, problems), path, problems);
}

Node load(const std::string& path) {
    Problems problems;
    return parse(read_source(path, problems), path);
}

} // namespace jigd::yaml
