#include "jigctl/profile/asyncapi.hpp"

#include <gtest/gtest.h>

#include "profile/capabilities.hpp"
#include "support/testx_jig.hpp"

namespace jigd::jigctl {
namespace {

using Json = nlohmann::ordered_json;

class AsyncApi : public testing::Test {
  protected:
    const profile::Profile profile = test::load_testx_jig();
    const Json document = asyncapi(profile);

    [[nodiscard]] const Json& at(const std::string& pointer) const {
        return document.at(Json::json_pointer(pointer));
    }
};

/// Every "$ref" in it.
void collect(const Json& json, std::vector<std::string>& references) {
    if (json.is_object() && json.contains("$ref")) {
        references.push_back(json.at("$ref").get<std::string>());
    }
    for (const auto& each : json) {
        if (each.is_structured()) {
            collect(each, references);
        }
    }
}

TEST_F(AsyncApi, EachReferenceLeadsSomewhere) {
    std::vector<std::string> references;
    collect(document, references);
    EXPECT_GT(references.size(), 50U);
    for (const auto& reference : references) {
        ASSERT_TRUE(reference.starts_with("#/")) << reference;
        EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
    }
}

TEST_F(AsyncApi, ARequestHasTheSchemasOfJigCapabilities) {
    const auto capability = profile::capabilities(profile).at("requests").at("SetRelay");
    EXPECT_EQ(at("/channels/SetRelay/address"), "{serial}.Req.SetRelay");
    EXPECT_EQ(at("/channels/SetRelay/bindings/amqp/exchange/name"), "amq.topic");
    EXPECT_EQ(nlohmann::json(at("/components/messages/SetRelay/payload")), capability.at("params"));
    EXPECT_EQ(nlohmann::json(at("/components/messages/SetRelay.result/payload/properties/result")),
              capability.at("result"));
    EXPECT_EQ(at("/operations/SetRelay/action"), "receive");
    EXPECT_EQ(at("/operations/SetRelay/tags/0/name"), "set");
    EXPECT_EQ(at("/operations/SetRelay/reply/channel/$ref"), "#/channels/SetRelay.reply");
}

TEST_F(AsyncApi, HasWhatTheDaemonAnswersForEveryJig) {
    for (const auto* request :
         {"JigStatus", "JigHealth", "JigIdentity", "JigCapabilities", "JigTrace", "SafeState"}) {
        EXPECT_TRUE(at("/operations").contains(request)) << request;
    }
}

TEST_F(AsyncApi, AnEventIsSent) {
    EXPECT_EQ(at("/channels/DoorChanged/address"), "{serial}.Evt.DoorChanged");
    EXPECT_EQ(at("/operations/DoorChanged/action"), "send");
    EXPECT_EQ(at("/components/messages/DoorChanged/payload/properties/values/properties/door/enum"),
              (Json{"open", "closed"}));
    EXPECT_TRUE(at("/operations").contains("LinkChanged"));
}

TEST_F(AsyncApi, AnErrorHasEveryCode) {
    const auto& codes = at("/components/messages/error/payload/properties/error/properties/code/enum");
    EXPECT_EQ(codes.front(), "bad_request");
    EXPECT_EQ(codes.back(), "internal");
    EXPECT_EQ(codes.size(), 15U);
}

} // namespace
} // namespace jigd::jigctl
