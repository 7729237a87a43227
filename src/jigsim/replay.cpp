#include "jigsim/replay.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace jigd::jigsim {

namespace {

constexpr std::size_t longest_command = 65'536;
constexpr std::size_t most_reported = 1000;
constexpr std::chrono::hours longest_delay{24};

/// The wall clock that stamped the trace may have been set, forwards or back.
Duration delay_between(const WireEntry& from, const WireEntry& to, double speed) {
    if (speed <= 0 || to.at <= from.at) {
        return Duration::zero();
    }
    const std::chrono::duration<double> exact(std::chrono::duration<double>(to.at - from.at) / speed);
    return exact >= longest_delay ? longest_delay : std::chrono::duration_cast<Duration>(exact);
}

bool ends_line(const WireEntry& entry) {
    return entry.bytes.ends_with('\n') || entry.bytes.ends_with('\r');
}

WireEntry parse_whole(const std::string& line) {
    auto entry = parse_trace_line(line);
    if (entry.left_off > 0) {
        throw std::invalid_argument(std::to_string(entry.left_off) +
                                    " bytes are left off here; a file that jigd --trace wrote has them all");
    }
    return entry;
}

} // namespace

std::vector<WireEntry> load_trace(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path + ": " + std::generic_category().message(errno));
    }
    std::vector<WireEntry> trace;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        try {
            trace.push_back(parse_whole(line));
        } catch (const std::invalid_argument& error) {
            throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
        }
    }
    if (file.bad()) {
        throw std::runtime_error(path + ": it can't be read; is it a file?");
    }
    if (trace.empty()) {
        throw std::runtime_error(path + ": there is nothing in it; record with jigd --trace FILE");
    }
    return trace;
}

Replay::Replay(const std::vector<WireEntry>& trace, Options options) : options_(std::move(options)) {
    const WireEntry* from = nullptr;
    bool complete = false;
    for (const auto& entry : trace) {
        if (entry.bytes.empty()) {
            continue;
        }
        if (entry.sent) {
            exchanges_.push_back({.command = entry.bytes, .sayings = {}});
            from = &entry;
            complete = false;
            continue;
        }
        from = from == nullptr ? &entry : from;
        auto& sayings = exchanges_.empty() ? greeting_ : exchanges_.back().sayings;
        auto delay = delay_between(*from, entry, options_.speed);
        delay = sayings.empty() ? delay : std::max(delay, sayings.back().delay);
        sayings.push_back({.delay = delay, .bytes = entry.bytes});
        // What came when the request was over is none of its answer.
        if (!exchanges_.empty() && !complete && entry.request == from->request) {
            exchanges_.back().takes = delay;
            complete = ends_line(entry);
        }
    }
    const auto end_of = [](const Exchange& exchange) { return exchange.command.back(); };
    if (!exchanges_.empty() && std::all_of(exchanges_.begin(), exchanges_.end(), [&](const auto& exchange) {
            return end_of(exchange) == end_of(exchanges_.front());
        })) {
        command_end_ = end_of(exchanges_.front());
    }
}

void Replay::opened(TimePoint now) {
    input_.clear();
    say(greeting_, now);
}

void Replay::receive(std::string_view bytes, TimePoint now) {
    input_ += bytes;
    while (!input_.empty()) {
        if (const auto found = find_command()) {
            input_.erase(0, exchanges_[*found].command.size());
            carry_out(*found, now);
            continue;
        }
        const auto length = may_become_command() ? 0 : unknown_length();
        if (length == 0) {
            return;
        }
        report(input_.substr(0, length));
        input_.erase(0, length);
    }
}

std::string Replay::transmit(TimePoint now) {
    std::string said;
    const auto end = due_.upper_bound(now);
    for (auto each = due_.begin(); each != end; ++each) {
        said += each->second;
    }
    due_.erase(due_.begin(), end);
    return said;
}

TimePoint Replay::next_due() const {
    return due_.empty() ? TimePoint::max() : due_.begin()->first;
}

void Replay::say(const std::vector<Saying>& sayings, TimePoint begin) {
    for (const auto& saying : sayings) {
        due_.emplace(begin + saying.delay, saying.bytes);
    }
}

void Replay::carry_out(std::size_t exchange, TimePoint now) {
    const auto& chosen = exchanges_[exchange];
    const auto begin = std::max(now, free_at_);
    say(chosen.sayings, begin);
    free_at_ = begin + chosen.takes;
    next_ = (exchange + 1) % exchanges_.size();
}

/// The nearest command of the trace, from where it goes on, with which the input begins.
std::optional<std::size_t> Replay::find_command() const {
    for (std::size_t ahead = 0; ahead < exchanges_.size(); ++ahead) {
        const auto at = (next_ + ahead) % exchanges_.size();
        if (input_.starts_with(exchanges_[at].command)) {
            return at;
        }
    }
    return std::nullopt;
}

bool Replay::may_become_command() const {
    return std::any_of(exchanges_.begin(), exchanges_.end(),
                       [this](const Exchange& exchange) { return exchange.command.starts_with(input_); });
}

/// How much of the input is one unknown command; 0 when its end has not come yet.
std::size_t Replay::unknown_length() const {
    const auto end = command_end_ ? input_.find(*command_end_) : input_.size() - 1;
    if (end != std::string::npos) {
        return end + 1;
    }
    return input_.size() < longest_command ? 0 : input_.size();
}

void Replay::report(const std::string& unknown) {
    const bool is_new = reported_.size() < most_reported && reported_.insert(unknown).second;
    if (is_new && options_.on_unknown) {
        options_.on_unknown(unknown);
    }
}

} // namespace jigd::jigsim
