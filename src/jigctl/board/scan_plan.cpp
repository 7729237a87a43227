#include "jigctl/board/scan_plan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "jigctl/display.hpp"
#include "jigctl/profile/wording.hpp"

namespace jigd::jigctl {

namespace {

bool is_opened_alike(const profile::Serial& one, const profile::Serial& other) {
    const auto settings = [](const profile::Serial& serial) {
        return std::tie(serial.baud, serial.data_bits, serial.parity, serial.stop_bits, serial.flow,
                        serial.dtr, serial.rts);
    };
    return settings(one) == settings(other) && one.rs485.has_value() == other.rs485.has_value();
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

/// All that it is asked, each question when the one before was answered.
std::vector<const profile::Step*> questions_of(const profile::Identify& identify) {
    std::vector<const profile::Step*> questions{&identify.step};
    for (const auto& further : identify.further) {
        questions.push_back(&further.step);
    }
    return questions;
}

std::vector<std::string> frames_of(const profile::Identify& identify) {
    std::vector<std::string> frames;
    for (const auto* question : questions_of(identify)) {
        frames.push_back(question->form->encode(nlohmann::json::object()));
    }
    return frames;
}

std::string shown_questions(const profile::Profile& profile) {
    std::string text;
    for (const auto* question : questions_of(*profile.identify)) {
        text.append(text.empty() ? "" : ", then ").append(describe_command(profile, *question));
    }
    return text;
}

/// Why the board of `profile` is not looked for; "" = it is. At any speed: many adapters that are the board
/// itself ignore it.
std::string reason_to_leave_out(const profile::Profile& profile, const std::vector<profile::Profile>& all) {
    if (!profile.identify) {
        return "it can't be asked who it is (identify: none)";
    }
    for (const auto* question : questions_of(*profile.identify)) {
        const auto frame = question->form->encode(nlohmann::json::object());
        for (const auto& other : all) {
            if (const auto* request = acting(other, frame)) {
                return describe_command(profile, *question) + " is " + request->name + " of " + other.name +
                       ", so asking might act";
            }
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
        auto frames = frames_of(*profile.identify);
        const auto same =
            std::find_if(plan.questions.begin(), plan.questions.end(), [&](const auto& question) {
                return question.frames == frames && is_opened_alike(question.serial, profile.serial);
            });
        if (same != plan.questions.end()) {
            same->boards.push_back(&profile);
        } else {
            plan.questions.push_back(
                {.serial = profile.serial, .frames = std::move(frames), .boards = {&profile}});
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
                displayable(shown_questions(*question.boards.front())) + "  (" + displayable(names) + ")\n";
    }
    for (const auto& each : plan.left_out) {
        text += "  left out: " + displayable(each.profile + ": " + each.why) + "\n";
    }
    return text;
}

} // namespace jigd::jigctl
