#include "drivers/line/line_finder.hpp"

#include <utility>

#include "drivers/line/line_form.hpp"

namespace jigd::drivers {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_command = 65'536;

/// What of `line` may mean something: NULs and line ends that an earlier line left in front are nothing.
std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of("\0\r\n"sv);
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

profile::Frame frame_of(std::string line, const std::optional<LineChecksum>& checksum) {
    return checksum && !is_blank_line(line) ? checksum->unwrapped(line) : profile::Frame{std::move(line)};
}

} // namespace

CommandFinder::CommandFinder(std::string end, std::optional<LineChecksum> checksum)
    : splitter_(std::move(end), longest_command, true), checksum_(std::move(checksum)) {}

std::optional<profile::Frame> CommandFinder::next() {
    auto line = splitter_.next();
    if (!line) {
        return std::nullopt;
    }
    if (line->ends_with('\r')) {
        line->pop_back();
    }
    return frame_of(std::move(*line), checksum_);
}

LineFinder::LineFinder(Options options, LineSorter sorter)
    : options_(std::move(options)), sorter_(std::move(sorter)),
      splitter_(options_.end, options_.limits.bytes), collector_(sorter_, options_.limits) {}

void LineFinder::feed(std::string_view bytes) {
    splitter_.feed(std::exchange(held_, {}));
    splitter_.feed(bytes);
    for (const auto& noise : sorter_.anywhere()) {
        cut(noise);
    }
}

/// The lines of which it stood in the middle are whole again. What ends where the bytes end may go on in the
/// next ones.
void LineFinder::cut(const profile::Pattern& noise) {
    std::size_t from = 0;
    while (const auto place = noise.first(splitter_.waiting(), from)) {
        const auto text = splitter_.waiting().substr(place->begin, place->length);
        if (place->begin + place->length == splitter_.waiting().size()) {
            held_.insert(0, text);
        }
        splitter_.erase(place->begin, place->length);
        from = place->begin;
    }
}

void LineFinder::expect(const profile::StepForm* step, std::string_view frame) {
    const auto* form = dynamic_cast<const LineForm*>(step);
    echo_.clear();
    is_behind_echo_ = false;
    overlong_seen_ = splitter_.overlong();
    if (form == nullptr) {
        collector_.stop();
        return;
    }
    collector_.expect(form->answer_shape());
    if (options_.echo && form->is_sent()) {
        echo_ = frame.substr(0, frame.size() - options_.command_end.size());
    }
}

std::optional<profile::Frame> LineFinder::next() {
    for (;;) {
        // The board may end the repetition as it ends answers, or not at all.
        if (!echo_.empty() && splitter_.take(echo_)) {
            is_behind_echo_ = true;
            return profile::Frame{std::exchange(echo_, {})};
        }
        if (splitter_.overlong() != overlong_seen_) {
            overlong_seen_ = splitter_.overlong();
            collector_.mark_damaged("longer than line.longest");
        }
        if (!options_.prompt.empty() && splitter_.take(options_.prompt)) {
            // One in front of the repetition belongs to what came before the command.
            auto answer = echo_.empty() ? collector_.prompted(options_.prompt) : std::nullopt;
            if (answer) {
                return answer;
            }
            continue;
        }
        auto line = splitter_.next();
        if (!line) {
            partial_ = text_so_far();
            return std::nullopt;
        }
        if (is_behind_echo_ && is_blank_line(*line)) {
            continue;
        }
        is_behind_echo_ = false;
        auto frame = frame_of(std::string(trimmed(*line)), options_.checksum);
        // What comes instead of the repetition is no line of the answer.
        if (!echo_.empty()) {
            return frame;
        }
        if (auto found = collector_.take(std::move(frame))) {
            return found;
        }
    }
}

std::string LineFinder::text_so_far() const {
    auto text = collector_.text();
    const auto line = trimmed(splitter_.partial());
    // The beginning of the repetition is not that of the answer.
    if (line.empty() || (!echo_.empty() && std::string_view(echo_).starts_with(line))) {
        return text;
    }
    return text.append(text.empty() ? "" : "\n").append(line);
}

bool LineFinder::is_within_frame() const {
    const bool is_overlong = splitter_.is_within_line() && splitter_.partial().empty();
    return is_overlong || collector_.is_skipping() || !is_blank_line(partial_);
}

void LineFinder::drop_partial() {
    splitter_.drop_partial();
    collector_.drop();
    held_.clear();
    partial_.clear();
}

} // namespace jigd::drivers
