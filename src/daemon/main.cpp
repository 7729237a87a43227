#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>

#include "amqp/tls.hpp"
#include "config/config.hpp"
#include "daemon/daemon.hpp"
#include "daemon/options.hpp"
#include "drivers/registry.hpp"
#include "drivers/serial_port.hpp"
#include "os/log.hpp"
#include "os/profile_path.hpp"
#include "os/signals.hpp"
#include "profile/profile.hpp"
#include "yaml/document.hpp"

namespace {

using namespace jigd;

constexpr int bad_configuration = 2;

int list_ports() {
    const auto ports = drivers::list_ports();
    if (ports.empty()) {
        fmt::print("no serial port found; plug in the jig, or use `port: sim`\n");
    }
    for (const auto& port : ports) {
        fmt::print("{}\n", port.by_id.empty() ? port.path : port.by_id);
        fmt::print("    is {}{}{}\n", port.path, port.product.empty() ? "" : ", " + port.product,
                   port.usb.empty() ? "" : ", also usb:" + port.usb);
    }
    return 0;
}

void check_driver(const profile::Profile& profile) {
    std::string known;
    for (const auto& row : drivers::registry()) {
        if (row.name == profile.driver) {
            return;
        }
        known += (known.empty() ? "" : ", ") + std::string(row.name);
    }
    yaml::Problems problems;
    problems.add({.file = profile.path, .line = 0, .column = 0},
                 "there is no driver '" + profile.driver + "'; known are: " + known);
    throw yaml::Invalid(problems);
}

/// What the configuration demands of the board, the profile must be able to ask.
void check_identity(const config::Config& config, const profile::Profile& profile) {
    std::vector<std::string> demanded;
    if (config.jig.identity_model) {
        demanded.emplace_back("model");
    }
    if (config.jig.identity_firmware) {
        demanded.emplace_back("firmware");
    }
    yaml::Problems problems;
    for (const auto& problem : profile::unanswerable(profile, demanded)) {
        problems.add({.file = config.path, .line = 0, .column = 0}, problem);
    }
    if (!problems.empty()) {
        throw yaml::Invalid(problems);
    }
}

/// What the configuration asks for, the profile must know how to do.
void check_safe_state(const config::Config& config, const profile::Profile& profile) {
    if (!profile.safe_state.empty()) {
        return;
    }
    yaml::Problems problems;
    const auto refuse = [&](bool is_asked_for, const std::string& key) {
        if (is_asked_for) {
            problems.add({.file = config.path, .line = 0, .column = 0},
                         "safe_state." + key + " is asked for, but profile " + profile.name +
                             " has no safe_state");
        }
    };
    refuse(config.safe_state.on_start, "on_start");
    refuse(config.safe_state.on_broker_loss.has_value(), "on_broker_loss");
    if (!problems.empty()) {
        throw yaml::Invalid(problems);
    }
}

profile::Profile load_profile(const config::Config& config) {
    std::string path;
    try {
        path = os::find_profile(config.jig.profile);
    } catch (const std::runtime_error& error) {
        yaml::Problems problems;
        problems.add({.file = config.path, .line = 0, .column = 0},
                     std::string("jig.profile: ") + error.what());
        throw yaml::Invalid(problems);
    }
    auto profile = profile::load(path, config.jig.overrides);
    check_driver(profile);
    check_identity(config, profile);
    check_safe_state(config, profile);
    return profile;
}

/// What can only fail later is better found now.
void check_tls(const config::Config& config) {
    const auto is_tls = [](const Url& url) { return url.tls; };
    if (std::none_of(config.broker.urls.begin(), config.broker.urls.end(), is_tls)) {
        return;
    }
    try {
        amqp::check_tls_files(config.broker.tls);
    } catch (const amqp::TlsError& error) {
        yaml::Problems problems;
        problems.add({.file = config.path, .line = 0, .column = 0},
                     std::string("broker.tls: ") + error.what());
        throw yaml::Invalid(problems);
    }
}

int serve(config::Config config, profile::Profile profile, const daemon::Options& options,
          const os::Signals& signals) {
    os::ignore_signals_of_writing();
    auto log = os::Log::standard(options.log_level.value_or(config.log.level), config.jig.serial);
    daemon::Daemon daemon(std::move(config), std::move(profile), log, signals, options);
    return daemon.run();
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
    check_tls(config);
    auto profile = load_profile(config);
    if (options.action == daemon::Options::Action::check_config) {
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
/// for whoever sends such a message. The usual 8 MB are enough, but a thread gets only 2 MB where the stack
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
        fmt::print(stderr, "{}", error.what());
        return bad_configuration;
    } catch (const std::exception& error) {
        fmt::print(stderr, "jigd: {}\n", error.what());
        return 1;
    }
}
