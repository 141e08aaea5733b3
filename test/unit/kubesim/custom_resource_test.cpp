#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kCrds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const std::string kWidgets = "/apis/demo.io/v1/namespaces/default/widgets";

constexpr std::string_view kCrd = R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.demo.io"},"spec":{
  "group":"demo.io","scope":"Namespaced","names":{"kind":"Widget","plural":"widgets","singular":"widget"},
  "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{
      "spec":{"type":"object","required":["size"],"properties":{
        "size":{"type":"integer","minimum":1},"color":{"type":"string","default":"blue"},
        "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
        "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
                 "items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"count":{"type":"integer"}}}}}},
      "status":{"type":"object","properties":{"phase":{"type":"string"}}}}}}},
    {"name":"v1alpha1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}})";

void define(Api& api) { REQUIRE(api.post(kCrds, std::string(kCrd)).status == 201); }

std::string widget(std::string_view spec, std::string_view meta = "") {
  return R"({"apiVersion":"demo.io/v1","kind":"Widget","metadata":{"name":"w")" + std::string(meta) + R"(},"spec":)" + std::string(spec) + "}";
}

std::string condition(const json::Value& object, std::string_view type) {
  for (const auto& c : object["status"]["conditions"].array())
    if (c["type"].as_string() == type) return c["status"].str();
  return "absent";
}

}  // namespace

TEST_CASE("a definition is established and served as soon as the server comes round") {
  Api api;
  CHECK(api.get(kWidgets).status == 404);
  define(api);
  const auto crd = api.get(kCrds + "/widgets.demo.io").body;
  CHECK(condition(crd, "Established") == "True");
  CHECK(condition(crd, "NamesAccepted") == "True");
  CHECK(crd["metadata"]["finalizers"].is_null());
  CHECK(json::dump(crd["status"]["storedVersions"]) == R"(["v1"])");
  CHECK(api.get(kWidgets).body["kind"].as_string() == "WidgetList");
}

TEST_CASE("custom resources are validated, defaulted and pruned") {
  Api api;
  define(api);
  const auto made = api.post(kWidgets, widget(R"({"size":3,"bogus":1})"));
  REQUIRE(made.status == 201);
  CHECK(json::dump_canonical(made.body["spec"]) == R"({"color":"blue","size":3})");
  CHECK(made.headers.get("Warning") == R"(299 - "unknown field \"spec.bogus\"")");
  CHECK(made.body["metadata"]["generation"].as_int() == 1);
  const auto small = api.patch(kWidgets + "/w", kMergePatch, R"({"spec":{"size":0}})");
  CHECK(small.status == 422);
  CHECK(small.message() == "Widget.demo.io \"w\" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1");
  CHECK(api.patch(kWidgets + "/w", kStrategicPatch, "{}").status == 415);
  CHECK(api.post(kWidgets, R"({"apiVersion":"demo.io/v1","kind":"Widget","metadata":{"name":"x"}})").status == 201);
  CHECK(api.post(kWidgets, R"({"apiVersion":"demo.io/v1","metadata":{"name":"y"}})").message().starts_with("Object 'Kind' is missing in '"));
}

TEST_CASE("an update of a custom resource must name its resourceVersion") {
  Api api;
  define(api);
  auto object = api.post(kWidgets, widget(R"({"size":3})")).body;
  object.ref("metadata").erase("resourceVersion");
  CHECK(api.put(kWidgets + "/w", object).message() ==
        "widgets.demo.io \"w\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update");
}

TEST_CASE("the status of a custom resource has its own endpoint") {
  Api api;
  define(api);
  api.post(kWidgets, widget(R"({"size":3})"));
  const auto status = api.patch(kWidgets + "/w/status", kMergePatch, R"({"spec":{"size":9},"status":{"phase":"Up"},"metadata":{"labels":{"a":"b"}}})");
  CHECK(status.body["spec"]["size"].as_int() == 3);
  CHECK(status.body["status"]["phase"].as_string() == "Up");
  CHECK(!status.body["metadata"].contains("labels"));
  CHECK(status.body["metadata"]["generation"].as_int() == 1);
  const auto spec = api.patch(kWidgets + "/w", kMergePatch, R"({"spec":{"size":4},"status":null})");
  CHECK(spec.body["status"]["phase"].as_string() == "Up");
  CHECK(spec.body["metadata"]["generation"].as_int() == 2);
}

TEST_CASE("all versions of a definition share their objects") {
  Api api;
  define(api);
  api.post(kWidgets, widget(R"({"size":3})"));
  const std::string alpha = "/apis/demo.io/v1alpha1/namespaces/default/widgets";
  const auto read = api.get(alpha + "/w");
  CHECK(read.body["apiVersion"].as_string() == "demo.io/v1alpha1");
  CHECK(read.body["spec"]["size"].as_int() == 3);
  Watch watch(api, kWidgets + "?watch=true&resourceVersion=" + read.body["metadata"]["resourceVersion"].str());
  api.patch(alpha + "/w", kMergePatch, R"({"spec":{"size":5}})");
  const auto event = watch.next();
  CHECK(event["object"]["apiVersion"].as_string() == "demo.io/v1");
  CHECK(event["object"]["spec"]["size"].as_int() == 5);
}

TEST_CASE("apply merges lists as the schema says") {
  Api api;
  define(api);
  api.apply(kWidgets + "/w", "one", widget(R"({"size":3,"tags":["a"],"parts":[{"name":"p","count":1}]})"));
  const auto both = api.apply(kWidgets + "/w", "two", widget(R"({"size":3,"tags":["b"],"parts":[{"name":"q","count":2}]})"));
  REQUIRE(both.status == 200);
  CHECK(json::dump(both.body["spec"]["tags"]) == R"(["a","b"])");
  CHECK(both.body["spec"]["parts"].size() == 2);
  const auto refused = api.apply(kWidgets + "/w", "two", widget(R"({"size":3,"tags":["b"],"parts":[{"name":"p","count":2}]})"));
  CHECK(refused.message() == "Apply failed with 1 conflict: conflict with \"one\": .spec.parts[name=\"p\"].count");
  const auto less = api.apply(kWidgets + "/w", "two", widget(R"({"size":3})"));
  CHECK(json::dump(less.body["spec"]["tags"]) == R"(["a"])");
  CHECK(less.body["spec"]["parts"].size() == 1);
  const auto unknown = api.apply(kWidgets + "/w", "one", widget(R"({"size":3,"nope":1})"));
  CHECK(unknown.status == 500);
  CHECK(unknown.message() == "failed to create typed patch object (/w; demo.io/v1, Kind=Widget): .spec.nope: field not declared in schema");
}

TEST_CASE("deleting a definition deletes its instances, and waits for their finalizers") {
  Api api;
  define(api);
  api.post(kWidgets, widget(R"({"size":3})", R"(,"finalizers":["a.b/c"])"));
  Watch watch(api, kWidgets + "?watch=true");
  CHECK(watch.next_line() == "ADDED w");
  CHECK(api.remove(kCrds + "/widgets.demo.io").status == 200);
  CHECK(condition(api.get(kCrds + "/widgets.demo.io").body, "Terminating") == "True");
  CHECK(api.get(kWidgets + "/w").body["metadata"].contains("deletionTimestamp"));
  const auto late = api.post(kWidgets, R"({"apiVersion":"demo.io/v1","kind":"Widget","metadata":{"name":"x"},"spec":{"size":1}})");
  CHECK(late.status == 403);
  CHECK(late.message() == "widgets.demo.io \"x\" is forbidden: create not allowed while custom resource definition is terminating");
  api.patch(kWidgets + "/w", kMergePatch, R"({"metadata":{"finalizers":null}})");
  CHECK(api.get(kCrds + "/widgets.demo.io").status == 404);
  CHECK(api.get(kWidgets).status == 404);
  CHECK(watch.next_line() == "MODIFIED w");
  CHECK(watch.next_line() == "DELETED w");
  CHECK(watch.next().is_null());
  CHECK(!watch.failed());
  define(api);
  CHECK(api.post(kWidgets, widget(R"({"size":3})")).status == 201);
}

TEST_CASE("a change of a definition changes what is served") {
  Api api;
  define(api);
  api.patch(kCrds + "/widgets.demo.io", kJsonPatch,
            R"([{"op":"replace","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/minimum","value":10},
    {"op":"replace","path":"/spec/versions/1/served","value":false}])");
  CHECK(api.post(kWidgets, widget(R"({"size":3})")).status == 422);
  CHECK(api.get("/apis/demo.io/v1alpha1/namespaces/default/widgets").status == 404);
  CHECK(api.get(kWidgets).status == 200);
}

}  // namespace slipway::kubesim::test
