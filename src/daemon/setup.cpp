#include "daemon/setup.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "amqp/tls.hpp"
#include "drivers/registry.hpp"
#include "os/profile_path.hpp"
#include "yaml/document.hpp"

namespace jigd::daemon {

namespace {

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

} // namespace

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
    auto profile = profile::load(path, drivers::registry(), config.jig.overrides, os::find_profile);
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

} // namespace jigd::daemon
