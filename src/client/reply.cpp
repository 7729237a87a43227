#include "client/reply.hpp"

#include <utility>

namespace jigd::client {

namespace {

constexpr int max_nesting = 64;

/// null where there is no such member
nlohmann::json take(nlohmann::json& envelope, const char* name) {
    const auto found = envelope.find(name);
    return found == envelope.end() ? nlohmann::json() : std::move(*found);
}

} // namespace

Reply parse_reply(std::string body) {
    Reply reply;
    reply.body = std::move(body);
    bool too_deep = false;
    // Deep nesting is cut off while parsing: what walks such a value later would run out of stack.
    const auto cut_deep = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep = too_deep || depth > max_nesting;
        return !too_deep;
    };
    auto envelope = nlohmann::json::parse(reply.body, cut_deep, false);
    if (too_deep) {
        reply.defect = "it is nested deeper than " + std::to_string(max_nesting) + " levels";
    } else if (envelope.is_discarded()) {
        reply.defect = "it is not JSON";
    } else if (!envelope.is_object()) {
        reply.defect = std::string("it is a JSON ") + envelope.type_name() + ", not an object";
    } else if (const auto ok = envelope.find("ok"); ok == envelope.end() || !ok->is_boolean()) {
        reply.defect = "it has no member 'ok' that is true or false";
    } else {
        reply.ok = ok->get<bool>();
        reply.result = take(envelope, "result");
        reply.error = take(envelope, "error");
        reply.simulated = take(envelope, "simulated") == true;
    }
    return reply;
}

Reply oversized_reply(std::size_t size, std::size_t limit) {
    Reply reply;
    reply.defect = "it has " + std::to_string(size) + " bytes, and more than " + std::to_string(limit) +
                   " are not accepted";
    return reply;
}

} // namespace jigd::client
