#include <algorithm>

#include "profile/profile.hpp"

namespace jigd::profile {

namespace {

std::optional<std::string> text_of(const Captures& captures, const std::string& group) {
    const auto found = captures.find(group);
    if (found == captures.end() || found->second.is_null()) {
        return std::nullopt;
    }
    return found->second.is_string() ? found->second.get<std::string>() : found->second.dump();
}

} // namespace

std::vector<std::string> Identify::captures() const {
    auto all = step.form->captures();
    for (const auto& each : further) {
        const auto more = each.step.form->captures();
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

bool Identify::tells(const std::string& part) const {
    const auto groups = captures();
    return parts.contains(part) || std::find(groups.begin(), groups.end(), part) != groups.end();
}

std::optional<std::string> Identify::part(const std::string& name, const Captures& captured) const {
    const auto made = parts.find(name);
    if (made == parts.end()) {
        return text_of(captured, name);
    }
    std::string text;
    for (const auto& piece : pieces_of(made->second)) {
        const auto said = piece.is_group ? text_of(captured, piece.text) : std::optional(piece.text);
        if (!said) {
            return std::nullopt;
        }
        text += *said;
    }
    return text;
}

std::vector<Identify::Piece> Identify::pieces_of(std::string_view part) {
    std::vector<Piece> pieces;
    while (!part.empty()) {
        const auto open = std::min(part.find('{'), part.size());
        const auto close = part.find('}', open);
        if (close == std::string_view::npos) {
            pieces.push_back({.text = std::string(part), .is_group = false});
            break;
        }
        if (open > 0) {
            pieces.push_back({.text = std::string(part.substr(0, open)), .is_group = false});
        }
        pieces.push_back({.text = std::string(part.substr(open + 1, close - open - 1)), .is_group = true});
        part.remove_prefix(close + 1);
    }
    return pieces;
}

std::vector<std::string> unanswerable(const Profile& profile, const std::vector<std::string>& demanded) {
    std::vector<std::string> problems;
    for (const auto& part : demanded) {
        const std::string demand = "jig.identity." + part + " is demanded, but profile " + profile.name;
        if (!profile.identify) {
            problems.push_back(demand + " says identify: none, so the board can't be asked");
            continue;
        }
        if (!profile.identify->tells(part)) {
            auto problem = demand;
            problem.append("'s identify does not say it; its match has no group (?P<").append(part);
            problems.push_back(problem.append(">...)"));
        }
    }
    return problems;
}

} // namespace jigd::profile
