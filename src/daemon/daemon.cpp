#include "daemon/daemon.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/version.hpp"
#include "daemon/wire_log.hpp"
#include "os/state_path.hpp"
#include "yaml/document.hpp"

namespace jigd::daemon {

namespace {

/// The running command may finish within this after SIGTERM; then its exchange is cancelled.
constexpr std::chrono::seconds running_command_timeout{3};
/// The broker thread gives up by itself after 5 s; when it can't, it is stuck.
constexpr std::chrono::seconds last_replies_timeout{6};
/// A large record takes its time.
constexpr std::chrono::seconds open_record_timeout{30};
/// Events that are kept while the broker is away.
constexpr std::size_t max_events = 256;

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

void join(std::jthread& thread) {
    if (thread.joinable()) {
        thread.join();
    }
}

/// Names this process among those of the host.
std::string instance() {
    return std::to_string(::getpid());
}

std::uint64_t random_seed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

link::LinkOptions link_options(const config::Config& config) {
    return {.demand = {.serial = config.jig.identity_serial,
                       .model = config.jig.identity_model,
                       .firmware = config.jig.identity_firmware},
            .machine = {.seed = random_seed()}};
}

/// A profile without a safe state can't be made safe.
jig::SafeStatePolicy safe_state_policy(const config::Config& config, const profile::Profile& profile) {
    if (profile.safe_state.empty()) {
        return {};
    }
    return {.on_start = config.safe_state.on_start,
            .on_stop = config.safe_state.on_stop,
            .on_broker_loss = config.safe_state.on_broker_loss};
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    // An id of its own makes the record trust nothing that was not synced.
    return id.empty() ? std::to_string(random_seed()) : id;
}

record::Options record_options(const config::Config& config, const profile::Profile& profile,
                               record::RecordedIds& recorded_ids) {
    return {.path = os::state_folder(config.state_dir) + "/record-" + config.jig.serial + ".db",
            .keep = config.record.keep,
            .max_size = config.record.largest,
            .boot_id = boot_id(),
            .secrets =
                [&profile](const std::string& name) {
                    const auto* request = profile.find(name);
                    return request == nullptr ? std::vector<std::string>() : profile::secrets_of(*request);
                },
            .recorded_ids = &recorded_ids};
}

jig::RequestDispatcherOptions dispatcher_options(const config::Config& config) {
    return {.serial = config.jig.serial,
            .default_timeout = config.requests.default_timeout,
            .max_timeout = config.requests.longest_timeout,
            .max_body = config.requests.longest_body,
            .max_waiting = config.requests.max_waiting,
            .host = host_name(),
            .instance = instance(),
            .version = version,
            .started = Clock::now()};
}

amqp::ServiceOptions service_options(const config::Config& config) {
    return {.serial = config.jig.serial,
            .name = "jigd " + config.jig.serial + "@" + host_name(),
            .urls = config.broker.urls,
            .shuffle = config.broker.shuffle,
            .tls = config.broker.tls,
            .authentication = config.broker.authentication,
            .heartbeat = config.broker.heartbeat,
            .connect_timeout = config.broker.connect_timeout,
            .reconnect_cap = config.broker.reconnect_cap,
            .queue_type = config.broker.queue_type,
            .max_waiting = config.requests.max_waiting,
            .queue_expires = config.broker.queue_expires,
            .message_ttl = config.broker.message_ttl,
            .max_body = config.requests.longest_body,
            .simulated = config.jig.port == "sim",
            .seed = random_seed()};
}

/// How many requests the broker thread may have at a time.
std::size_t max_deliveries(const config::Config& config) {
    return amqp::prefetch_of(service_options(config));
}

} // namespace

// A mailbox holds more than the broker delivers, because jobs of a lost connection stay in it, withdrawn,
// until the jig thread has time to throw them away.
Daemon::Daemon(config::Config config, profile::Profile profile, os::Log& log, const os::Signals& signals,
               const Options& options)
    : config_(std::move(config)), profile_(std::move(profile)), log_(log), signals_(signals),
      keeps_log_level_(options.log_level.has_value()), jig_watchdog_([this] { wake_main_.signal(); }),
      broker_watchdog_([this] { wake_main_.signal(); }),
      inbox_(4 * max_deliveries(config_), [this] { inbox_event_.signal(); }),
      outbox_(8 * max_deliveries(config_), [this] { outbox_event_.signal(); }),
      events_(max_events, [this] { outbox_event_.signal(); }),
      reporter_(status_, log_, broker_watchdog_, events_,
                [this] {
                    wake_main_.signal();
                    inbox_event_.signal();
                }),
      recorder_({},
                [this](const WireEntry& entry) {
                    log_wire(log_, entry);
                    if (trace_) {
                        trace_->write(entry);
                    }
                }),
      values_(profile_), link_(profile_, link_options(config_),
                               {[this] { return opener_->open(); }, status_, values_, reporter_, &recorder_}),
      executor_(profile_, {link_, values_, status_}),
      record_(record_options(config_, profile_, recorded_ids_)),
      once_executor_(profile_, {link_, values_, executor_, record_, log_, status_},
                     [this] { return runner_.safe_state_waits(); }),
      runner_({link_, executor_, once_executor_, recorder_}, safe_state_policy(config_, profile_),
              {inbox_, inbox_event_, outbox_, jig_stop_, jig_idle_, jig_cancel_,
               [this] { return status_.broker_away(); }, jig_watchdog_, log_}),
      dispatcher_(profile_, dispatcher_options(config_),
                  {inbox_, status_, recorded_ids_, [this] { return recorder_.to_json(); }}),
      crash_marker_(os::state_folder(config_.state_dir) + "/running-" + config_.jig.serial),
      service_(service_options(config_), {dispatcher_, outbox_, events_, outbox_event_, broker_stop_,
                                          jig_done_, reporter_, log_, &crash_marker_}) {
    if (options.trace) {
        try {
            trace_.emplace(*options.trace, log_);
        } catch (const std::system_error& error) {
            // As with a wrong configuration, only a person can fix it: systemd must not try for ever.
            log_.error(error.what());
            throw Exit{2};
        }
    }
}

Daemon::~Daemon() = default;

drivers::PortOpener Daemon::port_opener() {
    auto settings = profile_.serial;
    if (simulated_) {
        settings.rs485.reset(); // a pseudo-terminal can't, and needs none
    }
    return {simulated_ ? simulated_->path() : config_.jig.port, settings, jig_cancel_.fd(), random_seed()};
}

int Daemon::run() {
    log_.info(fmt::format("jigd {} serves jig {} ({}) on {}", version, config_.jig.serial, profile_.name,
                          config_.jig.port),
              {{"VERSION", version}, {"PROFILE", profile_.name}, {"PORT", config_.jig.port}});
    try {
        start();
        supervise();
    } catch (const std::exception& error) {
        // The threads are stopped first, and the jig made safe, whatever failed here.
        log_.error(fmt::format("jigd failed: {}; it stops, systemd starts it again", error.what()));
        failed_ = true;
    }
    stop();
    return failed_ ? 1 : 0;
}

void Daemon::start() {
    if (config_.jig.port == "sim") {
        simulate_board();
    }
    opener_ = port_opener();
    jig_thread_ = std::jthread([this] {
        run_thread("jig", [this] {
            open_record();
            runner_.run();
        });
        jig_idle_.signal();
        run_thread("jig", [this] { runner_.make_safe_at_stop(); });
        jig_done_.signal();
        wake_main_.signal();
    });
    broker_thread_ = std::jthread([this] {
        run_thread("broker", [this] { service_.run(); });
        broker_ended_.signal();
        wake_main_.signal();
    });
}

void Daemon::simulate_board() {
    warn_of_silent_requests();
    simulated_ = std::make_unique<jigsim::PtyBoard>(
        profile_, jigsim::PtyBoard::Options{.serial = config_.jig.identity_serial.value_or(""), .link = ""});
    log_.warn("port: sim: the board is simulated, nothing real is switched or measured");
}

/// A simulated board answers as the examples say.
void Daemon::warn_of_silent_requests() const {
    std::string silent;
    for (const auto& [name, request] : profile_.requests) {
        if (request.examples.empty()) {
            silent += (silent.empty() ? "" : ", ") + name;
        }
    }
    if (!silent.empty()) {
        log_.warn("the simulated board does not answer " + silent + ", of which the profile has no example");
    }
}

void Daemon::open_record() {
    jig_watchdog_.due_by(Clock::now() + open_record_timeout);
    once_executor_.open_record();
}

void Daemon::run_thread(const char* name, const std::function<void()>& body) {
    try {
        body();
    } catch (const std::exception& error) {
        log_.error(
            fmt::format("the {} thread failed: {}; jigd ends, systemd starts it again", name, error.what()));
        failed_ = true;
        wake_main_.signal();
    }
}

void Daemon::supervise() {
    bool ready = false;
    for (;;) {
        const auto interval = supervisor_.watchdog_interval();
        auto until = Deadline::in(service_.look_after_interval(), Clock::now());
        if (interval) {
            until = until.sooner(*interval, Clock::now());
        }
        std::array<os::Watch, 2> watches{os::Watch{signals_.fd(), POLLIN},
                                         os::Watch{wake_main_.fd(), POLLIN}};
        os::wait(watches.data(), watches.size(), until);
        wake_main_.clear();
        look_after_broker_thread();
        if (failed_) {
            return;
        }
        if (!ready && jig_watchdog_.started() && broker_watchdog_.started()) {
            ready = true;
            supervisor_.ready(status_.summary());
        } else if (ready) {
            supervisor_.status(status_.summary());
        }
        if (interval) {
            feed_watchdog();
        }
        while (const auto signal = signals_.read()) {
            if (*signal == SIGHUP) {
                reload();
                continue;
            }
            log_.info(*signal == SIGTERM ? "stopping: SIGTERM" : "stopping: SIGINT");
            return;
        }
    }
}

void Daemon::look_after_broker_thread() {
    if (service_.look_after(Clock::now())) {
        log_.warn(
            "the broker connection stood still for longer than a heartbeat, in the middle of a message; it "
            "is cut",
            {{"LINK", "broker"}});
    }
}

void Daemon::feed_watchdog() {
    if (const auto hanging = watchdog_.feed(Clock::now())) {
        log_.error(fmt::format("the {} thread hangs; the watchdog is not fed any more", *hanging));
    }
}

void Daemon::reload() {
    supervisor_.reloading();
    try {
        const auto fresh = config::load(config_.path);
        for (const auto& notice : fresh.notices) {
            log_.warn(notice);
        }
        if (!keeps_log_level_) {
            log_.set_level(fresh.log.level);
        }
        log_.info(keeps_log_level_
                      ? "configuration read again: --log-level overrides log.level; other changes take "
                        "effect with the next start (systemctl restart)"
                      : "configuration read again: log.level is " + fresh.log.level +
                            "; other changes take effect with the next start (systemctl restart)");
    } catch (const yaml::Invalid& error) {
        log_.error("the changed configuration has mistakes; keeping the current configuration:");
        std::istringstream problems(error.what());
        for (std::string problem; std::getline(problems, problem);) {
            log_.error(problem);
        }
    }
    supervisor_.ready(status_.summary());
}

void Daemon::stop() {
    supervisor_.stopping();
    broker_stop_.signal();
    jig_stop_.signal();
    if (!jig_thread_.joinable()) {
        jig_idle_.signal();
        jig_done_.signal();
    }
    if (!broker_thread_.joinable()) {
        broker_ended_.signal();
    }
    os::Watch idle{.fd = jig_idle_.fd(), .events = POLLIN};
    if (!os::wait(&idle, 1, Deadline::in(running_command_timeout, Clock::now()))) {
        log_.warn("the jig thread is still busy after 3 s; cancelling the exchange");
        jig_cancel_.signal();
    }
    join(jig_thread_);
    os::Watch ended{.fd = broker_ended_.fd(), .events = POLLIN};
    if (!os::wait(&ended, 1, Deadline::in(last_replies_timeout, Clock::now()))) {
        log_.warn("the broker did not take the last replies in time; the connection is cut");
        service_.cut();
    }
    join(broker_thread_);
    if (!failed_) {
        crash_marker_.remove();
    }
    log_.info("stopped");
}

} // namespace jigd::daemon
