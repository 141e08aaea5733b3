// The life of a CustomResourceDefinition: accepted, established, served, discovered, changed, deleted.
#include "test/contract/server.h"

using namespace slipway;

namespace {

constexpr std::string_view kOpen = R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})";

const json::Value& condition(const contract::Answer& crd, std::string_view type) { return kube::condition(crd.body, type); }

std::string definition(std::string_view name, std::string_view spec) {
  return R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":")" + std::string(name) + R"("},"spec":)" +
         std::string(spec) + "}";
}
const std::string kCrds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

}  // namespace

TEST_CASE_METHOD(contract::Server, "a definition is accepted, established and served") {
  CHECK(get(widgets()).status == 404);
  CHECK(get(widgets()).text == "404 page not found\n");
  serve_widgets(kOpen);
  const auto crd = get(crd_path());
  CHECK(condition(crd, "NamesAccepted")["status"].as_string() == "True");
  CHECK(condition(crd, "NamesAccepted")["reason"].as_string() == "NoConflicts");
  CHECK(condition(crd, "NamesAccepted")["message"].as_string() == "no conflicts found");
  CHECK(condition(crd, "Established")["status"].as_string() == "True");
  CHECK(condition(crd, "Established")["reason"].as_string() == "InitialNamesAccepted");
  CHECK(condition(crd, "Established")["message"].as_string() == "the initial names have been accepted");
  contract::check_equal(crd.body["status"]["acceptedNames"], parse(R"({"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"})"));
  contract::check_equal(crd.body["status"]["storedVersions"], parse(R"(["v1"])"));
  contract::check_equal(crd.body["spec"]["conversion"], parse(R"({"strategy":"None"})"));
  const auto list = get(widgets());
  CHECK(list.body["kind"].as_string() == "WidgetList");
  CHECK(list.body["apiVersion"].as_string() == group + "/v1");
  CHECK(post(widgets(), contract::widget("a")).status == 201);
  const auto items = get(widgets());
  CHECK(items.body["items"][0U]["kind"].as_string() == "Widget");
}

TEST_CASE_METHOD(contract::Server, "a definition shows in discovery, and goes from there with it") {
  serve_widgets(kOpen, R"(,"subresources":{"status":{}})");
  const std::string at = "/apis/" + group + "/v1";
  const auto found = eventually(at, [](const contract::Answer& a) { return a.status == 200; });
  REQUIRE(found.status == 200);
  CHECK(found.body["kind"].as_string() == "APIResourceList");
  CHECK(found.body["groupVersion"].as_string() == group + "/v1");
  const json::Value& main = found.body["resources"][0U];
  CHECK(main["name"].as_string() == "widgets");
  CHECK(main["singularName"].as_string() == "widget");
  CHECK(main["kind"].as_string() == "Widget");
  CHECK(main["namespaced"].as_bool());
  contract::check_equal(main["verbs"], parse(R"(["delete","deletecollection","get","list","patch","create","update","watch"])"));
  CHECK(main["storageVersionHash"].is_string());
  CHECK(found.body["resources"][1U]["name"].as_string() == "widgets/status");
  contract::check_equal(found.body["resources"][1U]["verbs"], parse(R"(["get","patch","update"])"));
  const auto grouped = get("/apis/" + group);
  contract::check_equal(grouped.body, parse(R"({"kind":"APIGroup","apiVersion":"v1","name":"$GROUP","versions":[{"groupVersion":"$GROUP/v1","version":"v1"}],
    "preferredVersion":{"groupVersion":"$GROUP/v1","version":"v1"}})"));
  REQUIRE(remove(crd_path()).status == 200);
  CHECK(gone(crd_path()).status == 404);
  CHECK(gone(at).status == 404);
  CHECK(gone(widgets()).status == 404);
}

TEST_CASE_METHOD(contract::Server, "deleting a definition deletes its resources first, finalizers included") {
  serve_widgets(kOpen);
  REQUIRE(post(widgets(), contract::widget("free")).status == 201);
  REQUIRE(post(widgets(), contract::widget("held", "", R"(,"finalizers":["x.dev/hold"])")).status == 201);
  CHECK(get(crd_path()).meta("finalizers").is_null());
  const auto deleted = remove(crd_path());
  REQUIRE(deleted.status == 200);
  contract::check_equal(deleted.meta("finalizers"), parse(R"(["customresourcecleanup.apiextensions.k8s.io"])"));
  CHECK(condition(deleted, "Terminating")["reason"].as_string() == "InstanceDeletionPending");
  CHECK(gone(widgets("free")).status == 404);
  const auto held = eventually(widgets("held"), [](const contract::Answer& a) { return a.meta("deletionTimestamp").is_string(); });
  CHECK(held.meta("deletionTimestamp").is_string());
  const auto terminating =
      eventually(crd_path(), [](const contract::Answer& a) { return condition(a, "Terminating")["reason"].as_string() != "InstanceDeletionPending"; });
  CHECK(condition(terminating, "Terminating")["reason"].as_string() == "InstanceDeletionInProgress");
  const auto refused = post(widgets(), contract::widget("new"));
  CHECK_STATUS(
      refused,
      R"({"code":403,"reason":"Forbidden","message":"widgets.$GROUP \"new\" is forbidden: create not allowed while custom resource definition is terminating",
    "details":{"name":"new","group":"$GROUP","kind":"widgets"}})");
  REQUIRE(patch(widgets("held"), contract::kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
  CHECK(gone(crd_path()).status == 404);
}

TEST_CASE_METHOD(contract::Server, "a watch of a resource ends when its definition goes") {
  serve_widgets(kOpen);
  const auto a = post(widgets(), contract::widget("a"));
  contract::Watch w(*this, widgets() + "?watch=true&resourceVersion=" + a.rv());
  REQUIRE(remove(crd_path()).status == 200);
  CHECK(w.line() == "DELETED a");
  CHECK(w.line() == "end");
}

TEST_CASE_METHOD(contract::Server, "definitions are checked to the field") {
  const auto misnamed = post(kCrds, definition("wrong.$GROUP", R"({"group":"$GROUP","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},
    "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]})"));
  CHECK_STATUS(
      misnamed,
      R"({"code":422,"reason":"Invalid","message":"CustomResourceDefinition.apiextensions.k8s.io \"wrong.$GROUP\" is invalid: metadata.name: Invalid value: \"wrong.$GROUP\": must be spec.names.plural+\".\"+spec.group",
    "details":{"name":"wrong.$GROUP","group":"apiextensions.k8s.io","kind":"CustomResourceDefinition","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: \"wrong.$GROUP\": must be spec.names.plural+\".\"+spec.group","field":"metadata.name"}]}})");
  const auto schemaless = post(
      kCrds,
      definition(
          "widgets.$GROUP",
          R"({"group":"$GROUP","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true}]})"));
  CHECK_STATUS(
      schemaless,
      R"({"code":422,"reason":"Invalid","message":"CustomResourceDefinition.apiextensions.k8s.io \"widgets.$GROUP\" is invalid: spec.versions[0].schema.openAPIV3Schema: Required value",
    "details":{"name":"widgets.$GROUP","group":"apiextensions.k8s.io","kind":"CustomResourceDefinition","causes":[{"reason":"FieldValueRequired","message":"Required value","field":"spec.versions[0].schema.openAPIV3Schema"}]}})");
  const auto unstructural = post(kCrds, definition("widgets.$GROUP", R"({"group":"$GROUP","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},
    "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"properties":{"n":{"type":"integer"}}}}}}}]})"));
  CHECK(unstructural.status == 422);
  CHECK(
      unstructural.message() ==
      fill(
          "CustomResourceDefinition.apiextensions.k8s.io \"widgets.$GROUP\" is invalid: spec.validation.openAPIV3Schema.properties[spec].type: Required value: "
          "must not be empty for specified object fields"));
  const auto stores = post(kCrds, definition("widgets.$GROUP", R"({"group":"$GROUP","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},
    "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}},{"name":"v2","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]})"));
  CHECK(stores.status == 422);
  CHECK(stores.message().contains("spec.versions: Invalid value: "));
  CHECK(stores.message().contains("must have exactly one version marked as storage version"));
  const auto bad_default = post(kCrds, definition("widgets.$GROUP", R"({"group":"$GROUP","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},
    "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"n":{"type":"integer","default":"x"}}}}}]})"));
  CHECK(bad_default.status == 422);
  CHECK(bad_default.body["details"]["causes"][0U]["field"].as_string() == "spec.validation.openAPIV3Schema.properties[n].default");
}

TEST_CASE_METHOD(contract::Server, "two versions serve one object; a stored version is kept in mind") {
  serve_widgets(kOpen);
  REQUIRE(post(widgets(), contract::widget("a", R"(,"spec":{"n":1})")).status == 201);
  const auto patched = patch(
      crd_path(), contract::kJsonPatch,
      R"([{"op":"add","path":"/spec/versions/-","value":{"name":"v2","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}},
                             {"op":"replace","path":"/spec/versions/0/storage","value":false}])");
  INFO(patched.text);
  REQUIRE(patched.status == 200);
  CHECK(patched.meta("generation").as_int() == 2);
  const auto second = eventually(path_of(group + "/v2", "widgets", "a"), [](const contract::Answer& a) { return a.status == 200; });
  CHECK(second.body["apiVersion"].as_string() == group + "/v2");
  CHECK(second.body["spec"]["n"].as_int() == 1);
  CHECK(get(widgets("a")).body["apiVersion"].as_string() == group + "/v1");
  contract::check_equal(get(crd_path()).body["status"]["storedVersions"], parse(R"(["v1","v2"])"));
  const auto grouped = eventually("/apis/" + group, [](const contract::Answer& a) { return a.body["versions"].size() == 2; });
  CHECK(grouped.body["preferredVersion"]["version"].as_string() == "v2");
}

TEST_CASE_METHOD(contract::Server, "a definition without a version in which something may be stored is refused, until its status says otherwise") {
  serve_widgets(kOpen);
  REQUIRE(
      patch(
          crd_path(), contract::kJsonPatch,
          R"([{"op":"add","path":"/spec/versions/-","value":{"name":"v2","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}},
                             {"op":"replace","path":"/spec/versions/0/storage","value":false}])")
          .status == 200);
  const std::string without_v1 = R"([{"op":"remove","path":"/spec/versions/0"}])";
  const auto refused = patch(crd_path(), contract::kJsonPatch, without_v1);
  CHECK(refused.status == 422);
  CHECK(refused.message() ==
        fill("CustomResourceDefinition.apiextensions.k8s.io \"widgets.$GROUP\" is invalid: status.storedVersions[0]: Invalid value: \"v1\": missing from "
             "spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted "
             "in v1 and removes v1 from status.storedVersions"));
  CHECK(refused.body["details"]["causes"][0U]["field"].as_string() == "status.storedVersions[0]");
  const auto told = patch(crd_path() + "/status", contract::kMergePatch, R"({"status":{"storedVersions":["v2"]}})");
  REQUIRE(told.status == 200);
  contract::check_equal(told.body["status"]["storedVersions"], parse(R"(["v2"])"));
  CHECK(patch(crd_path(), contract::kJsonPatch, without_v1).status == 200);
}
