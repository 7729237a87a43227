#include "profile/extends.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include "profile/text.hpp"

namespace jigd::profile {

namespace {

namespace fs = std::filesystem;
using yaml::Node;

[[noreturn]] void refuse(const yaml::Mark& mark, const std::string& what) {
    yaml::Problems problems;
    problems.add(mark, "extends: " + what);
    throw yaml::Invalid(problems);
}

bool is_own(const std::string& key) {
    return key == "name" || key == "description" || key == "extends";
}

Node joined(const Node& own, const Node& extended) {
    if (own.type() == Node::Type::null) {
        return extended; // every key of it may be commented out
    }
    if (own.type() != Node::Type::map || extended.type() != Node::Type::map) {
        return own;
    }
    std::vector<Node::Entry> entries;
    for (const auto& entry : extended.entries()) {
        const auto found = std::find_if(own.entries().begin(), own.entries().end(),
                                        [&](const Node::Entry& each) { return each.key == entry.key; });
        entries.push_back(found == own.entries().end()
                              ? entry
                              : Node::Entry{entry.key, found->mark, joined(found->value, entry.value)});
    }
    std::copy_if(own.entries().begin(), own.entries().end(), std::back_inserter(entries),
                 [&](const Node::Entry& entry) { return !extended.find(entry.key); });
    return Node(std::make_shared<const Node::Data>(
        Node::Data{Node::Type::map, own.mark(), "", false, {}, std::move(entries)}));
}

Node without_own(const Node& extended) {
    auto entries = extended.entries();
    std::erase_if(entries, [](const Node::Entry& entry) { return is_own(entry.key); });
    return Node(std::make_shared<const Node::Data>(
        Node::Data{extended.type(), extended.mark(), extended.text(), false, {}, std::move(entries)}));
}

/// The file that `name` means in the profile `path`: beside that, or wherever profiles are.
fs::path file_of(const Node& name, const fs::path& path, const FindProfile& find) {
    if (name.type() != Node::Type::scalar || name.text().empty()) {
        refuse(name.mark(), "expected a file beside this one, such as family.yaml, or the name of a profile");
    }
    const auto& text = name.text();
    const bool is_file = text.find('/') != std::string::npos || text.ends_with(".yaml");
    auto beside = (path.parent_path() / (is_file ? text : text + ".yaml")).lexically_normal();
    std::error_code error;
    if (fs::is_regular_file(beside, error)) {
        return beside;
    }
    if (is_file || !find) {
        refuse(name.mark(), "there is no file " + beside.string());
    }
    try {
        return find(text);
    } catch (const std::runtime_error& missing) {
        refuse(name.mark(), missing.what());
    }
}

Node with_extended(const Node& root, const fs::path& path, const FindProfile& find,
                   std::vector<fs::path> extending) {
    const auto name = root.find("extends");
    if (!name) {
        return root;
    }
    const auto file = file_of(*name, path, find);
    std::error_code error;
    extending.push_back(fs::weakly_canonical(path, error));
    if (std::find(extending.begin(), extending.end(), fs::weakly_canonical(file, error)) != extending.end()) {
        refuse(name->mark(),
               "'" + cut(name->text()) + "' is " + file.string() +
                   ", which extends this profile or is this one; a profile can't stand on itself");
    }
    const auto extended = yaml::load(file.string());
    if (extended.type() != Node::Type::map) {
        refuse(name->mark(), file.string() + " is not a profile");
    }
    return joined(root, without_own(with_extended(extended, file, find, std::move(extending))));
}

} // namespace

Node with_extended(const Node& root, const std::string& path, const FindProfile& find) {
    return root.type() == Node::Type::map ? with_extended(root, fs::path(path), find, {}) : root;
}

} // namespace jigd::profile
