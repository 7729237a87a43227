#pragma once

#include <memory>

#include <spdlog/sinks/sink.h>

namespace jigd::os {

/// Sends each line to systemd-journald with its fields and PRIORITY (spdlog's own systemd sink sends no
/// fields).
[[nodiscard]] std::shared_ptr<spdlog::sinks::sink> make_journal_sink();

} // namespace jigd::os
