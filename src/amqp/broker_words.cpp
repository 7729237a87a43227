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

constexpr const char* for_callers = R"( (who only calls jigs needs no more than '^$' '^amq\.topic$' '^$'))";

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

/// What stands between `before` and `after`; "" where they don't stand there.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
    const auto found = text.find(before);
    if (found == std::string_view::npos) {
        return "";
    }
    const auto rest = text.substr(found + before.size());
    const auto end = rest.find(after);
    return end == std::string_view::npos ? "" : std::string(rest.substr(0, end));
}

/// Who was refused. The URL says it unless a certificate did: then only the broker knows what it made of
/// that.
std::string user_of(const Url& url, std::string_view text) {
    const auto named = between(text, "refused for user '", "'");
    return url.user.empty() || (!named.empty() && !contains(text, "user '" + url.user + "'")) ? named
                                                                                              : url.user;
}

/// Gives the user of one or more jigds what they need, and nothing else.
std::string set_permissions(const Url& url, const std::string& user) {
    return "rabbitmqctl set_permissions -p " + quoted(url.vhost) + " " + quoted(user) +
           R"( '^jigd\.' '^(jigd\.|amq\.default$|amq\.topic$)' '^(jigd\.|amq\.topic$)')";
}

/// The same for permissions by routing key, where the broker has any. Whoever stands by asks JigIdentity who
/// serves.
std::string set_topic_permissions(const Url& url, const std::string& user, const std::string& exchange) {
    return "rabbitmqctl set_topic_permissions -p " + quoted(url.vhost) + " " + quoted(user) + " " +
           quoted(exchange) + R"( '^[^.]+\.(Evt\.|Req\.JigIdentity$)' '^[^.]+\.Req\.')";
}

std::string explain_refused_user(const Url& url, std::string_view text) {
    if (contains(text, "EXTERNAL")) {
        return "the broker has no user of the name that it takes from this certificate (its log tells the "
               "name); on the broker run: rabbitmqctl add_user NAME PASSWORD, rabbitmqctl clear_password "
               "NAME "
               "and: " +
               set_permissions(url, "NAME");
    }
    return "user '" + url.user +
           "' was refused (wrong password, no such user, or a user that may only come from the broker's own "
           "machine, as guest); on the broker run: rabbitmqctl change_password " +
           quoted(url.user) + " PASSWORD (docs/operations.md has the commands for a new user)";
}

std::string explain_login(const Url& url, std::uint16_t code, std::string_view text) {
    if (code == access_refused) {
        return explain_refused_user(url, text);
    }
    if (code != not_allowed) {
        return "";
    }
    const auto user = user_of(url, text);
    if (contains(text, "limit (")) {
        return "user '" + user + "' or vhost '" + url.vhost +
               "' has as many connections as it may; close some, or on the broker see: rabbitmqctl "
               "list_vhost_limits -p " +
               quoted(url.vhost) + " and: rabbitmqctl list_user_limits --user " + quoted(user);
    }
    if (contains(text, "not found")) {
        const bool known = !user.empty();
        return "vhost '" + url.vhost + "' does not exist" +
               (known ? ", so user '" + user + "' cannot use it" : "") +
               "; check the URL, or on the broker run: rabbitmqctl add_vhost " + quoted(url.vhost) +
               " and: " + set_permissions(url, known ? user : "NAME") + for_callers;
    }
    if (contains(text, "refused for user")) {
        return "user '" + user + "' has no permission in vhost '" + url.vhost +
               "'; on the broker run: " + set_permissions(url, user) + for_callers;
    }
    return "";
}

/// Which of its three permissions on a queue or an exchange the broker looked at.
std::string_view permission_for(Attempt::What what, bool is_queue) {
    switch (what) {
    case Attempt::What::declare:
        return "configure";
    case Attempt::What::bind: // writes into the queue what it reads from the exchange
        return is_queue ? "write" : "read";
    case Attempt::What::consume:
        return "read";
    case Attempt::What::publish:
        return "write";
    case Attempt::What::login:
    case Attempt::What::other:
        break;
    }
    return "needed";
}

std::string explain_missing_permission(const Attempt& attempt, const Url& url, std::string_view text) {
    const auto user = user_of(url, text);
    const auto lacks = [&](bool is_queue) {
        return "user '" + user + "' lacks the " + std::string(permission_for(attempt.what, is_queue)) +
               " permission ";
    };
    if (const auto topic = between(text, "access to topic '", "' in exchange '"); !topic.empty()) {
        const auto exchange = between(text, "' in exchange '", "'");
        return lacks(false) + "for topic '" + topic + "' on exchange '" + exchange + "' in vhost '" +
               url.vhost + "'; on the broker run: " + set_topic_permissions(url, user, exchange) +
               " (in place of its present ones there)";
    }
    const auto queue = between(text, "access to queue '", "' in vhost");
    const auto exchange = between(text, "access to exchange '", "' in vhost");
    const auto what = !queue.empty()      ? lacks(true) + "on queue '" + queue + "'"
                      : !exchange.empty() ? lacks(false) + "on exchange '" + exchange + "'"
                                          : "user '" + user + "' lacks a permission";
    return what + " in vhost '" + url.vhost + "'; on the broker run: " + set_permissions(url, user) +
           " (in place of its present ones there)";
}

std::string explain_precondition(const Attempt& attempt, const Url& url, std::string_view text) {
    if (contains(text, "delivery acknowledgement")) {
        return "a request took longer than the broker waits for one; configure requests.longest_timeout "
               "shorter, or the broker's consumer_timeout longer";
    }
    if (contains(text, "queue limit in vhost")) {
        return "vhost '" + url.vhost +
               "' has as many queues as it may; on the broker see: rabbitmqctl list_vhost_limits -p " +
               quoted(url.vhost);
    }
    if (attempt.what == Attempt::What::declare) {
        return "queue " + attempt.subject +
               " exists with other settings than the configured ones; configure those, or have it made anew: "
               "rabbitmqctl delete_queue -p " +
               quoted(url.vhost) + " " + quoted(attempt.subject);
    }
    return "";
}

std::string explain_work(const Attempt& attempt, const Url& url, std::uint16_t code, std::string_view text) {
    switch (code) {
    case access_refused:
        return contains(text, "exclusive use")
                   ? "another consumer already serves queue " + attempt.subject +
                         " (only one jigd may serve a jig); stop the other one, or see who it is by: "
                         "rabbitmqctl list_consumers -p " +
                         quoted(url.vhost)
                   : explain_missing_permission(attempt, url, text);
    case not_found:
        return contains(text, "is down")
                   ? "queue " + attempt.subject +
                         " is on a node of the cluster that is down, and comes back with it (not so with "
                         "broker.queue_type: quorum)"
                   : "";
    case resource_locked:
        return "queue " + attempt.subject + " belongs to another connection alone; close that one";
    case precondition_failed:
        return explain_precondition(attempt, url, text);
    default:
        return "";
    }
}

/// Codes by which the broker says no to us, as opposed to "not now".
bool is_refusal(const Attempt& attempt, std::uint16_t code, std::string_view text) {
    const bool setting_up = attempt.what == Attempt::What::declare || attempt.what == Attempt::What::bind ||
                            attempt.what == Attempt::What::consume;
    switch (code) {
    case access_refused:
        return attempt.what != Attempt::What::other;
    case not_found:
        // Our queue comes back: with its node, or its vhost, or by being declared again.
        return setting_up && contains(text, "no exchange");
    case resource_locked:
    case precondition_failed:
        return setting_up;
    case not_allowed:
        // One connection fewer, such as our own that died, and we may.
        return !contains(text, "limit (");
    default:
        return false;
    }
}

} // namespace

ConnectionError explain_close(const Attempt& attempt, const Url& url, std::uint16_t code,
                              std::string_view text) {
    const auto mend = attempt.what == Attempt::What::login ? explain_login(url, code, text)
                                                           : explain_work(attempt, url, code, text);
    const std::string said = "broker " + url.host + ":" + std::to_string(url.port) + " said " +
                             std::to_string(code) + " " + std::string(text);
    return {is_refusal(attempt, code, text) ? ConnectionError::Kind::refused
                                            : ConnectionError::Kind::unreachable,
            mend.empty() ? said : mend + " (" + said + ")", code};
}

} // namespace jigd::amqp
