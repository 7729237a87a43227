#pragma once

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/conversation.hpp"
#include "support/fake_port.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {

inline constexpr const char* bench_board = R"(
spec: 1
name: bench
driver: line
serial: {baud: 115200, settle: 200ms}
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: none
errors: [{match: '^ERR (?P<code>\S+) ?(?P<text>.*)$'}]
noise: [{match: '^#.*$'}, {match: '^> $'}, {match: 'boot: ready', restart: true}]
events:
  - name: DoorChanged
    match: '^!DOOR (?P<door>\w+)$'
    values: {door: {enum: [open, closed]}}
requests:
  GetDoor:
    kind: read
    steps: [{send: "DOOR?", match: '^DOOR (?P<door>\w+)$'}]
    result: {door: {enum: [open, closed]}}
    examples: [{wire: [{tx: "DOOR?", rx: DOOR open}], result: {door: open}}]
  GetRelay:
    kind: read
    params: {channel: {type: integer, minimum: 1, maximum: 8}}
    steps: [{send: "RELAY? {channel}", match: '^RELAY (?P<channel>\d) (?P<on>ON|OFF)$'}]
    result: {on: {type: boolean, text: "ON|OFF"}}
    examples: [{params: {channel: 3}, wire: [{tx: "RELAY? 3", rx: RELAY 3 ON}], result: {on: true}}]
  Press:
    kind: pulse
    params: {duration_ms: {type: integer, minimum: 10, maximum: 5000}}
    steps: [{send: "PRESS {duration_ms}", match: '^OK$', extended_by: duration_ms}]
    examples: [{params: {duration_ms: 10}, wire: [{tx: PRESS 10, rx: OK}]}]
  Mute:
    kind: set
    steps: [{send: "MUTE"}]
    examples: [{wire: [{tx: MUTE, rx: ""}]}]
)";

class LineDriverFixture : public testing::Test {
  protected:
    profile::Captures ask(const std::string& request, const nlohmann::json& params = nlohmann::json::object(),
                          Milliseconds timeout = std::chrono::seconds(10)) {
        return driver().exchange(profile_.find(request)->steps.front(), params, within(timeout));
    }

    Error failure(const std::string& request, const nlohmann::json& params = nlohmann::json::object(),
                  Milliseconds timeout = std::chrono::seconds(10)) {
        try {
            (void)ask(request, params, timeout);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << request << " did not fail";
        return Error(Code::internal, "");
    }

    /// Made at first use, so that a test can change the profile before.
    Conversation& driver() {
        if (!driver_) {
            driver_.emplace(port_, profile_, nullptr);
        }
        return *driver_;
    }

    [[nodiscard]] Deadline within(Milliseconds timeout) const { return Deadline::in(timeout, port_.now()); }

    profile::Profile profile_ = test::parse_profile(bench_board, "bench");
    test::FakePort port_;
    std::optional<Conversation> driver_;
};

} // namespace jigd::drivers
