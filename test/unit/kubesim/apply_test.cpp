#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMap = "/api/v1/namespaces/default/configmaps/a";
const std::string kDeployment = "/apis/apps/v1/namespaces/default/deployments/d";

const json::Value& entry(const Answer& a, std::string_view manager) {
  static const json::Value kNone;
  for (const auto& m : a.body["metadata"]["managedFields"].array())
    if (m["manager"].as_string() == manager) return m;
  return kNone;
}

std::string deployment(std::string_view container) {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},
    "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[)" +
         std::string(container) + "]}}}}";
}

}  // namespace

TEST_CASE("apply creates, owns what it says, and says nothing new the second time") {
  Api api;
  const auto made = api.apply(kMap, "me", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {l: x}}\ndata: {k: v}\n");
  CHECK(made.status == 201);
  CHECK(entry(made, "me")["operation"].as_string() == "Apply");
  CHECK(json::dump_canonical(entry(made, "me")["fieldsV1"]) == R"({"f:data":{"f:k":{}},"f:metadata":{"f:labels":{"f:l":{}}}})");
  const auto again = api.apply(kMap, "me", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {l: x}}\ndata: {k: v}\n");
  CHECK(again.status == 200);
  CHECK(again.body == made.body);
}

TEST_CASE("a field of another manager is a conflict, unless forced") {
  Api api;
  api.apply(kMap, "one", config_map("a", R"({"k":"v","x":"1"})"));
  const auto refused = api.apply(kMap, "two", config_map("a", R"({"k":"w"})"));
  CHECK(refused.status == 409);
  CHECK(refused.reason() == "Conflict");
  CHECK(refused.message() == "Apply failed with 1 conflict: conflict with \"one\": .data.k");
  CHECK(refused.body["details"]["causes"][0]["reason"].as_string() == "FieldManagerConflict");
  CHECK(refused.body["details"]["causes"][0]["field"].as_string() == ".data.k");
  const auto forced = api.apply(kMap, "two", config_map("a", R"({"k":"w"})"), true);
  CHECK(forced.status == 200);
  CHECK(forced.body["data"]["k"].as_string() == "w");
  CHECK(json::dump_canonical(entry(forced, "one")["fieldsV1"]) == R"({"f:data":{"f:x":{}}})");
}

TEST_CASE("the same value may be owned by two") {
  Api api;
  api.apply(kMap, "one", config_map("a"));
  CHECK(api.apply(kMap, "two", config_map("a")).status == 200);
  // One lets go: the other still holds it.
  const auto less = api.apply(kMap, "one", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}})");
  CHECK(less.body["data"]["k"].as_string() == "v");
  const auto none = api.apply(kMap, "two", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}})");
  CHECK(none.body["data"]["k"].is_null());
}

TEST_CASE("what is no longer applied goes, what others set stays") {
  Api api;
  api.apply(kMap, "me", config_map("a", R"({"mine":"1","kept":"2"})"));
  api.patch(kMap, kMergePatch, R"({"data":{"theirs":"3"}})");
  const auto less = api.apply(kMap, "me", config_map("a", R"({"kept":"2"})"));
  CHECK(json::dump_canonical(less.body["data"]) == R"({"kept":"2","theirs":"3"})");
}

TEST_CASE("updates by others are recorded and conflict with their operation and time") {
  Api api;
  api.post("/api/v1/namespaces/default/configmaps?fieldManager=kubectl-create", config_map("a"));
  const auto live = api.get(kMap);
  CHECK(entry(live, "kubectl-create")["operation"].as_string() == "Update");
  CHECK(json::dump_canonical(entry(live, "kubectl-create")["fieldsV1"]) == R"({"f:data":{".":{},"f:k":{}}})");
  const auto refused = api.apply(kMap, "me", config_map("a", R"({"k":"w"})"));
  CHECK(refused.message() == "Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1 at 2026-01-01T00:00:00Z: .data.k");
}

TEST_CASE("an update takes ownership away") {
  Api api;
  api.apply(kMap, "me", config_map("a"));
  const auto patched = api.patch(kMap + "?fieldManager=hand", kMergePatch, R"({"data":{"k":"w"}})");
  CHECK(entry(patched, "me").is_null());
  CHECK(json::dump_canonical(entry(patched, "hand")["fieldsV1"]) == R"({"f:data":{"f:k":{}}})");
}

TEST_CASE("containers merge by name, and so do their ports with the default protocol") {
  Api api;
  const auto made = api.apply(kDeployment, "one", deployment(R"({"name":"c","image":"i:1","ports":[{"containerPort":80}]})"));
  REQUIRE(made.status == 201);
  const auto& fields = entry(made, "one")["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"];
  CHECK(fields[R"(k:{"name":"c"})"]["f:ports"].contains(R"(k:{"containerPort":80,"protocol":"TCP"})"));
  const auto both = api.apply(kDeployment, "two", R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},
    "spec":{"template":{"spec":{"containers":[{"name":"side","image":"s"}]}}}})");
  REQUIRE(both.status == 200);
  CHECK(both.body["spec"]["template"]["spec"]["containers"].size() == 2);
  const auto conflict = api.apply(kDeployment, "two", R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},
    "spec":{"template":{"spec":{"containers":[{"name":"c","image":"s"}]}}}})");
  CHECK(conflict.message() == "Apply failed with 1 conflict: conflict with \"one\": .spec.template.spec.containers[name=\"c\"].image");
  // The whole container goes when its only manager drops it.
  const auto less = api.apply(kDeployment, "two", R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"}})");
  CHECK(less.body["spec"]["template"]["spec"]["containers"].size() == 1);
}

TEST_CASE("several conflicts are listed by manager") {
  Api api;
  api.apply(kMap, "one", config_map("a", R"({"x":"1","y":"1"})"));
  const auto refused = api.apply(kMap, "two", config_map("a", R"({"x":"2","y":"2"})"));
  CHECK(refused.message() == "Apply failed with 2 conflicts: conflicts with \"one\":\n- .data.x\n- .data.y");
  CHECK(refused.body["details"]["causes"].size() == 2);
}

TEST_CASE("apply needs a manager, no managedFields, and lists with keys") {
  Api api;
  const auto nobody = api.patch(kMap, kApplyPatch, config_map("a"));
  CHECK(nobody.status == 422);
  CHECK(nobody.message() == "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
  CHECK(api.apply(kMap, "me", config_map("a", "{}", R"(,"managedFields":[{"manager":"x"}])")).message() == "metadata.managedFields must be nil");
  CHECK(api.apply(kDeployment, "me", deployment(R"({"image":"i"})")).status == 500);
  CHECK(api.apply(kDeployment, "me", deployment(R"({"name":"c"},{"name":"c"})")).status == 500);
  CHECK(api.apply(kMap, "me", "a: [").status == 400);
}

TEST_CASE("status is applied through its endpoint only, and owned apart") {
  Api api;
  api.apply(kDeployment, "me", deployment(R"({"name":"c","image":"i"})"));
  const std::string status = R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":9},"status":{"replicas":2}})";
  const auto applied = api.apply(kDeployment + "/status", "controller", status);
  REQUIRE(applied.status == 200);
  CHECK(applied.body["status"]["replicas"].as_int() == 2);
  CHECK(applied.body["spec"]["replicas"].as_int() == 1);
  CHECK(entry(applied, "controller")["subresource"].as_string() == "status");
  CHECK(json::dump(entry(applied, "controller")["fieldsV1"]) == R"({"f:status":{"f:replicas":{}}})");
}

TEST_CASE("objects whose managers were dropped start over at the first apply") {
  Api api;
  api.post("/api/v1/namespaces/default/configmaps", config_map("a"));
  CHECK(api.patch(kMap, kMergePatch, R"({"metadata":{"managedFields":[{}]}})").body["metadata"]["managedFields"].is_null());
  CHECK(api.patch(kMap, kMergePatch, R"({"data":{"k":"w"}})").body["metadata"]["managedFields"].is_null());
  const auto refused = api.apply(kMap, "me", config_map("a", R"({"k":"x"})"));
  CHECK(refused.message().contains("conflict with \"before-first-apply\" using v1"));
}

TEST_CASE("many updaters share one entry in the end") {
  Api api;
  api.post("/api/v1/namespaces/default/configmaps", config_map("a"));
  for (int i = 0; i < 15; ++i) {
    api.loop.clock.advance(std::chrono::seconds(1));
    api.patch(kMap + "?fieldManager=m" + std::to_string(i), kMergePatch, R"({"data":{"k)" + std::to_string(i) + R"(":"v"}})");
  }
  const auto live = api.get(kMap);
  CHECK(live.body["metadata"]["managedFields"].size() == 10);
  CHECK(entry(live, "ancient-changes")["fieldsV1"]["f:data"].contains("f:k0"));
}

}  // namespace slipway::kubesim::test
