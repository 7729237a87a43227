#pragma once

#include <string>
#include <vector>

#include "profile/profile.hpp"

namespace jigd::jigctl {

/// What is sent, and which boards would answer it.
struct ScanQuestion {
    profile::Serial serial;
    std::vector<std::string> frames; ///< as they go over the line, each when the one before was answered
    std::vector<const profile::Profile*> boards; ///< all of which are asked so
};

/// A board that is not looked for.
struct LeftOut {
    std::string profile;
    std::string why;
};

struct ScanPlan {
    std::vector<ScanQuestion> questions;
    std::vector<LeftOut> left_out;
};

/// How an unknown board, one of `profiles`, is asked who it is. A text by which one of the `known` boards
/// would act is not sent to any. `profiles` must outlive the plan. Pure.
[[nodiscard]] ScanPlan plan_scan(const std::vector<profile::Profile>& profiles,
                                 const std::vector<profile::Profile>& known);

/// The plan for the person who must agree to it.
[[nodiscard]] std::string render_plan(const ScanPlan& plan);

} // namespace jigd::jigctl
