#include "link/identity.hpp"

#include <gtest/gtest.h>

namespace jigd::link {
namespace {

const Identity said{.model = "LAMP", .serial = "JIG-1", .firmware = "1.4.2", .verified = false};

TEST(IdentityGate, ABoardThatCouldSayItsSerialAndDoesNotIsAnother) {
    IdentityDemand demand{.serial = "JIG-1"};
    Identity silent;
    silent.model = "LAMP";
    EXPECT_EQ(mismatch(silent, demand), "");
    demand.says_serial = true;
    EXPECT_NE(mismatch(silent, demand), "");
}

TEST(IdentityGate, NothingIsWrongWhereNothingIsDemanded) {
    EXPECT_EQ(mismatch(said, {}), "");
    EXPECT_EQ(mismatch({}, {}), "");
}

TEST(IdentityGate, WhatIsAsDemandedIsNotWrong) {
    EXPECT_EQ(mismatch(said, {.serial = "JIG-1", .model = "LAMP", .firmware = VersionRange(">=1.4 <2")}), "");
}

TEST(IdentityGate, AnotherSerialIsWrongAndBothAreNamed) {
    EXPECT_EQ(mismatch(said, {.serial = "JIG-90"}), "its serial is 'JIG-1', the configuration wants JIG-90");
    EXPECT_NE(mismatch(said, {.serial = "jig-1"}), "") << "another spelling is another serial";
}

TEST(IdentityGate, ASerialThatTheBoardDoesNotSayCanNotBeWrong) {
    EXPECT_EQ(mismatch({.model = "LAMP", .serial = {}, .firmware = {}}, {.serial = "JIG-1"}), "");
}

TEST(IdentityGate, AnotherModelIsWrongAndSoIsNone) {
    EXPECT_EQ(mismatch(said, {.model = "HORN"}), "its model is 'LAMP', the configuration wants HORN");
    EXPECT_EQ(mismatch({}, {.model = "HORN"}),
              "its model is nothing that the profile knows, the configuration wants HORN");
}

TEST(IdentityGate, AFirmwareOutOfRangeIsWrongAndSoIsNone) {
    EXPECT_EQ(mismatch(said, {.firmware = VersionRange(">=2")}),
              "its firmware is '1.4.2', the configuration wants >=2");
    EXPECT_EQ(mismatch({}, {.firmware = VersionRange(">=2")}),
              "its firmware is nothing that the profile knows, the configuration wants >=2");
    EXPECT_NE(mismatch({.model = {}, .serial = {}, .firmware = "factory"}, {.firmware = VersionRange(">=2")}),
              "");
}

TEST(IdentityGate, EverythingThatIsWrongIsSaidAtOnce) {
    EXPECT_EQ(mismatch(said, {.serial = "JIG-90", .model = "HORN", .firmware = VersionRange("<1.4")}),
              "its serial is 'JIG-1', the configuration wants JIG-90; its model is 'LAMP', the configuration "
              "wants HORN; its firmware is '1.4.2', the configuration wants <1.4");
}

TEST(IdentityGate, OneCharacterThatDiffersIsPointedOut) {
    EXPECT_EQ(
        mismatch(said, {.serial = "JIG-9"}),
        "its serial is 'JIG-1', the configuration wants JIG-9 (one character differs: a typing error, or a "
        "disturbed line?)");
    EXPECT_EQ(mismatch(said, {.serial = "KIG-2"}).find("differs"), std::string::npos) << "two do";
    EXPECT_NE(mismatch(said, {.model = "LAMB"}).find("differs"), std::string::npos);
}

TEST(IdentityGate, OnlyABoardWhoseSerialWasComparedIsVerified) {
    EXPECT_TRUE(is_verified_as(said, {.serial = "JIG-1"}));
    EXPECT_FALSE(is_verified_as(said, {})) << "compared with nothing";
    EXPECT_FALSE(is_verified_as(said, {.model = "LAMP"})) << "there are more boards of a model";
    EXPECT_FALSE(is_verified_as({.model = "LAMP", .serial = {}, .firmware = {}}, {.serial = "JIG-1"}))
        << "it said no serial";
    EXPECT_FALSE(is_verified_as(said, {.serial = "JIG-9"}));
    EXPECT_FALSE(is_verified_as(said, {.serial = "JIG-1", .model = "HORN"}));
}

} // namespace
} // namespace jigd::link
