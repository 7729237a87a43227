#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/identity.hpp"
#include "drivers/port.hpp"
#include "jigctl/board/scan_plan.hpp"

namespace jigd::jigctl {

/// A board that answered as its profile says.
struct FoundBoard {
    std::string profile;
    Identity identity;
};

/// Opens the port that is scanned, with these settings. Throws Error.
using OpenScanned = std::function<std::unique_ptr<drivers::Port>(const profile::Serial& serial)>;

/// Asks the questions of `plan` one after the other until a board answers one as it should; the boards that
/// are asked alike are told apart by their answers. Throws Error when the port can't be opened.
[[nodiscard]] std::optional<FoundBoard> scan(const ScanPlan& plan, const OpenScanned& open);

/// What to write into jigd.yaml for a board on `port`.
[[nodiscard]] std::string stanza(const FoundBoard& board, const std::string& port);

} // namespace jigd::jigctl
