#include "jigctl/board/scan_plan.hpp"

#include <algorithm>
#include <tuple>

#include "jigctl/display.hpp"
#include "jigctl/profile/wording.hpp"

namespace jigd::jigctl {

namespace {

bool is_alike(const profile::Serial& one, const profile::Serial& other) {
    const auto bits = [](const profile::Serial& serial) {
        return std::tie(serial.baud, serial.data_bits, serial.parity, serial.stop_bits);
    };
    return bits(one) == bits(other);
}

bool is_opened_alike(const profile::Serial& one, const profile::Serial& other) {
    return is_alike(one, other) && one.flow == other.flow && one.dtr == other.dtr && one.rts == other.rts &&
           one.rs485.has_value() == other.rs485.has_value();
}

bool is_possible(const profile::Request& request, const nlohmann::json& params) {
    return std::all_of(request.params.begin(), request.params.end(), [&](const profile::Param& param) {
        const auto value = params.find(param.name);
        return value == params.end() || !param.schema.violation(*value);
    });
}

/// The request by which a board of `profile` acts when it hears `frame`; nullptr = it does not.
const profile::Request* acting(const profile::Profile& profile, const std::string& frame) {
    const auto finder = profile.codec->finder_for(profile::Side::board, profile);
    finder->feed(frame);
    while (const auto found = finder->next()) {
        for (const auto& [name, request] : profile.requests) {
            for (const auto& step : request.steps) {
                const auto params = request.kind != Kind::read || request.restarts
                                        ? profile::to_params(request, *step.form, found->body)
                                        : std::nullopt;
                if (params && is_possible(request, *params)) {
                    return &request;
                }
            }
        }
    }
    return nullptr;
}

std::string shown_frame(const profile::Profile& profile) {
    return describe_command(profile, profile.identify->step);
}

/// Why the board of `profile` is not looked for; "" = it is.
std::string reason_to_leave_out(const profile::Profile& profile, const std::vector<profile::Profile>& all) {
    if (!profile.identify) {
        return "it can't be asked who it is (identify: none)";
    }
    const auto frame = profile.identify->step.form->encode(nlohmann::json::object());
    for (const auto& other : all) {
        const auto* request = is_alike(profile.serial, other.serial) ? acting(other, frame) : nullptr;
        if (request != nullptr) {
            return shown_frame(profile) + " is " + request->name + " of " + other.name +
                   ", so asking might act";
        }
    }
    return "";
}

} // namespace

ScanPlan plan_scan(const std::vector<profile::Profile>& profiles,
                   const std::vector<profile::Profile>& known) {
    ScanPlan plan;
    for (const auto& profile : profiles) {
        if (auto why = reason_to_leave_out(profile, known); !why.empty()) {
            plan.left_out.push_back({profile.name, std::move(why)});
            continue;
        }
        const auto frame = profile.identify->step.form->encode(nlohmann::json::object());
        const auto same =
            std::find_if(plan.questions.begin(), plan.questions.end(), [&](const auto& question) {
                return question.frame == frame && is_opened_alike(question.serial, profile.serial);
            });
        if (same != plan.questions.end()) {
            same->boards.push_back(&profile);
        } else {
            plan.questions.push_back({.serial = profile.serial, .frame = frame, .boards = {&profile}});
        }
    }
    return plan;
}

std::string render_plan(const ScanPlan& plan) {
    std::string text;
    for (const auto& question : plan.questions) {
        std::string names;
        for (const auto* board : question.boards) {
            names += (names.empty() ? "" : ", ") + board->name;
        }
        text += "  " + padded(describe_serial(question.serial), sizeof "4000000 8N1") +
                displayable(shown_frame(*question.boards.front())) + "  (" + displayable(names) + ")\n";
    }
    for (const auto& each : plan.left_out) {
        text += "  left out: " + displayable(each.profile + ": " + each.why) + "\n";
    }
    return text;
}

} // namespace jigd::jigctl
