#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/default/configmaps";

}  // namespace

TEST_CASE("a created object has uid, creationTimestamp and resourceVersion, and can be read") {
  Api api;
  const auto made = api.post(kMaps, config_map("a"));
  CHECK(made.status == 201);
  CHECK(made.body["metadata"]["uid"].as_string().size() == 36);
  CHECK(made.body["metadata"]["creationTimestamp"].as_string() == "2026-01-01T00:00:00Z");
  CHECK(made.body["metadata"]["namespace"].as_string() == "default");
  const auto read = api.get(kMaps + "/a");
  CHECK(read.status == 200);
  CHECK(read.body == made.body);
}

TEST_CASE("creating twice is AlreadyExists, reading nothing is NotFound") {
  Api api;
  api.post(kMaps, config_map("a"));
  const auto again = api.post(kMaps, config_map("a"));
  CHECK(again.status == 409);
  CHECK(again.reason() == "AlreadyExists");
  CHECK(again.message() == "configmaps \"a\" already exists");
  const auto missing = api.get(kMaps + "/b");
  CHECK(missing.status == 404);
  CHECK(missing.message() == "configmaps \"b\" not found");
  CHECK(missing.body["details"]["kind"].as_string() == "configmaps");
}

TEST_CASE("generateName makes names that differ") {
  Api api;
  const std::string body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"x-"}})";
  const auto a = api.post(kMaps, body), b = api.post(kMaps, body);
  CHECK(a.body["metadata"]["name"].as_string().starts_with("x-"));
  CHECK(a.body["metadata"]["name"].as_string().size() == 7);
  CHECK(a.body["metadata"]["name"] != b.body["metadata"]["name"]);
}

TEST_CASE("what does not fit the request is refused in the real server's words") {
  Api api;
  CHECK(api.post(kMaps, "{").status == 400);
  CHECK(api.post(kMaps, R"({"apiVersion":"v2","kind":"ConfigMap"})").message() ==
        "ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\" in scheme "
        "\"pkg/runtime/scheme.go:111\"");
  CHECK(api.post(kMaps, R"({"apiVersion":"v1","kind":"Secret"})").status == 400);
  CHECK(api.post(kMaps, config_map("A_")).message() ==
        "ConfigMap \"A_\" is invalid: metadata.name: Invalid value: \"A_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
        "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
  CHECK(api.post(kMaps, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{}})").message() ==
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required");
  CHECK(api.post(kMaps, config_map("a", "{}", R"(,"labels":{"a":5})"))
            .message()
            .contains("cannot unmarshal number into Go struct field ObjectMeta.metadata.labels"));
  CHECK(api.post(kMaps, config_map("a", "{}", R"(,"labels":{"a b":"c"})")).status == 422);
  CHECK(api.post(kMaps, config_map("a", "{}", R"(,"namespace":"other")")).message() ==
        "the namespace of the provided object does not match the namespace sent on the request");
  CHECK(api.post(kMaps, config_map("a", "{}", R"(,"resourceVersion":"5")")).message() == "resourceVersion should not be set on objects to be created");
  CHECK(api.post(kMaps, std::string(4'000'000, ' ')).status == 413);
  CHECK(api.call("POST", kMaps, config_map("a"), "application/vnd.kubernetes.protobuf").status == 400);
  CHECK(api.call("POST", kMaps, config_map("a"), "application/cbor").status == 415);
  CHECK(api.get(kMaps, "application/vnd.kubernetes.protobuf").status == 406);
}

TEST_CASE("a namespace must exist and not be terminating") {
  Api api;
  const auto missing = api.post("/api/v1/namespaces/nope/configmaps", config_map("a"));
  CHECK(missing.status == 404);
  CHECK(missing.message() == "namespaces \"nope\" not found");
  api.post("/api/v1/namespaces", R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x"}})");
  api.post("/api/v1/namespaces/x/configmaps", config_map("held", "{}", R"(,"finalizers":["a.b/c"])"));
  CHECK(api.remove("/api/v1/namespaces/x").body["status"]["phase"].as_string() == "Terminating");
  const auto late = api.post("/api/v1/namespaces/x/configmaps", config_map("b"));
  CHECK(late.status == 403);
  CHECK(late.message() == "configmaps \"b\" is forbidden: unable to create new content in namespace x because it is being terminated");
  CHECK(late.body["details"]["causes"][0]["reason"].as_string() == "NamespaceTerminating");
}

TEST_CASE("an update needs the live resourceVersion or none, and the uid must fit") {
  Api api;
  auto object = api.post(kMaps, config_map("a")).body;
  json::Value next = object;
  next.ref("data").set("k", "w");
  const auto updated = api.put(kMaps + "/a", next);
  CHECK(updated.status == 200);
  CHECK(updated.body["data"]["k"].as_string() == "w");
  const auto stale = api.put(kMaps + "/a", object);
  CHECK(stale.status == 409);
  CHECK(stale.reason() == "Conflict");
  CHECK(stale.message() ==
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again");
  next.ref("metadata").erase("resourceVersion");
  next.ref("data").set("k", "x");
  CHECK(api.put(kMaps + "/a", next).status == 200);
  next.ref("metadata").set("uid", "other");
  const auto other = api.put(kMaps + "/a", next);
  CHECK(other.status == 409);
  CHECK(other.message().contains("Precondition failed: UID in precondition: other, UID in object meta: "));
  next.ref("metadata").set("name", "b");
  CHECK(api.put(kMaps + "/a", next).message() == "the name of the object (b) does not match the name on the URL (a)");
  CHECK(api.put(kMaps + "/b", next).status == 404);
}

TEST_CASE("a write that changes nothing writes nothing") {
  Api api;
  const auto object = api.post(kMaps, config_map("a")).body;
  CHECK(api.put(kMaps + "/a", object).body == object);
  CHECK(api.patch(kMaps + "/a", kMergePatch, R"({"data":{"k":"v"}})").body == object);
}

TEST_CASE("dryRun answers as if, and stores nothing") {
  Api api;
  CHECK(api.post(kMaps + "?dryRun=All", config_map("a")).status == 201);
  CHECK(api.get(kMaps + "/a").status == 404);
  api.post(kMaps, config_map("a"));
  CHECK(api.patch(kMaps + "/a?dryRun=All", kMergePatch, R"({"data":{"k":"w"}})").body["data"]["k"].as_string() == "w");
  CHECK(api.get(kMaps + "/a").body["data"]["k"].as_string() == "v");
  CHECK(api.remove(kMaps + "/a?dryRun=All").status == 200);
  CHECK(api.get(kMaps + "/a").status == 200);
  CHECK(api.post(kMaps + "?dryRun=Some", config_map("b")).status == 422);
}

TEST_CASE("spec writes leave status alone, status writes leave spec alone, and generation counts spec") {
  Api api;
  const std::string deployments = "/apis/apps/v1/namespaces/default/deployments";
  const auto made = api.post(deployments, R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},
    "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}},"status":{"replicas":7}})");
  REQUIRE(made.status == 201);
  CHECK(made.body["metadata"]["generation"].as_int() == 1);
  CHECK(made.body["status"].size() == 0);
  CHECK(made.body["spec"]["replicas"].as_int() == 1);
  const auto status = api.patch(deployments + "/d/status", kMergePatch, R"({"spec":{"replicas":9},"status":{"replicas":1}})");
  CHECK(status.body["spec"]["replicas"].as_int() == 1);
  CHECK(status.body["status"]["replicas"].as_int() == 1);
  CHECK(status.body["metadata"]["generation"].as_int() == 1);
  const auto spec = api.patch(deployments + "/d", kMergePatch, R"({"spec":{"replicas":3},"status":{"replicas":5}})");
  CHECK(spec.body["spec"]["replicas"].as_int() == 3);
  CHECK(spec.body["status"]["replicas"].as_int() == 1);
  CHECK(spec.body["metadata"]["generation"].as_int() == 2);
  CHECK(api.patch(deployments + "/d", kMergePatch, R"({"metadata":{"labels":{"x":"y"}}})").body["metadata"]["generation"].as_int() == 2);
  CHECK(api.patch(deployments + "/d/scale", kMergePatch, R"({"spec":{"replicas":4}})").body["kind"].as_string() == "Scale");
  CHECK(api.get(deployments + "/d").body["spec"]["replicas"].as_int() == 4);
}

TEST_CASE("metadata that identifies an object is immutable") {
  Api api;
  api.post(kMaps, config_map("a"));
  const auto created = api.get(kMaps + "/a").body;
  const auto patched = api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"creationTimestamp":"2020-01-01T00:00:00Z","generation":9}})");
  CHECK(patched.status == 200);
  CHECK(patched.body["metadata"]["creationTimestamp"] == created["metadata"]["creationTimestamp"]);
  const auto deleting = api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"deletionTimestamp":"2020-01-01T00:00:00Z"}})");
  CHECK(deleting.status == 422);
  CHECK(deleting.message().contains("metadata.deletionTimestamp"));
}

TEST_CASE("unknown paths are not found, unplayed subresources say so, health and version answer") {
  Api api;
  CHECK(api.get("/apis/nope.io/v1/things").status == 404);
  CHECK(api.get("/nope").status == 404);
  CHECK(api.get("/api/v1/namespaces/default/pods/x/log").status == 501);
  CHECK(api.get("/api/v1/watch/pods").status == 501);
  CHECK(api.get("/readyz").text == "ok");
  CHECK(api.get("/version").body["gitVersion"].as_string() == "v1.36.3");
  CHECK(api.get("/api/v1/namespaces").body["items"].size() == 4);
}

TEST_CASE("secrets take stringData, services get an address, immutable data stays") {
  Api api;
  const auto secret = api.post("/api/v1/namespaces/default/secrets", R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"a":"b"}})");
  CHECK(secret.body["data"]["a"].as_string() == "Yg==");
  CHECK(secret.body["type"].as_string() == "Opaque");
  CHECK(!secret.body.contains("stringData"));
  const auto service =
      api.post("/api/v1/namespaces/default/services", R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}})");
  CHECK(service.body["spec"]["clusterIP"].as_string().starts_with("10."));
  CHECK(service.body["spec"]["ports"][0]["targetPort"].as_int() == 80);
  api.post(kMaps, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"i"},"immutable":true,"data":{"a":"b"}})");
  CHECK(api.patch(kMaps + "/i", kMergePatch, R"({"data":{"a":"c"}})").message() ==
        "ConfigMap \"i\" is invalid: data: Forbidden: field is immutable when `immutable` is set");
}

}  // namespace slipway::kubesim::test
