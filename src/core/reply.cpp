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

/// JSON text, whatever the bytes: what is not UTF-8 becomes U+FFFD.
std::string dump(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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

std::optional<Kind> kind_from(std::string_view text) {
    for (const auto kind : {Kind::read, Kind::set, Kind::pulse}) {
        if (to_string(kind) == text) {
            return kind;
        }
    }
    return std::nullopt;
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
                         const Outcome& outcome, Duration took, const std::optional<std::string>& recorded) {
    // Put together by hand: an object of objects would copy the whole result once more for each reply.
    const auto* error = std::get_if<Error>(&outcome);
    std::string reply = error == nullptr ? R"({"ok":true,"jig":)" : R"({"ok":false,"jig":)";
    reply += dump(jig);
    reply += R"(,"request":)";
    reply += dump(request);
    if (simulated) {
        reply += R"(,"simulated":true)";
    }
    if (recorded) {
        reply += R"(,"recorded":)";
        reply += dump(*recorded);
    }
    reply += error == nullptr ? R"(,"result":)" : R"(,"error":)";
    reply += error == nullptr ? dump(std::get<nlohmann::json>(outcome)) : dump(to_json(*error));
    reply += R"(,"duration_ms":)";
    reply += dump(to_milliseconds(took));
    reply += '}';
    return reply;
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
    } catch (const nlohmann::json::out_of_range&) {
        throw Error(Code::bad_request, "a number in the body is too large for any parameter");
    } catch (const nlohmann::json::parse_error& error) {
        throw Error(Code::bad_request, "the body is not JSON (at byte " + std::to_string(error.byte) +
                                           "); send a JSON object of parameters in UTF-8, such as {}");
    }
}

} // namespace jigd
