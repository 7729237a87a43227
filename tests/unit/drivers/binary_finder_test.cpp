#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/binary/binary_codec.hpp"
#include "drivers/binary/stuffing.hpp"
#include "drivers/hex_text.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using profile::Side;

std::string bytes(const std::string& hex) {
    return from_hex(hex).value();
}

/// A board with `section`, a step and an event, to look at its frames alone.
profile::Profile board(const std::string& section, const std::string& match = "B1 {v:u16}") {
    return test::parse_profile(
        "spec: 1\nname: b\ndriver: binary\nidentify: none\nbinary: " + section +
            "\nevents: [{name: Said, match: \"C0 {n:u8}\", values: {n: {type: integer}}}]"
            "\nrequests:\n  Get:\n    kind: read\n    steps: [{send: \"31\", match: \"" +
            match + "\"}]\n",
        "b.yaml");
}

class Wire {
  public:
    explicit Wire(const std::string& section, Side side = Side::host)
        : profile_(board(section)), finder_(profile_.codec->finder_for(side, profile_)) {}

    /// The command was sent.
    void ask() {
        const auto& form = *profile_.find("Get")->steps.front().form;
        frame_ = form.encode(nlohmann::json::object());
        finder_->expect(&form, frame_);
    }
    void stop_waiting() { finder_->expect(nullptr, {}); }

    /// All that comes out for `hex`, each as its body, or with why it is not to be believed.
    std::vector<std::string> feed(const std::string& hex) {
        finder_->feed(bytes(hex));
        return take();
    }
    std::vector<std::string> take() {
        std::vector<std::string> found;
        while (const auto frame = finder_->next()) {
            found.push_back(to_hex(frame->body) + (frame->damage.empty() ? "" : ": " + frame->damage));
        }
        return found;
    }
    profile::FrameFinder& finder() { return *finder_; }
    [[nodiscard]] const profile::Codec& codec() const { return *profile_.codec; }

  private:
    profile::Profile profile_;
    std::unique_ptr<profile::FrameFinder> finder_;
    std::string frame_;
};

using Found = std::vector<std::string>;

TEST(BinaryFrame, IsFoundByItsLengthInAnyPortions) {
    Wire wire(
        "{frame: [AA 55, {length: u16, of: [body], order: little}, body, {checksum: sum8, of: [body]}]}");
    const std::string two = "AA 55 02 00 01 02 03 AA 55 01 00 07 07";
    EXPECT_EQ(wire.feed(two), (Found{"01 02", "07"}));
    Found singly;
    for (const auto byte : bytes(two)) {
        for (auto& found : wire.feed(to_hex(std::string(1, byte)))) {
            singly.push_back(found);
        }
    }
    EXPECT_EQ(singly, (Found{"01 02", "07"}));
    EXPECT_FALSE(wire.finder().is_within_frame());
    EXPECT_TRUE(wire.feed("AA 55 02 00 01").empty());
    EXPECT_TRUE(wire.finder().is_within_frame());
    EXPECT_EQ(wire.finder().partial(), bytes("AA 55 02 00 01"));
    wire.finder().drop_partial();
    EXPECT_EQ(wire.feed("AA 55 01 00 07 07"), (Found{"07"}));
}

TEST(BinaryFrame, ALengthMayCountMoreThanTheBody) {
    Wire wire("{frame: [AA, {length: u8, of: [AA, length, body, checksum], adds: 1}, body, "
              "{checksum: xor, of: [AA, length, body]}]}");
    EXPECT_EQ(to_hex(wire.codec().framed(bytes("01 02"))), "AA 06 01 02 AF");
    EXPECT_EQ(wire.feed("AA 06 01 02 AF"), (Found{"01 02"}));
}

TEST(BinaryFrame, AWrongChecksumIsDamageAndNothingBehindItIsLost) {
    Wire wire("{frame: [AA, {length: u8, of: [body]}, body, {checksum: lrc, of: [length, body]}]}");
    EXPECT_EQ(wire.feed("AA 01 07 F9 AA 01 07 F8"), (Found{"AA 01 07 F9: checksum F9 instead of F8", "07"}));
}

TEST(BinaryFrame, AnImpossibleLengthIsDamageAtOnce) {
    Wire wire("{longest: 32, frame: [AA, {length: u32, of: [body]}, body]}");
    EXPECT_EQ(wire.feed("AA FF FF FF FF"),
              (Found{"AA FF FF FF FF: a length of 4294967295, more than binary.longest (32) allows"}));
    EXPECT_EQ(wire.feed("AA 00 00 00 01 07"), (Found{"07"}));
    Wire counting("{frame: [AA, {length: u8, of: [length, body]}, body]}");
    EXPECT_EQ(counting.feed("AA 00 AA 02 07"), (Found{"AA 00: a length of 0, less than a frame has", "07"}));
}

TEST(BinaryFrame, BytesBeforeItsStartCountOnlyWhenNoFrameFollows) {
    Wire wire("{frame: [AA 55, {length: u8, of: [body]}, body]}");
    EXPECT_EQ(wire.feed("00 AA 00 55 AA 55 01 07"), (Found{"07"}));
    EXPECT_EQ(wire.feed("00 01"), (Found{"00 01: not a frame"}));
    wire.ask();
    EXPECT_TRUE(wire.feed("00 01").empty()) << "a frame may follow";
    EXPECT_EQ(wire.feed("AA 55 01 07"), (Found{"07"}));
    EXPECT_TRUE(wire.feed("00 01").empty());
    wire.stop_waiting();
    EXPECT_EQ(wire.take(), (Found{"00 01: not a frame"}));
}

TEST(BinaryFrame, WithoutALengthIsAsLongAsTheBodiesThatTheProfileKnows) {
    Wire wire("{frame: [AA, body, {checksum: sum8, of: [AA, body]}, 0D]}");
    wire.ask();
    EXPECT_EQ(wire.feed("AA B1 13 88 F6 0D AA C0 01 6B 0D"), (Found{"B1 13 88", "C0 01"}));
    EXPECT_EQ(wire.feed("AA B1 13 88 F7 0D"), (Found{"AA B1 13 88 F7 0D: checksum F7 instead of F6"}));
    EXPECT_EQ(wire.feed("AA B1 13 88 F6 0A"), (Found{"AA B1 13 88 F6 0A: 0A where its frame has 0D"}));
    EXPECT_TRUE(wire.feed("AA B1 13").empty());
    EXPECT_TRUE(wire.finder().is_within_frame());
}

TEST(BinaryFrame, OfAFixedFormAnUnknownCommandIsSkippedByTheBoard) {
    Wire wire("{frame: [AA, body, {checksum: sum8, of: [AA, body]}]}", Side::board);
    EXPECT_EQ(wire.feed("AA 31 DB"), (Found{"31"}));
    EXPECT_EQ(wire.feed("AA 32 DC AA 31 DB").back(), "31");
}

TEST(BinaryFrame, NoneMeansThatAPauseEndsWhatFitsNothing) {
    Wire wire("{frame: none}");
    EXPECT_TRUE(wire.finder().ends_at_pause());
    wire.ask();
    EXPECT_EQ(wire.feed("B1 13 88 C0 01"), (Found{"B1 13 88", "C0 01"}));
    EXPECT_TRUE(wire.feed("EE C0 01").empty());
    EXPECT_TRUE(wire.finder().is_within_frame());
    wire.finder().drop_partial();
    EXPECT_EQ(wire.feed("C0 01"), (Found{"C0 01"}));
    wire.stop_waiting();
    EXPECT_TRUE(wire.feed("B1 13 88").empty()) << "an answer that nobody waits for";
}

TEST(BinaryFrame, NoneKeepsOnlySoMuchOfWhatNeverEnds) {
    Wire wire("{longest: 16}");
    for (int count = 0; count < 1000; ++count) {
        EXPECT_TRUE(wire.feed("EE EE EE EE EE EE EE EE").empty());
    }
    EXPECT_EQ(wire.finder().partial().size(), 16U);
    EXPECT_EQ(wire.finder().overlong(), 1U);
    wire.finder().drop_partial();
    EXPECT_EQ(wire.feed("C0 01"), (Found{"C0 01"}));
}

TEST(BinaryFrame, ASequenceNumberTellsAnswersFromOthers) {
    Wire wire("{frame: [AA, {length: u8, of: [body]}, {sequence: u8, first: 1, last: 3}, body]}");
    wire.ask();
    wire.finder().feed(bytes("AA 01 01 07 AA 01 02 07"));
    auto answer = wire.finder().next();
    auto other = wire.finder().next();
    ASSERT_TRUE(answer && other);
    EXPECT_FALSE(answer->is_unasked);
    EXPECT_TRUE(other->is_unasked);
    const auto frame = wire.codec().framed("\x07");
    for (const auto& [index, hex] : {std::pair{0, "AA 01 01 07"}, {2, "AA 01 03 07"}, {3, "AA 01 01 07"}}) {
        EXPECT_EQ(to_hex(wire.codec().numbered(frame, static_cast<std::uint64_t>(index))), hex);
    }
}

TEST(BinaryFrame, AnUnaskedNumberIsOneAndEveryOtherIsLate) {
    Wire wire("{frame: [AA, {length: u8, of: [body]}, {sequence: u8, first: 1, last: 9, unasked: 0}, body]}");
    EXPECT_EQ(to_hex(wire.codec().framed("\x07")), "AA 01 00 07");
    EXPECT_EQ(wire.feed("AA 01 00 07 AA 01 05 07"),
              (Found{"07", "07: sequence number 5, which no command waits for"}));
    wire.ask();
    EXPECT_EQ(wire.feed("AA 01 05 07 AA 01 01 07"), (Found{"07: sequence number 5 instead of 1", "07"}));
}

TEST(BinaryFrame, IsShownByExamplesWithOrWithoutWhatStandsRoundIt) {
    const auto profile = board("{frame: [AA, {length: u8, of: [body]}, body, {checksum: sum8, of: [body]}]}");
    yaml::Problems problems;
    for (const auto* text : {"AA 01 07 07", "07"}) {
        EXPECT_EQ(profile.codec->read_body(yaml::parse(text, "x"), problems), "\x07");
    }
    EXPECT_TRUE(problems.empty());
    (void)profile.codec->read_body(yaml::parse("AA 01 07 08", "x"), problems);
    EXPECT_EQ(problems.text(),
              "x:1:1: 'AA 01 07 08' has the checksum 08 instead of 07; write the right one, or the "
              "body alone\n");
}

TEST(Slip, StuffsAsTheStandardSays) {
    const auto packet = bytes("01 C0 02 DB 03");
    EXPECT_EQ(to_hex(slip.stuffed(packet)), "C0 01 DB DC 02 DB DD 03 C0");
    EXPECT_EQ(slip.unstuffed(bytes("01 DB DC 02 DB DD 03")), packet);
    EXPECT_FALSE(slip.unstuffed(bytes("01 DB 02")));
    EXPECT_FALSE(slip.unstuffed(bytes("01 DB")));
}

TEST(Hdlc, StuffsAsTheStandardSays) {
    const auto packet = bytes("01 7E 02 7D 03");
    EXPECT_EQ(to_hex(hdlc.stuffed(packet)), "7E 01 7D 5E 02 7D 5D 03 7E");
    EXPECT_EQ(hdlc.unstuffed(bytes("01 7D 5E 02 7D 5D 03")), packet);
    EXPECT_EQ(hdlc.unstuffed(bytes("7D 31 7D 33")), bytes("11 13"))
        << "a sender may escape XON and XOFF, too";
    EXPECT_FALSE(hdlc.unstuffed(bytes("01 7D")));
}

TEST(BinaryHdlc, EndsFramesOfAnyLength) {
    Wire wire(
        "{stuffing: hdlc, longest: 16, frame: [body, {checksum: crc16_x25, of: [body], order: little}]}");
    EXPECT_EQ(wire.feed("7E 31 32 33 34 35 36 37 38 39 6E 90 7E"), (Found{"31 32 33 34 35 36 37 38 39"}));
    const auto frame = wire.codec().framed(bytes("B1 7E 7D"));
    EXPECT_EQ(wire.feed(to_hex(frame + frame.substr(1))), (Found{"B1 7E 7D", "B1 7E 7D"})) << "a shared flag";
    EXPECT_EQ(wire.feed("B1 02 7E " + to_hex(frame)).size(), 2U) << "damaged, then whole";
}

TEST(BinarySlip, EndsFramesOfAnyLength) {
    Wire wire("{stuffing: slip, longest: 16, frame: [body, {checksum: crc8, of: [body]}]}");
    const auto frame = wire.codec().framed(bytes("B1 C0 DB"));
    EXPECT_EQ(wire.feed(to_hex(frame + frame)), (Found{"B1 C0 DB", "B1 C0 DB"}));
    EXPECT_EQ(wire.feed("07 " + to_hex(frame)), (Found{"07: checksum 07 instead of 00", "B1 C0 DB"}));
    EXPECT_EQ(wire.feed("B1 DB 01 C0"), (Found{"B1 DB 01: DB escapes nothing there"}));
    EXPECT_TRUE(wire.feed(to_hex(std::string(100, '\x11'))).empty());
    EXPECT_EQ(wire.finder().overlong(), 1U);
    EXPECT_LE(wire.finder().partial().size(), 32U);
    EXPECT_EQ(wire.feed(to_hex(frame)), (Found{"B1 C0 DB"}));
}

/// The XBee user guide, "Escaped characters": 7E 00 02 23 11 CB is sent as 7E 00 02 23 7D 31 CB.
constexpr const char* xbee = "{longest: 16, stuffing: {escape: 7D, xor: 20, of: [7E, 7D, 11, 13]}, "
                             "frame: [7E, {length: u16, of: [body]}, body, "
                             "{checksum: sum8_complement, of: [body]}]}";

TEST(BinaryEscaping, IsWithinTheFrameAndNotInItsLengthAndChecksum) {
    Wire wire(xbee);
    EXPECT_EQ(to_hex(wire.codec().framed(bytes("23 11"))), "7E 00 02 23 7D 31 CB");
    EXPECT_EQ(wire.feed("7E 00 02 23 7D 31 CB"), (Found{"23 11"}));
    EXPECT_EQ(to_hex(wire.codec().framed(bytes("7E 7D 04"))), "7E 00 03 7D 5E 7D 5D 04 00");
    EXPECT_EQ(to_hex(wire.codec().framed("\x81")), "7E 00 01 81 7D 5E") << "a checksum of 7E";
    EXPECT_EQ(wire.feed("7E 00 01 81 7D 5E 7E 00 01 7D A1 23"),
              (Found{"81", "7E 00 01 7D A1 23: checksum 23 instead of 7E"}))
        << "any byte may be escaped; what is damaged is shown as it came";
}

TEST(BinaryEscaping, IsReadInAnyPortions) {
    Wire wire(xbee);
    Found singly;
    for (const auto byte : bytes("13 7E 00 03 7D 5E 7D 5D 04 00 7E 00 01 81 7D 5E")) {
        for (auto& found : wire.feed(to_hex(std::string(1, byte)))) {
            singly.push_back(found);
        }
    }
    EXPECT_EQ(singly, (Found{"13: not a frame", "7E 7D 04", "81"}));
    EXPECT_FALSE(wire.finder().is_within_frame());
    EXPECT_TRUE(wire.feed("7E 00 01 81 7D").empty()) << "half an escape";
    EXPECT_TRUE(wire.finder().is_within_frame());
    EXPECT_EQ(wire.feed("5E"), (Found{"81"}));
}

TEST(BinaryEscaping, AStartByteAlwaysBeginsAFrame) {
    Wire wire(xbee);
    EXPECT_EQ(wire.feed("7E 00 05 23 7E 00 01 81 7D 5E"),
              (Found{"7E 00 05 23: another frame begins within it", "81"}));
    EXPECT_EQ(wire.feed("7E 00 01 81 7D 7E 00 01 81 7D 5E"),
              (Found{"7E 00 01 81 7D: another frame begins within it", "81"}));
    EXPECT_EQ(wire.feed("7E FF FF"),
              (Found{"7E FF FF: a length of 65535, more than binary.longest (16) allows"}));
}

TEST(BinaryEscaping, ALastByteOfTheListEndsAFrameOfAnyLength) {
    Wire wire("{longest: 16, stuffing: {escape: 10, xor: 80, of: [02, 03, 10]}, "
              "frame: [02, body, {checksum: xor, of: [body]}, 03]}");
    const auto frame = wire.codec().framed(bytes("02 03 10 07"));
    EXPECT_EQ(to_hex(frame), "02 10 82 10 83 10 90 07 16 03");
    EXPECT_EQ(wire.feed("00 " + to_hex(frame + frame)), (Found{"02 03 10 07", "02 03 10 07"}));
    EXPECT_EQ(wire.feed("02 07 06 03"), (Found{"02 07 06 03: checksum 06 instead of 07"}));
    EXPECT_EQ(wire.feed("02 03"), (Found{"02 03: 2 bytes, and a frame has 3 or more"}));
    EXPECT_EQ(wire.feed("02 " + to_hex(std::string(16, '\x07'))).size(), 1U) << "longer than binary.longest";
    EXPECT_EQ(wire.feed(to_hex(frame)), (Found{"02 03 10 07"}));
}

TEST(BinaryEscaping, WithoutALengthAFrameIsAsLongAsItsBody) {
    Wire wire("{stuffing: {escape: 7D, xor: 20, of: [AA, 7D]}, frame: [AA 55, body, {checksum: sum8, of: "
              "[body]}]}");
    wire.ask();
    EXPECT_EQ(wire.feed("AA 55 B1 7D 8A 7D 5D D8 AA 55 C0 01 C1"), (Found{"B1 AA 7D", "C0 01"}));
    EXPECT_EQ(wire.feed("AA 55 B1 AA AA 55 C0 01 C1").back(), "C0 01");
}

/// Whatever comes: nothing hangs, nothing grows, and a whole frame after a pause is found.
TEST(BinaryFrame, SurvivesAnything) {
    std::mt19937 random(4711);
    for (const auto* section :
         {"{longest: 64, frame: [AA, {length: u16, of: [body]}, body, {checksum: crc16_xmodem, of: [body]}]}",
          "{longest: 64, frame: [body, {checksum: crc16_kermit, of: [body]}]}", "{longest: 64}",
          "{longest: 64, stuffing: hdlc, frame: [body, {checksum: crc16_x25, of: [body]}]}",
          "{longest: 64, stuffing: slip, frame: [{sequence: u8, unasked: 9, first: 10}, body]}",
          "{longest: 64, stuffing: {escape: DB, xor: 20, of: [AA, DB]}, "
          "frame: [AA, {length: u8, of: [body]}, body, {checksum: crc16_xmodem, of: [body]}]}",
          "{longest: 64, stuffing: {escape: DB, xor: 20, of: [AA, DB, FF]}, "
          "frame: [AA, body, {checksum: crc8, of: [body]}, FF]}",
          "{longest: 64, frame: [{length: u8, of: [body]}, body]}"}) {
        for (const auto side : {Side::host, Side::board}) {
            Wire wire(section, side);
            for (int round = 0; round < 2000; ++round) {
                if (random() % 3 == 0) {
                    random() % 2 == 0 ? wire.ask() : wire.stop_waiting();
                }
                std::string noise;
                for (auto left = random() % 40; left > 0; --left) {
                    constexpr std::string_view likely("\xAA\x00\x01\xC0\xDB\xB1\xFF", 7);
                    noise += random() % 2 == 0 ? likely[random() % likely.size()]
                                               : static_cast<char>(random() & 0xFFU);
                }
                (void)wire.feed(to_hex(noise));
                ASSERT_LE(wire.finder().partial().size(), 200U) << section;
            }
            wire.stop_waiting();
            (void)wire.take();
            wire.finder().drop_partial();
            const auto frame = side == Side::host ? wire.codec().framed(bytes("C0 01")) : std::string();
            const auto found = wire.feed(to_hex(frame));
            EXPECT_EQ(found, side == Side::host ? Found{"C0 01"} : Found{}) << section;
        }
    }
}

} // namespace
} // namespace jigd::drivers
