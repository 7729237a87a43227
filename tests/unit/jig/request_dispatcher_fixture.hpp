#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "jig/request_dispatcher.hpp"
#include "support/profiles.hpp"

namespace jigd::jig {

/// A dispatcher whose jig thread is the test: it finds the jobs in `inbox`.
class RequestDispatcherFixture : public testing::Test {
  protected:
    static constexpr const char* board = R"(
spec: 1
name: board
driver: line
identify: none
requests:
  GetLamp: {kind: read, steps: [{send: "LAMP?", match: '^LAMP (?P<on>ON|OFF)$'}], result: {on: {type: boolean, text: "ON|OFF"}}}
  SetLamp: {kind: set, params: {on: {type: boolean}}, steps: [{send: "LAMP {on:ON|OFF}", match: '^OK$'}]}
  Ring: {kind: pulse, steps: [{send: "RING", match: '^OK$'}]}
safe_state: [{request: SetLamp, params: {on: false}}]
)";

    RequestDispatcherFixture() { recorded_ids.set_complete(true); }

    Delivery delivery(const std::string& key, const std::string& body = "{}") {
        Delivery made;
        made.ticket = {.generation = 1, .delivery_tag = ++last_tag};
        made.routing_key = key;
        made.body = body;
        made.body_size = body.size();
        made.properties.reply_to = "callback";
        made.properties.correlation_id = "c-" + std::to_string(last_tag);
        made.received = now;
        return made;
    }
    Delivery request(const std::string& name, const std::string& body = "{}") {
        return delivery("JIG-1.Req." + name, body);
    }
    /// With a message id, or as the broker delivers it again.
    Delivery ring(const std::optional<std::string>& message_id, bool redelivered = false) {
        auto made = request("Ring");
        made.properties.message_id = message_id;
        made.redelivered = redelivered;
        return made;
    }

    Error refusal(const Delivery& delivery) {
        const auto answer = dispatcher.on_delivery(delivery);
        if (!answer || !std::holds_alternative<Error>(answer->outcome)) {
            ADD_FAILURE() << "not refused";
            return Error(Code::internal, "not refused");
        }
        return std::get<Error>(answer->outcome);
    }
    Code refused(const Delivery& delivery) {
        const auto error = refusal(delivery);
        message = error.what();
        return error.code();
    }
    nlohmann::json result(const char* name) {
        const auto answer = dispatcher.on_delivery(request(name));
        return std::get<nlohmann::json>(answer.value().outcome);
    }
    /// The error of the one request that is overdue long after.
    Error overdue() {
        const auto answers = dispatcher.overdue(now + std::chrono::seconds(100));
        if (answers.size() != 1 || !std::holds_alternative<Error>(answers.front().outcome)) {
            ADD_FAILURE() << answers.size() << " are overdue";
            return Error(Code::internal, "");
        }
        return std::get<Error>(answers.front().outcome);
    }

    std::uint64_t last_tag = 0;
    TimePoint now{std::chrono::seconds(1000)};
    std::string message;
    profile::Profile profile = test::parse_profile(board, "board.yaml");
    Mailbox<Job> inbox{16, [] {}};
    StatusSnapshot status;
    record::RecordedIds recorded_ids;
    nlohmann::json trace = {{"entries", nlohmann::json::array()}, {"lost", 0}};
    RequestDispatcher dispatcher{profile,
                                 {.serial = "JIG-1", .max_waiting = 3, .max_waiting_bytes = 100},
                                 {inbox, status, recorded_ids, [this] { return trace; }}};
};

} // namespace jigd::jig
