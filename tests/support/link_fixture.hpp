#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/status_snapshot.hpp"
#include "link/link.hpp"
#include "link/values.hpp"
#include "link/wire_recorder.hpp"
#include "profile/profile.hpp"
#include "support/fake_port.hpp"
#include "support/profiles.hpp"

namespace jigd::link {

/// A link in virtual time: each port that it will open is scripted beforehand.
class LinkFixture : public testing::Test, public LinkObserver {
  protected:
    static constexpr const char* board = R"(
spec: 1
name: lamp
driver: line
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: "ID LAMP JIG-1 1.0"}
errors: [{match: '^ERR (?P<code>\d+) ?(?P<text>.*)$'}]
noise: [{match: '^READY$'}, {match: '^> $'}]
requests:
  JigStatus:
    kind: read
    steps: [{send: "STATUS?", match: '^LAMP (?P<lamp>ON|OFF)$'}]
    result: {lamp: {type: boolean, text: "ON|OFF"}}
  GetLamp:
    kind: read
    steps: [{send: "LAMP?", match: '^LAMP (?P<on>ON|OFF)$'}]
    result: {on: {type: boolean, text: "ON|OFF", state: lamp}}
  SetLamp:
    kind: set
    params: {on: {type: boolean}}
    steps: [{send: "LAMP {on:ON|OFF}", match: '^OK$'}]
    sets: {lamp: "{on}"}
    verify: {request: GetLamp, expect: {on: "{on}"}}
  Ring:
    kind: pulse
    steps: [{send: "RING", match: '^OK$'}]
  Twice:
    kind: pulse
    steps: [{send: "ONE", match: '^OK$'}, {send: "TWO", match: '^OK$'}]
  Whisper:
    kind: set
    steps: [{send: "WHISPER"}]
  Reset:
    kind: pulse
    steps: [{send: "RESET", match: '^OK$'}]
    restarts: true
safe_state: [{request: SetLamp, params: {on: false}}, {request: Ring}]
)";

    /// The next port that is opened; it stays with the link.
    test::FakePort& will_open(std::unique_ptr<test::FakePort> port = std::make_unique<test::FakePort>()) {
        ports_.push_back(std::move(port));
        return *ports_.back();
    }

    void make(std::optional<std::string> board_serial = "JIG-1") {
        make_for({.serial = std::move(board_serial)});
    }

    virtual void make_for(IdentityDemand demand) {
        values.emplace(profile);
        link.emplace(profile, LinkOptions{.demand = std::move(demand)},
                     LinkDependencies{[this] { return open(); }, status, *values, *this, &recorder});
    }

    /// A link that is online on a board that was asked who it is.
    test::FakePort& make_online(std::unique_ptr<test::FakePort> on = std::make_unique<test::FakePort>()) {
        auto& port = will_open(std::move(on));
        port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
        make();
        link->maintain(port.now());
        EXPECT_EQ(link->state(), LinkState::online);
        return port;
    }

    static Deadline in(const test::FakePort& port, Milliseconds timeout) {
        return Deadline::in(timeout, port.now());
    }

    /// Both halves of a step.
    profile::Captures exchange(const profile::Step& step, const nlohmann::json& params, Deadline deadline) {
        (void)link->begin(step, params, deadline);
        auto captures = link->send();
        link->process_rest();
        return captures;
    }

    template<typename Action>
    Error refused(Action action) {
        try {
            action();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "nothing was thrown";
        return Error(Code::internal, "");
    }

    void on_link_state(const LinkReport& report) override {
        (void)status.set_link(report);
        reports.push_back(report);
        if (states.empty() || states.back() != report.state) {
            states.push_back(report.state);
        }
    }

    void on_link_reminder(const LinkReport& report, const std::string& since) override {
        reminders.push_back(since + ": " + report.reason);
    }
    void on_board_event(const Event& event) override { events.push_back(event); }
    void on_unexpected(std::uint64_t frames, const std::string& last) override {
        unexpected.emplace_back(frames, last);
    }

    profile::Profile profile = test::parse_profile(board, "lamp.yaml");
    StatusSnapshot status;
    std::optional<Values> values;
    WireRecorder recorder{{}, {}};
    std::vector<Event> events;
    std::vector<std::string> reminders;
    std::vector<LinkReport> reports;
    std::vector<std::pair<std::uint64_t, std::string>> unexpected; ///< frames, the last of them
    Error not_open{Code::jig_offline, "there is no port", Executed::no, {{"link", "absent"}}};
    std::vector<LinkState> states;
    int opens = 0;
    std::optional<Link> link;

  private:
    std::unique_ptr<drivers::Port> open() {
        ++opens;
        if (ports_.empty()) {
            throw Error(not_open);
        }
        auto port = std::move(ports_.front());
        ports_.pop_front();
        return port;
    }

    std::deque<std::unique_ptr<test::FakePort>> ports_;
};

} // namespace jigd::link
