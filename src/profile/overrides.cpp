#include <algorithm>

#include "profile/reading.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

/// A section of the profile with the keys of the site's in front of its own. Each key keeps its place, so
/// that what is wrong with it is said of the file that it stands in.
std::optional<yaml::Node> joined(const std::optional<yaml::Node>& own, const std::optional<yaml::Node>& site,
                                 const std::string& name, yaml::Problems& problems) {
    if (!site || site->type() == yaml::Node::Type::null) {
        return own;
    }
    if (site->type() != yaml::Node::Type::map) {
        const yaml::MapReader report(*site, "jig.overrides." + name, problems);
        return own;
    }
    if (!own || own->type() == yaml::Node::Type::null) {
        return site;
    }
    if (own->type() != yaml::Node::Type::map) {
        return own;
    }
    yaml::Node::Data both{yaml::Node::Type::map, own->mark(), "", false, {}, site->entries()};
    std::copy_if(own->entries().begin(), own->entries().end(), std::back_inserter(both.entries),
                 [&](const yaml::Node::Entry& entry) { return !site->find(entry.key); });
    return yaml::Node(std::make_shared<const yaml::Node::Data>(std::move(both)));
}

} // namespace

Sections read_sections(yaml::MapReader& profile, std::string_view protocol,
                       const std::optional<yaml::Node>& overrides, yaml::Problems& problems) {
    Sections sections{profile.node("serial"), profile.node(protocol), profile.node("timeouts")};
    if (overrides) {
        yaml::MapReader site(*overrides, "jig.overrides", problems);
        sections.serial = joined(sections.serial, site.node("serial"), "serial", problems);
        sections.protocol = joined(sections.protocol, site.node(protocol), std::string(protocol), problems);
        sections.timeouts = joined(sections.timeouts, site.node("timeouts"), "timeouts", problems);
        (void)site.node("define"); // carried out by expand()
        site.finish();
    }
    return sections;
}

} // namespace jigd::profile
