#include "link/silence_report.hpp"

#include <ctime>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace jigd::link {

namespace {

/// How often the port of a silent board is searched for other users: it reads all of /proc.
constexpr std::chrono::seconds look_interval{10};

/// "10:32:04", as the journal shows it.
std::string time_of_day(SilenceReport::WallTime time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

} // namespace

std::string SilenceReport::explain(const Error& error, const drivers::Port& port, bool is_first) {
    std::string text = error.what();
    if (error.code() != Code::jig_timeout) {
        return text;
    }
    if (const auto place = text.find(" at " + speed_); last_reply_ && place != std::string::npos) {
        text.insert(place, " since " + time_of_day(*last_reply_));
    }
    if (is_first || port.now() - looked_at_ >= look_interval) {
        looked_at_ = port.now();
        other_users_ = fmt::format("{}", fmt::join(port.other_users(), ", "));
    }
    if (!other_users_.empty()) {
        text += "; the port is also open in " + other_users_ + ", which may take the replies";
    }
    return text;
}

} // namespace jigd::link
