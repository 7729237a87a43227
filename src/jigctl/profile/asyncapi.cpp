#include "jigctl/profile/asyncapi.hpp"

#include <string>
#include <utility>

#include "core/error.hpp"
#include "profile/capabilities.hpp"

namespace jigd::jigctl {

namespace {

using Json = nlohmann::ordered_json;

Json reference(const std::string& path) {
    return {{"$ref", "#/" + path}};
}

Json text() {
    return {{"type", "string"}};
}

/// Each channel of the topic exchange is a routing key.
Json routed(const std::string& address, const std::string& message) {
    return {{"address", address},
            {"messages", {{message, reference("components/messages/" + message)}}},
            {"parameters", {{"serial", reference("components/parameters/serial")}}},
            {"bindings",
             {{"amqp",
               {{"is", "routingKey"},
                {"exchange", {{"name", "amq.topic"}, {"type", "topic"}, {"durable", true}}},
                {"bindingVersion", "0.3.0"}}}}}};
}

Json message(const std::string& title, Json payload) {
    return {{"title", title}, {"contentType", "application/json"}, {"payload", std::move(payload)}};
}

Json correlated(Json of) {
    of["correlationId"] = {{"location", "$message.header#/correlation_id"}};
    return of;
}

Json codes() {
    auto list = Json::array();
    for (int code = 0; code <= static_cast<int>(Code::internal); ++code) {
        list.push_back(to_string(static_cast<Code>(code)));
    }
    return list;
}

Json error_payload() {
    const Json error{{"type", "object"},
                     {"required", {"code", "message", "retryable", "executed"}},
                     {"properties",
                      {{"code", {{"enum", codes()}}},
                       {"message", text()},
                       {"retryable", {{"type", "boolean"}}},
                       {"executed", {{"enum", {"no", "yes", "unknown"}}}}}}};
    return {{"type", "object"},
            {"required", {"ok", "jig", "request", "error", "duration_ms"}},
            {"properties",
             {{"ok", {{"const", false}}},
              {"jig", text()},
              {"request", text()},
              {"error", error},
              {"duration_ms", {{"type", "number"}}},
              {"recorded", text()},
              {"simulated", {{"const", true}}}}}};
}

Json result_payload(const std::string& request, const Json& result) {
    return {{"type", "object"},
            {"required", {"ok", "jig", "request", "result", "duration_ms"}},
            {"properties",
             {{"ok", {{"const", true}}},
              {"jig", text()},
              {"request", {{"const", request}}},
              {"result", result},
              {"duration_ms", {{"type", "number"}}},
              {"recorded", text()},
              {"simulated", {{"const", true}}}}}};
}

Json event_payload(const std::string& event, const Json& values) {
    return {{"type", "object"},
            {"required", {"jig", "event", "at", "values"}},
            {"properties",
             {{"jig", text()},
              {"event", {{"const", event}}},
              {"at", {{"type", "string"}, {"format", "date-time"}}},
              {"values", values}}}};
}

Json values_of(const profile::Event& event) {
    auto properties = Json::object();
    for (const auto& field : event.values) {
        properties[field.name] = field.schema.json();
    }
    return {{"type", "object"}, {"properties", properties}};
}

/// jigd's own events, of every jig.
Json own_values(std::initializer_list<const char*> names) {
    auto properties = Json::object();
    for (const auto* name : names) {
        properties[name] = text();
    }
    return {{"type", "object"}, {"properties", properties}};
}

/// The document while it is made.
class Document {
  public:
    explicit Document(const profile::Profile& profile) {
        document_ = {
            {"asyncapi", "3.0.0"},
            {"info",
             {{"title", profile.name},
              {"version", "1"},
              {"description", (profile.description.empty() ? profile.name : profile.description) +
                                  ". Made by jigctl profile docs; docs/protocol.md has the contract."}}},
            {"defaultContentType", "application/json"},
            {"channels", Json::object()},
            {"operations", Json::object()},
            {"components",
             {{"messages", {{"error", correlated(message("Why there is no result", error_payload()))}}},
              {"parameters",
               {{"serial", {{"description", "the jig's configured serial, such as JIG-0001"}}}}}}}};
    }

    void add_request(const std::string& name, const Json& capability) {
        const auto kind = capability.at("kind").get<std::string>();
        const auto reply = name + ".reply";
        const auto result = name + ".result";
        auto& messages = document_["components"]["messages"];
        messages[name] = correlated(message(name, capability.at("params")));
        messages[result] =
            correlated(message("Result of " + name, result_payload(name, capability.at("result"))));
        document_["channels"][name] = routed("{serial}.Req." + name, name);
        document_["channels"][reply] = {{"address", nullptr},
                                        {"messages",
                                         {{"result", reference("components/messages/" + result)},
                                          {"error", reference("components/messages/error")}}}};
        document_["operations"][name] = {{"action", "receive"},
                                         {"channel", reference("channels/" + name)},
                                         {"summary", capability.at("description")},
                                         {"tags", {{{"name", kind}}}},
                                         {"reply",
                                          {{"address", {{"location", "$message.header#/reply_to"}}},
                                           {"channel", reference("channels/" + reply)}}}};
        if (capability.contains("requires")) {
            document_["operations"][name]["description"] =
                "Only while " + join(capability.at("requires")) + "; else it is refused (interlock).";
        }
    }

    void add_event(const std::string& name, const std::string& summary, const Json& values) {
        document_["components"]["messages"][name] = message(name, event_payload(name, values));
        document_["channels"][name] = routed("{serial}.Evt." + name, name);
        document_["operations"][name] = {
            {"action", "send"}, {"channel", reference("channels/" + name)}, {"summary", summary}};
    }

    [[nodiscard]] Json take() { return std::move(document_); }

  private:
    static std::string join(const Json& conditions) {
        std::string list;
        for (const auto& condition : conditions) {
            list += (list.empty() ? "" : " and ") + condition.get<std::string>();
        }
        return list;
    }

    Json document_;
};

} // namespace

nlohmann::ordered_json asyncapi(const profile::Profile& profile) {
    Document document(profile);
    const Json capabilities = profile::capabilities(profile);
    for (const auto& [name, capability] : capabilities.at("requests").items()) {
        document.add_request(name, capability);
    }
    for (const auto& event : profile.events) {
        document.add_event(event.name, "what the board says unasked", values_of(event));
    }
    document.add_event("LinkChanged", "the serial link's state changed",
                       own_values({"from", "to", "reason"}));
    document.add_event("HealthChanged", "the status of JigHealth changed",
                       own_values({"from", "to", "because", "state"}));
    return document.take();
}

} // namespace jigd::jigctl
