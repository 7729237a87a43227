#include "skeleton_codec.hpp"

#include <string>

#include "core/utf8.hpp"
#include "skeleton_finder.hpp"
#include "skeleton_form.hpp"

namespace jigd::drivers {

namespace {

constexpr std::size_t default_longest = 64;

std::shared_ptr<const profile::Codec> read_section(const std::optional<yaml::Node>& section,
                                                   const profile::Serial& /*serial*/,
                                                   yaml::Problems& problems) {
    auto longest = default_longest;
    if (section) {
        yaml::MapReader reader(*section, "skeleton", problems);
        longest = static_cast<std::size_t>(reader.integer_or("longest", default_longest, {4, 65'536}));
        reader.finish();
    }
    return std::make_shared<SkeletonCodec>(longest);
}

} // namespace

std::string frame_of(std::string_view body) {
    return "<" + std::string(body) + ">";
}

std::shared_ptr<const profile::StepForm> SkeletonCodec::read_step(yaml::MapReader& step,
                                                                  yaml::Problems& problems) const {
    const auto ask = step.required_node("ask");
    const auto letter = ask ? yaml::read_string(*ask, problems) : std::nullopt;
    const auto param = step.string("of");
    if (letter && letter->size() != 1) {
        problems.add(ask->mark(), "ask: expected one letter, such as T");
        return nullptr;
    }
    return letter ? std::make_shared<SkeletonForm>(letter->front(), param.value_or("")) : nullptr;
}

std::shared_ptr<const profile::Matcher> SkeletonCodec::read_match(const yaml::Node& match,
                                                                  yaml::Problems& problems) const {
    const auto text = yaml::read_string(match, problems);
    if (text && text->size() < 2) {
        problems.add(match.mark(), "match: expected a letter and the name of its number, such as \"!heat\"");
        return nullptr;
    }
    return text ? std::make_shared<SkeletonMatcher>(text->front(), text->substr(1)) : nullptr;
}

std::shared_ptr<const profile::Matcher> SkeletonCodec::read_banner(const yaml::Node& match,
                                                                   yaml::Problems& problems) const {
    return read_match(match, problems);
}

std::optional<std::string> SkeletonCodec::read_body(const yaml::Node& node, yaml::Problems& problems) const {
    return yaml::read_string(node, problems);
}

std::unique_ptr<profile::FrameFinder> SkeletonCodec::finder(profile::Side /*side*/) const {
    return std::make_unique<SkeletonFinder>(longest_);
}

std::string SkeletonCodec::describe(std::string_view body) const {
    return printable(body);
}

std::string SkeletonCodec::about_overlong() const {
    return "is longer than skeleton.longest, " + std::to_string(longest_) + " bytes";
}

profile::Protocol skeleton_protocol() {
    return {.driver = "skeleton",
            .section = "skeleton",
            .description = "<letter number>, to copy",
            .read = read_section};
}

} // namespace jigd::drivers
