#include <gtest/gtest.h>

#include "small_board.hpp"
#include "support/profiles.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

const std::string panel = R"(spec: 1
name: panel
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{send: S, match: '(?P<one>[01]) (?P<two>[01]) (?P<door>\w+) (?P<bits>[01]+)( (?P<mv>\d+))?'}]
    result:
      one: {type: boolean, text: "1|0", state: "relays[1]"}
      two: {type: boolean, text: "1|0", state: "relays[2]"}
      door: {enum: [open, closed]}
      bits: {type: array, items: {type: boolean}, minItems: 2, maxItems: 8, bits: leftmost_first, state: lamps}
      mv: {type: [integer, "null"], unit: mV}
  GetExtra:
    kind: read
    steps: [{send: E, match: '(?P<extra>\d+)'}]
    result: {extra: {const: 5}}
  SetUsb:
    kind: set
    params: {route: {enum: [host, dut]}}
    steps: [{send: "U {route:host=H|dut=D}", match: OK}]
    sets: {usb: "{route}"}
  SetPort:
    kind: set
    params: {port: {type: integer, minimum: 1, maximum: 4}, on: {type: boolean}}
    steps: [{send: "P {port} {on:1|0}", match: OK}]
    sets: {"ports[port]": "{on}"}
simulation: {state: {usb: host, ports: [false, false]}}
)";

TEST(ValuesSchema, DescribesTheStatesThatJigStatusSends) {
    const auto schema = values_schema(test::parse_profile(panel, "panel.yaml"));
    EXPECT_EQ(schema["required"], (json{"door", "lamps", "mv", "ports", "relays", "usb"}));
    const auto& states = schema["properties"];
    EXPECT_EQ(states.size(), 6U);
    EXPECT_EQ(states["door"], (json{{"enum", {"open", "closed", nullptr}}}));
    const json flags = {{"type", {"boolean", "null"}}};
    const json relays = {{"type", {"array", "null"}}, {"items", flags}};
    EXPECT_EQ(states["relays"], relays) << "two fields are the items of one list";
    EXPECT_EQ(states["ports"], relays) << "only set, and from a parameter";
    EXPECT_EQ(states["lamps"], (json{{"type", {"array", "null"}}, {"items", flags}, {"maxItems", 8}}));
    EXPECT_EQ(states["mv"], (json{{"type", {"integer", "null"}}, {"unit", "mV"}}));
    EXPECT_EQ(states["usb"], (json{{"enum", {"host", "dut", nullptr}}}));
}

TEST(ValuesSchema, DescribesAllThatIsReadWithoutJigStatus) {
    const auto schema =
        values_schema(test::parse_profile(replaced(panel, "JigStatus", "GetAll"), "panel.yaml"));
    EXPECT_EQ(schema["properties"]["extra"], (json{{"enum", {5, nullptr}}}));
    EXPECT_EQ(schema["properties"].size(), 7U);
}

} // namespace
} // namespace jigd::profile
