// Server-side apply: ownership, conflicts, what goes when it is applied no longer.
#include "test/contract/server.h"

using namespace slipway;
using contract::kApplyPatch, contract::kMergePatch;

namespace {

std::string applied(std::string_view data, std::string_view meta = "") {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a")" + std::string(meta) + R"(},"data":)" + std::string(data) + "}";
}

// The entry of a manager, without its time.
json::Value entry(const contract::Answer& answer, std::string_view manager) {
  for (const auto& e : answer.meta("managedFields").array())
    if (e["manager"].as_string() == manager) {
      json::Value out = e;
      out.erase("time");
      return out;
    }
  return {};
}

}  // namespace

TEST_CASE_METHOD(contract::Server, "apply creates, owns what it says, and says nothing new the second time") {
  const auto created = apply(path("configmaps", "a"), "alice", applied(R"({"k":"v"})", R"(,"labels":{"l":"1"})"));
  CHECK(created.status == 201);
  contract::check_equal(entry(created, "alice"), parse(R"({"manager":"alice","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1",
    "fieldsV1":{"f:data":{"f:k":{}},"f:metadata":{"f:labels":{"f:l":{}}}}})"));
  const auto again = apply(path("configmaps", "a"), "alice", applied(R"({"k":"v"})", R"(,"labels":{"l":"1"})"));
  CHECK(again.status == 200);
  CHECK(again.rv() == created.rv());
}

TEST_CASE_METHOD(contract::Server, "another manager's field is a conflict, to the field, unless forced") {
  REQUIRE(apply(path("configmaps", "a"), "alice", applied(R"({"k":"v","x":"y"})")).status == 201);
  CHECK_STATUS(apply(path("configmaps", "a"), "bob", applied(R"({"k":"w"})")),
               R"({"code":409,"reason":"Conflict","message":"Apply failed with 1 conflict: conflict with \"alice\": .data.k",
               "details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"alice\"","field":".data.k"}]}})");
  CHECK_STATUS(apply(path("configmaps", "a"), "bob", applied(R"({"k":"w","x":"z"})")),
               R"({"code":409,"reason":"Conflict","message":"Apply failed with 2 conflicts: conflicts with \"alice\":\n- .data.k\n- .data.x",
               "details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"alice\"","field":".data.k"},{"reason":"FieldManagerConflict","message":"conflict with \"alice\"","field":".data.x"}]}})");
  const auto forced = apply(path("configmaps", "a"), "bob", applied(R"({"k":"w"})"), true);
  CHECK(forced.status == 200);
  CHECK(forced.body["data"]["k"].as_string() == "w");
  contract::check_equal(entry(forced, "bob")["fieldsV1"], parse(R"({"f:data":{"f:k":{}}})"));
  CHECK_FALSE(entry(forced, "alice")["fieldsV1"]["f:data"].contains("f:k"));
}

TEST_CASE_METHOD(contract::Server, "conflicts with updates name their version and time") {
  REQUIRE(post(path("configmaps"), contract::config_map("a")).status == 201);
  const auto refused = apply(path("configmaps", "a"), "bob", applied(R"({"k":"w"})"));
  CHECK(refused.status == 409);
  INFO(refused.text);
  const std::string start = "Apply failed with 1 conflict: conflict with \"contract\" using v1";
  CHECK(refused.message().starts_with(start));
  CHECK(refused.message().ends_with(": .data.k"));
  CHECK(refused.body["details"]["causes"][0U]["message"].as_string().starts_with("conflict with \"contract\" using v1"));
}

TEST_CASE_METHOD(contract::Server, "two may own the same value; it goes when the last one lets go") {
  REQUIRE(apply(path("configmaps", "a"), "alice", applied(R"({"k":"v","mine":"1"})")).status == 201);
  const auto both = apply(path("configmaps", "a"), "bob", applied(R"({"k":"v"})"));
  CHECK(both.status == 200);
  CHECK(entry(both, "alice")["fieldsV1"]["f:data"].contains("f:k"));
  CHECK(entry(both, "bob")["fieldsV1"]["f:data"].contains("f:k"));
  const auto one = apply(path("configmaps", "a"), "alice", applied(R"({"mine":"1"})"));
  CHECK(one.body["data"]["k"].as_string() == "v");
  CHECK_FALSE(entry(one, "alice")["fieldsV1"]["f:data"].contains("f:k"));
  const auto none = apply(path("configmaps", "a"), "bob", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}})");
  CHECK(none.status == 200);
  CHECK_FALSE(none.body["data"].contains("k"));
  CHECK(none.body["data"]["mine"].as_string() == "1");
}

TEST_CASE_METHOD(contract::Server, "what is applied no longer goes, what others set stays") {
  REQUIRE(apply(path("configmaps", "a"), "alice", applied(R"({"k":"v","x":"y"})", R"(,"annotations":{"a":"1"})")).status == 201);
  REQUIRE(patch(path("configmaps", "a"), kMergePatch, R"({"data":{"other":"o"}})").status == 200);
  const auto less = apply(path("configmaps", "a"), "alice", applied(R"({"k":"v"})"));
  CHECK(less.status == 200);
  contract::check_equal(less.body["data"], parse(R"({"k":"v","other":"o"})"));
  CHECK(less.meta("annotations").is_null());
}

TEST_CASE_METHOD(contract::Server, "an update takes ownership away from who applied") {
  REQUIRE(apply(path("configmaps", "a"), "alice", applied(R"({"k":"v","x":"y"})")).status == 201);
  const auto taken = patch(path("configmaps", "a") + "?fieldManager=carol", kMergePatch, R"({"data":{"k":"w"}})");
  CHECK_FALSE(entry(taken, "alice")["fieldsV1"]["f:data"].contains("f:k"));
  contract::check_equal(entry(taken, "carol"),
                        parse(R"({"manager":"carol","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}}}})"));
  const auto kept = apply(path("configmaps", "a"), "alice", applied(R"({"x":"y"})"));
  CHECK(kept.status == 200);
  CHECK(kept.body["data"]["k"].as_string() == "w");
}

TEST_CASE_METHOD(contract::Server, "an apply says who it is, nothing of managedFields, and what it is about") {
  const auto nobody = patch(path("configmaps", "a"), kApplyPatch, applied("{}"));
  CHECK_STATUS(
      nobody, R"({"code":422,"reason":"Invalid","message":"PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
               "details":{"group":"meta.k8s.io","kind":"PatchOptions","causes":[{"reason":"FieldValueRequired","message":"Required value: is required for apply patch","field":"fieldManager"}]}})");
  const auto managed = apply(path("configmaps", "a"), "alice", applied("{}", R"(,"managedFields":[{"manager":"x"}])"));
  CHECK(managed.status == 400);
  CHECK(managed.message() == "metadata.managedFields must be nil");
  const auto elsewhere = apply(path("configmaps", "b"), "alice", applied("{}"));
  INFO(elsewhere.text);
  CHECK(elsewhere.status == 400);
  CHECK(elsewhere.message() == "the name of the object (a) does not match the name on the URL (b)");
  const auto uid = apply(path("configmaps", "a"), "alice", applied("{}", R"(,"uid":"00000000-0000-0000-0000-000000000000")"));
  CHECK(uid.status == 409);
  CHECK(uid.message() ==
        "Operation cannot be fulfilled on configmaps \"a\": uid mismatch: the provided object specified uid 00000000-0000-0000-0000-000000000000, and no "
        "existing object was found");
  const auto forced = patch(path("configmaps", "a") + "?force=true", kMergePatch, "{}");
  CHECK(forced.status == 422);
  CHECK(forced.message() == "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch");
  const auto undeclared = apply(path("configmaps", "a"), "alice", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"datum":{}})");
  CHECK(undeclared.status == 500);
  CHECK(undeclared.message() == "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .datum: field not declared in schema");
}

TEST_CASE_METHOD(contract::Server, "lists with keys merge item by item, and are owned so") {
  const std::string d = path_of("apps/v1", "deployments", "d");
  const auto deployment = [](std::string_view containers) {
    return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":)" +
           std::string(containers) + "}}}}";
  };
  REQUIRE(apply(d, "alice", deployment(R"([{"name":"one","image":"i:1","ports":[{"containerPort":80}]}])")).status == 201);
  const auto more = apply(
      d, "bob",
      R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"two","image":"i:2"}]}}}})");
  INFO(more.text);
  REQUIRE(more.status == 200);
  CHECK(more.body["spec"]["template"]["spec"]["containers"].size() == 2);
  contract::check_equal(entry(more, "bob")["fieldsV1"],
                        parse(R"({"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"two\"}":{".":{},"f:image":{},"f:name":{}}}}}}})"));
  const json::Value fields = entry(more, "alice")["fieldsV1"];
  CHECK(fields["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"one\"}"]["f:ports"].contains("k:{\"containerPort\":80,\"protocol\":\"TCP\"}"));
  const auto image =
      apply(d, "bob",
            R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"one","image":"x"}]}}}})");
  CHECK(image.message() == "Apply failed with 1 conflict: conflict with \"alice\": .spec.template.spec.containers[name=\"one\"].image");
  const auto twice = apply(d, "alice", deployment(R"([{"name":"one","image":"a"},{"name":"one","image":"b"}])"));
  INFO(twice.text);
  CHECK(twice.status == 500);
  CHECK(twice.message() ==
        "failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name=\"one\"]");
}

TEST_CASE_METHOD(contract::Server, "status is applied through its endpoint only, and owned apart") {
  serve_widgets(
      R"({"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"}}},"status":{"type":"object","properties":{"ready":{"type":"boolean"}}}}})",
      R"(,"subresources":{"status":{}})");
  const std::string body = contract::widget("a", R"(,"spec":{"n":1},"status":{"ready":true})");
  const auto created = apply(widgets("a"), "alice", body);
  CHECK(created.status == 201);
  CHECK_FALSE(created.body.contains("status"));
  CHECK_FALSE(entry(created, "alice")["fieldsV1"].contains("f:status"));
  const auto status = apply(widgets("a") + "/status", "alice", body);
  INFO(status.text);
  CHECK(status.status == 200);
  CHECK(status.body["status"]["ready"].as_bool());
  CHECK(status.meta("managedFields").size() == 2);
  for (const auto& e : status.meta("managedFields").array())
    if (e["subresource"].as_string() == "status") contract::check_equal(e["fieldsV1"], parse(R"({"f:status":{"f:ready":{}}})"));
  CHECK_STATUS(apply(widgets("none") + "/status", "alice", contract::widget("none", R"(,"status":{})")),
               R"({"code":404,"reason":"NotFound","message":"widgets.$GROUP \"none\" not found","details":{"name":"none","group":"$GROUP","kind":"widgets"}})");
}

TEST_CASE_METHOD(contract::Server, "managedFields that are emptied by an update start anew at the next apply") {
  REQUIRE(post(path("configmaps"), contract::config_map("a", R"({"k":"v","x":"y"})")).status == 201);
  const auto dropped = patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"managedFields":[{}]}})");
  CHECK(dropped.status == 200);
  CHECK(dropped.meta("managedFields").is_null());
  const auto applied_anew = apply(path("configmaps", "a"), "alice", applied(R"({"k":"v"})"));
  INFO(applied_anew.text);
  REQUIRE(applied_anew.status == 200);
  CHECK(entry(applied_anew, "before-first-apply")["operation"].as_string() == "Update");
  CHECK(entry(applied_anew, "before-first-apply")["fieldsV1"]["f:data"].contains("f:x"));
}
