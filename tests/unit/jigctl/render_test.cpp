#include "jigctl/render.hpp"

#include <gtest/gtest.h>

namespace jigd::jigctl {
namespace {

using Json = nlohmann::ordered_json;

const Subject subject{"JIG-0001", "JigStatus"};

std::string result_text(const std::string& envelope) {
    return render_result(subject, Json::parse(envelope), Style{});
}

std::string error_text(const std::string& envelope) {
    return render_error({"JIG-0001", "SetRelay"}, Json::parse(envelope), Style{});
}

TEST(RenderResult, JigStatusIsATableWithSourceAndAge) {
    EXPECT_EQ(result_text(R"({"ok": true, "simulated": true, "duration_ms": 3.1, "result": {
        "identity": {"firmware": "1.4.2", "model": "TESTX-JIG", "serial": "JIG-0001", "verified": true},
        "link": {"state": "online", "port": "/dev/pts/3", "since": "2026-01-31T10:32:00.123Z",
                 "counters": {"exchanges": 17, "timeouts": 0}},
        "quality": {"door": {"source": "observed", "age_ms": 4.2},
                    "relays": {"source": "observed", "age_ms": 1234},
                    "usb": {"source": "commanded", "age_ms": 754000},
                    "vbus_mv": {"source": "unknown", "age_ms": null}},
        "values": {"door": "closed", "relays": [true, false, false, false, false, false, false, true],
                   "usb": "host", "vbus_mv": null, "extra": 1}}})"),
              R"(JIG-0001 JigStatus: ok, simulated (3.1 ms)
  identity
    firmware  1.4.2
    model     TESTX-JIG
    serial    JIG-0001
    verified  true
  link
    state  online
    port   /dev/pts/3
    since  2026-01-31T10:32:00.123Z
    counters
      exchanges  17
      timeouts   0
  values
    name     value            source     age
    door     closed           observed   4 ms
    relays   1 0 0 0 0 0 0 1  observed   1.2 s
    usb      host             commanded  13 min
    vbus_mv  -                unknown    -
    extra    1                           -
)");
}

TEST(RenderResult, ShortMembersAlign) {
    EXPECT_EQ(result_text(R"({"result": {"on": true, "channel": 1, "note": "", "none": null, "list": [1, "a"],
                              "empty": [], "object": {}}})"),
              R"(JIG-0001 JigStatus: ok
  on       true
  channel  1
  note     ""
  none     -
  list     1, a
  empty    []
  object   {}
)");
}

TEST(RenderResult, NothingToShowIsOneLine) {
    for (const auto* envelope : {R"({"result": {}})", R"({"result": null})", "{}"}) {
        EXPECT_EQ(result_text(envelope), "JIG-0001 JigStatus: ok\n");
    }
}

TEST(RenderResult, ABareValue) {
    EXPECT_EQ(result_text(R"({"result": 17})"), "JIG-0001 JigStatus: ok\n  17\n");
}

TEST(RenderResult, ListsOfObjectsAndLongLists) {
    EXPECT_EQ(result_text(R"({"result": {"items": [{"a": 1, "bc": 2}, [3, [4]], 5]}})"),
              R"(JIG-0001 JigStatus: ok
  items
    - a   1
      bc  2
    - - 3
      - 4
    - 5
)");
    Json numbers = Json::array();
    for (int i = 1000; i < 1100; ++i) {
        numbers.push_back(i);
    }
    const auto text = render_value(numbers, Style{});
    EXPECT_LT(text.size(), 110U);
    EXPECT_NE(text.find("(100 in all)"), std::string::npos);
}

TEST(RenderResult, AgesInTheUnitsOfPeople) {
    const auto age_of = [](const std::string& milliseconds) {
        const auto text =
            result_text(R"({"result": {"values": {"a": 1}, "quality": {"a": {"source": "observed",
            "age_ms": )" +
                        milliseconds + "}}}}");
        return text.substr(text.rfind("observed") + 10);
    };
    EXPECT_EQ(age_of("0"), "0 ms\n");
    EXPECT_EQ(age_of("999"), "999 ms\n");
    EXPECT_EQ(age_of("12000"), "12 s\n");
    EXPECT_EQ(age_of("7199000"), "120 min\n");
    EXPECT_EQ(age_of("86400000"), "24 h\n");
}

TEST(RenderResult, ColoursMarkWhatIsSure) {
    const auto text = render_result(subject, Json::parse(R"({"result": {"values": {"a": 1, "b": 2},
        "quality": {"a": {"source": "observed", "age_ms": 1}, "b": {"source": "commanded", "age_ms": 1}}}})"),
                                    Style{.colour = true});
    EXPECT_NE(text.find("\x1b[32mobserved \x1b[0m"), std::string::npos);
    EXPECT_NE(text.find("\x1b[33mcommanded\x1b[0m"), std::string::npos);
}

TEST(RenderResult, AnAnswerCannotDriveTheTerminal) {
    EXPECT_EQ(result_text(R"({"result": {"\u001b[2J": "\u001b]0;x\u0007"}})").find('\x1b'),
              std::string::npos);
}

TEST(RenderError, OneLineAndWhatItMeans) {
    EXPECT_EQ(error_text(R"({"ok": false, "error": {"code": "jig_timeout", "message": "silent for 500 ms",
                             "retryable": true, "executed": "no"}})"),
              "JIG-0001 SetRelay: jig_timeout: silent for 500 ms\n"
              "  nothing was done; asking again may succeed\n");
    EXPECT_EQ(error_text(R"({"ok": false, "simulated": true, "error": {"code": "jig_refused", "message": "no",
                             "retryable": false, "executed": "no", "board_code": 13, "board_text": "door open"}})"),
              "JIG-0001 SetRelay: jig_refused: no (simulated)\n"
              "  nothing was done\n"
              "  board_code  13\n"
              "  board_text  door open\n");
}

TEST(RenderError, ASupersededRequestIsNotToBeAskedAgain) {
    const auto text =
        error_text(R"({"ok": false, "error": {"code": "superseded", "message": "m", "retryable": false,
                                     "executed": "no"}})");
    EXPECT_EQ(
        text,
        "JIG-0001 SetRelay: superseded: m\n  nothing was done: the jig was made safe instead; asking again "
        "would undo that\n");
}

TEST(RenderError, WhetherItWasCarriedOut) {
    EXPECT_NE(error_text(R"({"error": {"code": "c", "message": "m", "executed": "unknown"}})")
                  .find("may or may not"),
              std::string::npos);
    EXPECT_NE(
        error_text(R"({"error": {"code": "c", "message": "m", "executed": "yes"}})").find("was carried out"),
        std::string::npos);
}

TEST(RenderError, AnErrorWithoutWords) {
    for (const auto* envelope : {"{}", R"({"error": null})", R"({"error": {"code": 7}})"}) {
        EXPECT_EQ(error_text(envelope), "JIG-0001 SetRelay: error: the reply doesn't say why\n");
    }
}

} // namespace
} // namespace jigd::jigctl
