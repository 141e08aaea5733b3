// JSON patch, merge patch, strategic merge patch.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::kJsonPatch, contract::kMergePatch, contract::kStrategicPatch;

namespace {

const std::string kDeployment =
    R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},
  "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"one","image":"i:1"},{"name":"two","image":"i:2"}]}}}})";

}  // namespace

TEST_CASE_METHOD(contract::Server, "merge patches set, replace and delete") {
  const auto created = post(path("configmaps"), config_map("a", R"({"k":"v","x":"y"})", R"(,"labels":{"l":"1"})"));
  const auto patched = patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"labels":{"m":"2"},"annotations":{"n":"3"}},"data":{"k":null,"z":"0"}})");
  CHECK(patched.status == 200);
  contract::check_equal(patched.body["data"], parse(R"({"x":"y","z":"0"})"));
  contract::check_equal(patched.meta("labels"), parse(R"({"l":"1","m":"2"})"));
  CHECK(patched.rv() != created.rv());
  const auto emptied = patch(path("configmaps", "a"), kMergePatch, R"({"data":null,"metadata":{"labels":null}})");
  CHECK_FALSE(emptied.body.contains("data"));
  CHECK(emptied.meta("labels").is_null());
}

TEST_CASE_METHOD(contract::Server, "JSON patches test, add, replace, move, copy and remove, all or nothing") {
  REQUIRE(post(path("configmaps"), config_map("a", R"({"k":"v"})", R"(,"finalizers":["x.dev/one"])")).status == 201);
  const auto patched =
      patch(path("configmaps", "a"), kJsonPatch,
            R"([{"op":"test","path":"/data/k","value":"v"},{"op":"copy","from":"/data/k","path":"/data/c"},{"op":"move","from":"/data/k","path":"/data/m"},
                             {"op":"add","path":"/metadata/finalizers/-","value":"x.dev/two"},{"op":"add","path":"/metadata/labels","value":{"a~1b":"1"}},{"op":"replace","path":"/data/c","value":"w"}])");
  INFO(patched.text);
  CHECK(patched.status == 422);  // "a~1b" is no label in a value: escapes are for paths only
  const auto fixed =
      patch(path("configmaps", "a"), kJsonPatch,
            R"([{"op":"test","path":"/data/k","value":"v"},{"op":"copy","from":"/data/k","path":"/data/c"},{"op":"move","from":"/data/k","path":"/data/m"},
                           {"op":"add","path":"/metadata/finalizers/-","value":"x.dev/two"},{"op":"add","path":"/metadata/labels","value":{}},{"op":"add","path":"/metadata/labels/a~1b","value":"1"},
                           {"op":"replace","path":"/data/c","value":"w"}])");
  INFO(fixed.text);
  CHECK(fixed.status == 200);
  contract::check_equal(fixed.body["data"], parse(R"({"c":"w","m":"v"})"));
  contract::check_equal(fixed.meta("finalizers"), parse(R"(["x.dev/one","x.dev/two"])"));
  contract::check_equal(fixed.meta("labels"), parse(R"({"a/b":"1"})"));
  CHECK(patch(path("configmaps", "a"), kJsonPatch, R"([{"op":"remove","path":"/metadata/finalizers"},{"op":"remove","path":"/data/c"}])").status == 200);
}

TEST_CASE_METHOD(contract::Server, "a JSON patch that fails changes nothing, and does not say where it failed") {
  const auto created = post(path("configmaps"), config_map("a"));
  for (const std::string operations :
       {R"([{"op":"add","path":"/data/x","value":"y"},{"op":"test","path":"/data/k","value":"w"}])", R"([{"op":"remove","path":"/data/none"}])",
        R"([{"op":"add","path":"/none/x","value":"1"}])", R"([{"op":"wish","path":"/data/k"}])"})
    CHECK_STATUS(patch(path("configmaps", "a"), kJsonPatch, operations),
                 R"({"code":422,"reason":"Invalid","message":"the server rejected our request due to an error in our request","details":{}})");
  const auto object = patch(path("configmaps", "a"), kJsonPatch, R"({"op":"add"})");
  CHECK(object.status == 400);
  CHECK(object.reason() == "BadRequest");
  CHECK(get(path("configmaps", "a")).rv() == created.rv());
}

TEST_CASE_METHOD(contract::Server, "JSON patches forgive what RFC 6902 does not") {
  REQUIRE(post(path("configmaps"), config_map("a", R"({"k":"v"})", R"(,"finalizers":["x.dev/one","x.dev/two"])")).status == 201);
  const auto replaced =
      patch(path("configmaps", "a"), kJsonPatch, R"([{"op":"replace","path":"/data/none","value":"1"},{"op":"test","path":"/data/absent","value":null}])");
  INFO(replaced.text);
  CHECK(replaced.status == 200);
  CHECK(replaced.body["data"]["none"].as_string() == "1");
  const auto last = patch(path("configmaps", "a"), kJsonPatch,
                          R"([{"op":"test","path":"/metadata/finalizers/-1","value":"x.dev/two"},{"op":"remove","path":"/metadata/finalizers/-1"}])");
  INFO(last.text);
  contract::check_equal(last.meta("finalizers"), parse(R"(["x.dev/one"])"));
  CHECK(patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
}

TEST_CASE_METHOD(contract::Server, "a patch with a resourceVersion or uid is conditional") {
  const auto created = post(path("configmaps"), config_map("a"));
  REQUIRE(patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"resourceVersion":")" + created.rv() + R"("},"data":{"k":"w"}})").status == 200);
  CHECK_STATUS(
      patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"resourceVersion":")" + created.rv() + R"("},"data":{"k":"x"}})"),
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again",
               "details":{"name":"a","kind":"configmaps"}})");
  const auto stranger = patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"uid":"00000000-0000-0000-0000-000000000000"},"data":{"k":"x"}})");
  INFO(stranger.text);
  CHECK(stranger.status == 422);
  CHECK(stranger.message() == "ConfigMap \"a\" is invalid: metadata.uid: Invalid value: \"00000000-0000-0000-0000-000000000000\": field is immutable");
  CHECK(stranger.body["details"]["causes"].size() == 2);  // the store and the strategy both look
}

TEST_CASE_METHOD(contract::Server, "a patch cannot create, but a patch of nothing is NotFound") {
  CHECK_STATUS(patch(path("configmaps", "a"), kMergePatch, R"({"data":{}})"),
               R"({"code":404,"reason":"NotFound","message":"configmaps \"a\" not found","details":{"name":"a","kind":"configmaps"}})");
}

TEST_CASE_METHOD(contract::Server, "strategic merge patches merge lists by their keys") {
  REQUIRE(post(path_of("apps/v1", "deployments"), kDeployment).status == 201);
  const auto patched = patch(path_of("apps/v1", "deployments", "d"), kStrategicPatch,
                             R"({"spec":{"template":{"spec":{"containers":[{"name":"two","image":"i:3"},{"name":"three","image":"i:4"}]}}}})");
  INFO(patched.text);
  REQUIRE(patched.status == 200);
  const json::Value& containers = patched.body["spec"]["template"]["spec"]["containers"];
  CHECK(containers.size() == 3);
  std::string order;
  for (const auto& c : containers.array()) order += c["name"].str() + "=" + c["image"].str() + " ";
  CHECK(order == "one=i:1 two=i:3 three=i:4 ");
  const auto removed = patch(
      path_of("apps/v1", "deployments", "d"), kStrategicPatch,
      R"({"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"three"},{"name":"one"}],"containers":[{"$patch":"delete","name":"two"}]}}}})");
  REQUIRE(removed.status == 200);
  order.clear();
  for (const auto& c : removed.body["spec"]["template"]["spec"]["containers"].array()) order += c["name"].str() + " ";
  CHECK(order == "three one ");
  const auto replaced = patch(path_of("apps/v1", "deployments", "d"), kStrategicPatch,
                              R"({"spec":{"template":{"spec":{"containers":[{"$patch":"replace"},{"name":"only","image":"i:5"}]}}}})");
  CHECK(replaced.body["spec"]["template"]["spec"]["containers"].size() == 1);
}

TEST_CASE_METHOD(contract::Server, "strategic merge patches add to finalizers, and take single ones away") {
  REQUIRE(post(path("configmaps"), config_map("a", "{}", R"(,"finalizers":["x.dev/one"])")).status == 201);
  const auto added = patch(path("configmaps", "a"), kStrategicPatch, R"({"metadata":{"finalizers":["x.dev/two"]}})");
  contract::check_equal(added.meta("finalizers"), parse(R"(["x.dev/two","x.dev/one"])"));
  const auto removed = patch(path("configmaps", "a"), kStrategicPatch, R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["x.dev/one"]}})");
  contract::check_equal(removed.meta("finalizers"), parse(R"(["x.dev/two"])"));
  CHECK(patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
}

TEST_CASE_METHOD(contract::Server, "custom resources take no strategic merge patch") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  REQUIRE(post(widgets(), contract::widget("a")).status == 201);
  CHECK_STATUS(
      patch(widgets("a"), kStrategicPatch, R"({"spec":{}})"),
      R"({"code":415,"reason":"UnsupportedMediaType","message":"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"})");
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"l":[1,2]}})").body["spec"]["l"].size() == 2);
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"l":[3]}})").body["spec"]["l"].size() == 1);
}

TEST_CASE_METHOD(contract::Server, "a strict patch refuses unknown fields by name") {
  REQUIRE(post(path("configmaps"), config_map("a")).status == 201);
  const auto refused = patch(path("configmaps", "a") + "?fieldValidation=Strict", kMergePatch, R"({"datum":"x"})");
  INFO(refused.text);
  CHECK(refused.status == 422);
  CHECK(refused.reason() == "Invalid");
  CHECK(refused.body["details"]["causes"][0U]["field"].as_string() == "patch");
  CHECK(refused.message().ends_with("strict decoding error: unknown field \"datum\""));
}
