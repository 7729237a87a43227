#include <csignal>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>

#include "config/config.hpp"
#include "daemon/daemon.hpp"
#include "daemon/options.hpp"
#include "daemon/setup.hpp"
#include "drivers/serial_port.hpp"
#include "os/log.hpp"
#include "os/signals.hpp"
#include "profile/profile.hpp"
#include "yaml/document.hpp"

namespace {

using namespace jigd;

constexpr int bad_configuration = 2;

int list_ports() {
    const auto ports = drivers::list_ports();
    fmt::print("{}", ports.empty() ? "no serial port found; plug in the jig, or use `port: sim`\n"
                                   : drivers::describe(ports));
    return 0;
}

int serve(config::Config config, profile::Profile profile, const daemon::Options& options,
          const os::Signals& signals) {
    os::ignore_signals_of_writing();
    auto log = os::Log::standard(options.log_level.value_or(config.log.level), config.jig.serial);
    for (const auto& notice : config.notices) {
        log.warn(notice);
    }
    daemon::Daemon daemon(std::move(config), std::move(profile), log, signals, options);
    return daemon.run();
}

/// What keeps jigd from starting: lines of text for a person at a terminal, errors in the journal.
void report(const std::string& problems) {
    if (!os::stderr_is_the_journal()) {
        fmt::print(stderr, "{}", problems);
        return;
    }
    auto log = os::Log::standard("error", "");
    std::istringstream lines(problems);
    for (std::string line; std::getline(lines, line);) {
        log.error(line);
    }
}

int act(const daemon::Options& options) {
    if (options.action == daemon::Options::Action::list_ports) {
        return list_ports();
    }
    // Blocked before anything else, so that a stop is a clean one at any moment.
    const os::Signals signals{SIGTERM, SIGINT, SIGHUP};
    auto config = config::load(options.config);
    if (options.action == daemon::Options::Action::print_config) {
        fmt::print("{}", config::to_yaml(config));
        return 0;
    }
    daemon::check_tls(config);
    auto profile = daemon::load_profile(config);
    if (options.action == daemon::Options::Action::check_config) {
        for (const auto& notice : config.notices) {
            fmt::print(stderr, "{}\n", notice);
        }
        fmt::print("{}: good; jig {} with profile {} on {}\n", options.config, config.jig.serial,
                   profile.name, config.jig.port);
        return 0;
    }
    return serve(std::move(config), std::move(profile), options, signals);
}

/// A jig's PC is small. An arena for each thread costs more memory than their rare meetings in one cost time.
void keep_memory_small() {
    constexpr int trim_threshold = 64 * 1024;
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_TRIM_THRESHOLD, trim_threshold);
}

/// rabbitmq-c reads header tables by recursion, and a frame has room for 26,000 levels of them: 3 MB of stack
/// at the sight of such a message. The usual 8 MB are enough, but a thread gets only 2 MB where the stack
/// is "unlimited", and less where somebody has set the limit low.
void give_threads_room_for_nested_headers() {
    constexpr std::size_t stack_size = std::size_t{8} * 1024 * 1024;
    pthread_attr_t attributes{};
    if (::pthread_attr_init(&attributes) == 0) {
        (void)::pthread_attr_setstacksize(&attributes, stack_size);
        (void)::pthread_setattr_default_np(&attributes);
        (void)::pthread_attr_destroy(&attributes);
    }
}

} // namespace

int main(int argc, char** argv) {
    keep_memory_small();
    give_threads_room_for_nested_headers();
    try {
        return act(daemon::parse_options(argc, argv));
    } catch (const daemon::Exit& exit) {
        return exit.status;
    } catch (const yaml::Invalid& error) {
        report(error.what());
        return bad_configuration;
    } catch (const std::exception& error) {
        report(fmt::format("jigd: {}\n", error.what()));
        return 1;
    }
}
