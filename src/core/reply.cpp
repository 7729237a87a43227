#include "core/reply.hpp"

#include <cmath>

namespace jigd {

namespace {

constexpr int deepest_nesting = 64;

/// Milliseconds with one decimal: enough for an operator, stable in a log.
double to_milliseconds(Duration took) {
    const double exact = std::chrono::duration<double, std::milli>(took).count();
    return std::round(exact * 10.0) / 10.0;
}

} // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
    case Kind::read:
        return "read";
    case Kind::set:
        return "set";
    case Kind::pulse:
        return "pulse";
    }
    return "read";
}

nlohmann::json to_json(const Error& error) {
    nlohmann::json object = error.details();
    object["code"] = to_string(error.code());
    object["message"] = error.what();
    object["retryable"] = error.retryable();
    object["executed"] = to_string(error.executed());
    return object;
}

std::string encode_reply(std::string_view jig, bool simulated, std::string_view request,
                         const Outcome& outcome, Duration took) {
    nlohmann::ordered_json envelope;
    const auto* error = std::get_if<Error>(&outcome);
    envelope["ok"] = error == nullptr;
    envelope["jig"] = jig;
    envelope["request"] = request;
    if (simulated) {
        envelope["simulated"] = true;
    }
    if (error != nullptr) {
        envelope["error"] = to_json(*error);
    } else {
        envelope["result"] = std::get<nlohmann::json>(outcome);
    }
    envelope["duration_ms"] = to_milliseconds(took);
    return envelope.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::json decode_body(std::string_view body) {
    if (body.empty()) {
        return nlohmann::json::object();
    }
    const auto refuse_deep = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > deepest_nesting) {
            throw Error(Code::bad_request, "the body is nested deeper than " +
                                               std::to_string(deepest_nesting) +
                                               " levels; send a flat JSON object of parameters");
        }
        return true;
    };
    try {
        auto value = nlohmann::json::parse(body.begin(), body.end(), refuse_deep);
        if (!value.is_object()) {
            throw Error(Code::bad_request,
                        std::string("the body is a JSON ") + value.type_name() +
                            "; send a JSON object of parameters, such as {} or {\"channel\": 1}");
        }
        return value;
    } catch (const nlohmann::json::parse_error& error) {
        throw Error(Code::bad_request, "the body is no JSON (at byte " + std::to_string(error.byte) +
                                           "); send a JSON object of parameters in UTF-8, such as {}");
    }
}

} // namespace jigd
