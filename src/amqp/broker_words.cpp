#include "amqp/broker_words.hpp"

namespace jigd::amqp {

namespace {

enum : std::uint16_t {
    access_refused = 403,
    not_found = 404,
    resource_locked = 405,
    precondition_failed = 406,
    not_allowed = 530,
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// For a shell; names that need no quotes get none.
std::string quoted(const std::string& word) {
    const bool plain =
        !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "0123456789-_./:@") == std::string::npos;
    if (plain) {
        return word;
    }
    std::string result = "'";
    for (const char each : word) {
        result += each == '\'' ? std::string("'\\''") : std::string(1, each);
    }
    return result + "'";
}

std::string set_permissions(const Url& url) {
    return "rabbitmqctl set_permissions -p " + quoted(url.vhost) + " " + quoted(url.user) + " '.*' '.*' '.*'";
}

std::string explain_login(const Url& url, std::uint16_t code, std::string_view text) {
    if (code == access_refused) {
        return "user '" + url.user +
               "' was refused (wrong password, no such user, or a user that may only "
               "come from the broker's own machine); on the broker run: rabbitmqctl change_password " +
               quoted(url.user) + " PASSWORD (or add_user) and: " + set_permissions(url);
    }
    if (code == not_allowed && contains(text, "not found")) {
        return "vhost '" + url.vhost + "' does not exist, so user '" + url.user +
               "' cannot use it; check the URL, or on the broker run: rabbitmqctl add_vhost " +
               quoted(url.vhost) + " and: " + set_permissions(url);
    }
    if (code == not_allowed && contains(text, "refused for user")) {
        return "user '" + url.user + "' has no permission in vhost '" + url.vhost +
               "'; on the broker run: " + set_permissions(url);
    }
    return "";
}

std::string explain_setup(const Attempt& attempt, const Url& url, std::uint16_t code, std::string_view text) {
    if (code == access_refused && contains(text, "exclusive use")) {
        return "another consumer already serves queue " + attempt.subject +
               " (only one jigd may serve a jig); stop the other one, or see who it is by: rabbitmqctl "
               "list_consumers -p " +
               quoted(url.vhost);
    }
    if (code == access_refused) {
        return "user '" + url.user + "' lacks a permission in vhost '" + url.vhost +
               "'; on the broker run: " + set_permissions(url);
    }
    if (code == precondition_failed && attempt.what == Attempt::What::declare) {
        return "queue " + attempt.subject +
               " exists with other settings than the configured ones; configure those, or have it made anew: "
               "rabbitmqctl delete_queue -p " +
               quoted(url.vhost) + " " + quoted(attempt.subject);
    }
    if (code == resource_locked) {
        return "queue " + attempt.subject + " belongs to another connection alone; close that one";
    }
    return "";
}

/// Codes by which the broker says no to us, as opposed to "not now".
bool is_refusal(const Attempt& attempt, std::uint16_t code, std::string_view text) {
    const bool setting_up = attempt.what == Attempt::What::declare || attempt.what == Attempt::What::bind ||
                            attempt.what == Attempt::What::consume;
    switch (code) {
    case access_refused:
        return attempt.what != Attempt::What::other;
    case not_found:
        // A durable queue of a node that is down comes back with it.
        return setting_up && !contains(text, "is down");
    case resource_locked:
    case precondition_failed:
        return setting_up;
    case not_allowed:
        return true;
    default:
        return false;
    }
}

} // namespace

ConnectionError explain_close(const Attempt& attempt, const Url& url, std::uint16_t code,
                              std::string_view text) {
    const auto mend = attempt.what == Attempt::What::login ? explain_login(url, code, text)
                                                           : explain_setup(attempt, url, code, text);
    const std::string said = "broker " + url.host + ":" + std::to_string(url.port) + " said " +
                             std::to_string(code) + " " + std::string(text);
    return {is_refusal(attempt, code, text) ? ConnectionError::Kind::refused
                                            : ConnectionError::Kind::unreachable,
            mend.empty() ? said : mend + " (" + said + ")", code};
}

} // namespace jigd::amqp
