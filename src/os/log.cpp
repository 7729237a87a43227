#include "os/log.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/utf8.hpp"
#include "os/journal_sink.hpp"
#include "os/log_format.hpp"

namespace jigd::os {

namespace {

/// "10:32:00.123 INFO  message  KEY=value …" on stderr; colour only where a person looks.
class TerminalSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    TerminalSink() : coloured_(::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

  private:
    static const char* name_of(spdlog::level::level_enum level) {
        switch (level) {
        case spdlog::level::trace:
            return "TRACE";
        case spdlog::level::debug:
            return "DEBUG";
        case spdlog::level::info:
            return "INFO ";
        case spdlog::level::warn:
            return "WARN ";
        case spdlog::level::err:
        case spdlog::level::critical:
        case spdlog::level::off:
        case spdlog::level::n_levels:
            return "ERROR";
        }
        return "ERROR";
    }
    static const char* colour_of(spdlog::level::level_enum level) {
        return level >= spdlog::level::err ? "\x1b[31m" : (level == spdlog::level::warn ? "\x1b[33m" : "");
    }

    void sink_it_(const spdlog::details::log_msg& line) override {
        const auto parts = unpack({line.payload.data(), line.payload.size()});
        const auto milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(line.time.time_since_epoch()).count() %
            1000;
        const auto seconds = std::chrono::system_clock::to_time_t(line.time);
        std::tm local{}; // fmt::localtime takes no time_point in fmt 10
        ::localtime_r(&seconds, &local);
        auto text = fmt::format("{:%H:%M:%S}.{:03} {}{} {}{}", local, milliseconds,
                                coloured_ ? colour_of(line.level) : "", name_of(line.level), parts.message,
                                coloured_ ? "\x1b[0m" : "");
        for (const auto& [name, value] : parts.fields) {
            // The line's own jig says nothing new on the terminal of one process.
            if (name != "JIG") {
                text += fmt::format("  {}{}={}{}", coloured_ ? "\x1b[2m" : "", name, value,
                                    coloured_ ? "\x1b[0m" : "");
            }
        }
        text += '\n';
        std::fwrite(text.data(), 1, text.size(), stderr);
    }
    void flush_() override { std::fflush(stderr); }

    bool coloured_;
};

} // namespace

/// systemd says in JOURNAL_STREAM which stream is the journal's: "device:inode" (systemd.exec(5)).
bool stderr_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) {
        return false;
    }
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::string pack(std::string_view message, const Fields& fields) {
    std::string payload = printable(message, 4000);
    for (const auto& field : fields) {
        payload += field_separator;
        payload += field.name;
        payload += value_separator;
        payload += printable(field.value, 1000);
    }
    return payload;
}

Unpacked unpack(std::string_view payload) {
    Unpacked unpacked;
    auto end = payload.find(field_separator);
    unpacked.message = payload.substr(0, end);
    while (end != std::string_view::npos) {
        payload.remove_prefix(end + 1);
        end = payload.find(field_separator);
        const auto field = payload.substr(0, end);
        const auto middle = field.find(value_separator);
        if (middle != std::string_view::npos) {
            unpacked.fields.emplace_back(field.substr(0, middle), field.substr(middle + 1));
        }
    }
    return unpacked;
}

Log Log::standard(std::string_view level, std::string jig) {
    if (stderr_is_the_journal()) {
        return {make_journal_sink(), level, std::move(jig)};
    }
    return {std::make_shared<TerminalSink>(), level, std::move(jig)};
}

Log::Log(std::shared_ptr<spdlog::sinks::sink> sink, std::string_view level, std::string jig)
    : logger_(std::make_shared<spdlog::logger>("jigd", std::move(sink))), jig_(std::move(jig)) {
    set_level(level);
}

void Log::set_level(std::string_view level) {
    logger_->set_level(spdlog::level::from_str(std::string(level)));
}

bool Log::debugs() const {
    return logger_->should_log(spdlog::level::debug);
}

std::string Log::line(std::string_view message, Fields fields) const {
    if (!jig_.empty()) {
        fields.insert(fields.begin(), Field{"JIG", jig_});
    }
    return pack(message, fields);
}

void Log::debug(std::string_view message, Fields fields) {
    if (debugs()) {
        logger_->debug(spdlog::string_view_t(line(message, std::move(fields))));
    }
}

void Log::info(std::string_view message, Fields fields) {
    if (logger_->should_log(spdlog::level::info)) {
        logger_->info(spdlog::string_view_t(line(message, std::move(fields))));
    }
}

void Log::warn(std::string_view message, Fields fields) {
    logger_->warn(spdlog::string_view_t(line(message, std::move(fields))));
}

void Log::error(std::string_view message, Fields fields) {
    logger_->error(spdlog::string_view_t(line(message, std::move(fields))));
}

} // namespace jigd::os
