#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/broker_access.hpp"
#include "core/deadline.hpp"
#include "core/url.hpp"
#include "core/version_range.hpp"
#include "yaml/document.hpp"

/// The service's configuration file as plain values (docs/configuration.md). Read once at start and again on
/// request; a Config is never changed after it was loaded, so any thread may read it.
namespace jigd::config {

/// Which jig this is, and where it is plugged in.
struct Jig {
    std::string serial;  ///< 1-64 of [A-Za-z0-9_-]: the first word of its routing keys
    std::string profile; ///< a name that is looked up, or a path
    std::string port;    ///< an absolute path, usb:VID:PID[:SERIAL], tcp://… or rfc2217://…, or sim
    /// What the board must say its serial is: `serial` unless the file says otherwise; nullopt (the file says
    /// `any`): not compared.
    std::optional<std::string> identity_serial;
    std::optional<std::string> identity_model; ///< what its model must be; nullopt = not compared
    /// What its firmware must be; nullopt = not compared.
    std::optional<VersionRange> identity_firmware;
    /// Sections `serial`, `line`, `timeouts`, `define` that go before those of the profile.
    std::optional<yaml::Node> overrides;
};

/// When the jig is made safe without being asked to. `false`: left as it is (`hold`).
struct SafeState {
    bool on_start = false;
    bool on_stop = true;
    std::optional<Milliseconds> on_broker_loss; ///< after the broker was gone for so long; nullopt = never
};

/// How much of what was asked is remembered.
struct Record {
    std::chrono::hours keep{30 * 24};
    std::size_t largest = 64U << 20U; ///< bytes of the file; the oldest entries go first
};

struct Broker {
    /// At least one, in the order to try; passwords filled in. With Authentication::external user and
    /// password are empty.
    std::vector<Url> urls;
    bool shuffle = false; ///< they are tried in random order instead
    Authentication authentication = Authentication::password;
    std::optional<std::string> password_file;       ///< where the passwords that no URL carries came from
    std::optional<std::string> password_credential; ///< the same: the name of a systemd credential
    TlsFiles tls;                                   ///< for the amqps URLs; paths are absolute
    QueueType queue_type = QueueType::classic;
    std::chrono::seconds heartbeat{10};         ///< 0 switches off
    Milliseconds connect_timeout{5'000};        ///< for one attempt, up to the open channel
    Milliseconds reconnect_cap{1'000};          ///< the longest pause between two attempts
    Milliseconds queue_expires{24 * 3'600'000}; ///< x-expires: a queue that nobody serves goes after this
    Milliseconds message_ttl{60'000};           ///< x-message-ttl: a request that nobody took goes after this
};

struct Requests {
    std::size_t max_waiting = 256;         ///< with jigd and not answered; one more is answered `busy`
    Milliseconds default_timeout{10'000};  ///< of a request that has no expiration
    Milliseconds longest_timeout{600'000}; ///< a longer expiration counts as this
    std::size_t longest_body = 65'536;     ///< bytes
};

struct Log {
    std::string level = "info"; ///< error, warn, info, debug or trace
};

struct Config {
    std::string path; ///< of the file it was read from
    Jig jig;
    Broker broker;
    Requests requests;
    SafeState safe_state;
    Record record;
    Log log;
    std::optional<std::string> state_dir; ///< an absolute path; used when systemd names no state directory
    /// What works today and should be written otherwise, each as "file:line:column: …" in one line.
    std::vector<std::string> notices;
};

/// Reads the file at `path`, and the password file that it names (or the systemd credential, which is in the
/// folder of the environment's CREDENTIALS_DIRECTORY). Throws yaml::Invalid with all that is wrong at once.
[[nodiscard]] Config load(const std::string& path);

/// The same for text; `name` stands for the file in messages, and relative paths count from its folder.
[[nodiscard]] Config parse(const std::string& text, const std::string& name);

/// The effective values as YAML that loads again, every key with its value; each password is `***`.
[[nodiscard]] std::string to_yaml(const Config& config);

} // namespace jigd::config
