// The status subresource and generation.
#include "test/contract/server.h"

using namespace slipway;
using contract::kJsonPatch, contract::kMergePatch, contract::widget;

namespace {

constexpr std::string_view kSchema = R"({"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"}}},
  "status":{"type":"object","properties":{"ready":{"type":"boolean"}}}}})";

}  // namespace

TEST_CASE_METHOD(contract::Server, "spec writes leave status alone, status writes leave all but status alone") {
  serve_widgets(kSchema, R"(,"subresources":{"status":{}})");
  const auto created = post(widgets(), widget("a", R"(,"spec":{"n":1},"status":{"ready":true})"));
  REQUIRE(created.status == 201);
  CHECK_FALSE(created.body.contains("status"));
  json::Value next = created.body;
  next.set("status", parse(R"({"ready":true})"));
  next.ref("spec").set("n", 2);
  next.ref("metadata").set("labels", parse(R"({"l":"1"})"));
  next.ref("metadata").set("finalizers", parse(R"(["x.dev/f"])"));
  const auto status = put(widgets("a") + "/status", next);
  INFO(status.text);
  CHECK(status.status == 200);
  CHECK(status.body["status"]["ready"].as_bool());
  CHECK(status.body["spec"]["n"].as_int() == 1);
  CHECK(status.meta("labels").is_null());
  CHECK(status.meta("finalizers").is_null());
  CHECK(status.meta("generation").as_int() == 1);
  const auto main = patch(widgets("a"), kMergePatch, R"({"spec":{"n":3},"status":{"ready":false}})");
  CHECK(main.body["spec"]["n"].as_int() == 3);
  CHECK(main.body["status"]["ready"].as_bool());
  CHECK(main.meta("generation").as_int() == 2);
  const auto read = get(widgets("a") + "/status");
  contract::check_equal(read.body, main.body);
}

TEST_CASE_METHOD(contract::Server, "generation counts changes of what is wanted, not of labels or status") {
  serve_widgets(kSchema, R"(,"subresources":{"status":{}})");
  REQUIRE(post(widgets(), widget("a", R"(,"spec":{"n":1})")).meta("generation").as_int() == 1);
  CHECK(patch(widgets("a"), kMergePatch, R"({"metadata":{"labels":{"l":"1"},"annotations":{"a":"b"}}})").meta("generation").as_int() == 1);
  CHECK(patch(widgets("a") + "/status", kMergePatch, R"({"status":{"ready":true}})").meta("generation").as_int() == 1);
  CHECK(patch(widgets("a"), kMergePatch, R"({"metadata":{"generation":9}})").meta("generation").as_int() == 1);
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"n":2}})").meta("generation").as_int() == 2);
  CHECK(patch(widgets("a"), kMergePatch, R"({"metadata":{"finalizers":["x.dev/f"]}})").meta("generation").as_int() == 2);
  const auto deleted = remove(widgets("a"));
  CHECK(deleted.status == 200);
  CHECK(deleted.meta("generation").as_int() == 3);
  CHECK(patch(widgets("a"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
}

TEST_CASE_METHOD(contract::Server, "without a status subresource, status is a field like any other") {
  serve_widgets(kSchema);
  const auto created = post(widgets(), widget("a", R"(,"spec":{"n":1},"status":{"ready":true})"));
  CHECK(created.body["status"]["ready"].as_bool());
  CHECK(patch(widgets("a"), kMergePatch, R"({"status":{"ready":false}})").meta("generation").as_int() == 2);
  CHECK(get(widgets("a") + "/status").status == 404);
}

TEST_CASE_METHOD(contract::Server, "a status write knows conflicts, and wants no create") {
  serve_widgets(kSchema, R"(,"subresources":{"status":{}})");
  const auto created = post(widgets(), widget("a", R"(,"spec":{"n":1})"));
  REQUIRE(patch(widgets("a"), kMergePatch, R"({"spec":{"n":2}})").status == 200);
  json::Value stale = created.body;
  stale.set("status", parse(R"({"ready":true})"));
  CHECK_STATUS(
      put(widgets("a") + "/status", stale),
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on widgets.$GROUP \"a\": the object has been modified; please apply your changes to the latest version and try again",
               "details":{"name":"a","group":"$GROUP","kind":"widgets"}})");
  CHECK_STATUS(patch(widgets("b") + "/status", kMergePatch, R"({"status":{}})"),
               R"({"code":404,"reason":"NotFound","message":"widgets.$GROUP \"b\" not found","details":{"name":"b","group":"$GROUP","kind":"widgets"}})");
  const auto invalid = patch(widgets("a") + "/status", kMergePatch, R"({"status":{"ready":"yes"}})");
  CHECK_STATUS(
      invalid,
      R"({"code":422,"reason":"Invalid","message":"Widget.$GROUP \"a\" is invalid: status.ready: Invalid value: \"string\": ready in body must be of type boolean: \"string\"",
               "details":{"name":"a","group":"$GROUP","kind":"Widget","causes":[{"reason":"FieldValueTypeInvalid","message":"Invalid value: \"string\": ready in body must be of type boolean: \"string\"","field":"status.ready"}]}})");
}

TEST_CASE_METHOD(contract::Server, "the generation of built-in kinds counts their spec") {
  const std::string d = path_of("apps/v1", "deployments", "d");
  const auto created =
      post(path_of("apps/v1", "deployments"),
           R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"paused":true,"replicas":0,"selector":{"matchLabels":{"a":"b"}},
                            "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"one","image":"i:1"}]}}},"status":{"replicas":4}})");
  INFO(created.text);
  CHECK(created.meta("generation").as_int() == 1);
  CHECK(created.body["status"]["replicas"].is_null());
  CHECK(patch(d, kMergePatch, R"({"spec":{"revisionHistoryLimit":3}})").meta("generation").as_int() == 2);
  const auto status = patch(d + "/status", kMergePatch, R"({"status":{"conditions":[{"type":"X","status":"True","reason":"R","message":"m"}]}})");
  INFO(status.text);
  CHECK(status.meta("generation").as_int() == 2);
}

TEST_CASE_METHOD(contract::Server, "the scale subresource reads and writes replicas") {
  const std::string d = path_of("apps/v1", "deployments", "d");
  REQUIRE(post(path_of("apps/v1", "deployments"),
               R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"paused":true,"replicas":0,"selector":{"matchLabels":{"a":"b"}},
               "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"one","image":"i:1"}]}}}})")
              .status == 201);
  const auto scale = get(d + "/scale");
  CHECK(scale.body["kind"].as_string() == "Scale");
  CHECK(scale.body["apiVersion"].as_string() == "autoscaling/v1");
  CHECK(scale.body["status"]["selector"].as_string() == "a=b");
  const auto scaled = patch(d + "/scale", kMergePatch, R"({"spec":{"replicas":2}})");
  INFO(scaled.text);
  CHECK(scaled.body["spec"]["replicas"].as_int() == 2);
  CHECK(get(d).body["spec"]["replicas"].as_int() == 2);
  CHECK(patch(d + "/scale", kJsonPatch, R"([{"op":"replace","path":"/spec/replicas","value":3}])").body["spec"]["replicas"].as_int() == 3);
  const auto refused = patch(d + "/scale", kJsonPatch, R"([{"op":"test","path":"/spec/replicas","value":9}])");
  INFO(refused.text);
  CHECK(refused.status == 422);
  CHECK(refused.message() == "the server rejected our request due to an error in our request");
}
