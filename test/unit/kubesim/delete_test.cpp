#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/default/configmaps";

std::string owned_by(const json::Value& owner, bool blocks = true) {
  return R"(,"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":")" + owner["metadata"]["name"].str() + R"(","uid":")" +
         owner["metadata"]["uid"].str() + R"(","blockOwnerDeletion":)" + (blocks ? "true" : "false") + "}]";
}

}  // namespace

TEST_CASE("deleting answers Success and the object is gone") {
  Api api;
  const auto object = api.post(kMaps, config_map("a")).body;
  const auto gone = api.remove(kMaps + "/a");
  CHECK(gone.status == 200);
  CHECK(gone.body["status"].as_string() == "Success");
  CHECK(gone.body["details"]["uid"] == object["metadata"]["uid"]);
  CHECK(api.remove(kMaps + "/a").status == 404);
}

TEST_CASE("delete preconditions must hold") {
  Api api;
  const auto object = api.post(kMaps, config_map("a")).body;
  const auto uid = api.remove(kMaps + "/a", R"({"preconditions":{"uid":"other"}})");
  CHECK(uid.status == 409);
  CHECK(uid.message() == "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (other) does not match the UID in record (" +
                             object["metadata"]["uid"].str() + "). The object might have been deleted and then recreated");
  CHECK(api.remove(kMaps + "/a", R"({"preconditions":{"resourceVersion":"1"}})").message().contains("The object might have been modified"));
  CHECK(api.remove(kMaps + "/a", R"({"preconditions":{"uid":")" + object["metadata"]["uid"].str() + "\"}}").status == 200);
}

TEST_CASE("finalizers hold an object until the last one is removed") {
  Api api;
  api.post(kMaps, config_map("a", "{}", R"(,"finalizers":["a.b/x"])"));
  const auto marked = api.remove(kMaps + "/a");
  CHECK(marked.status == 200);
  CHECK(marked.body["kind"].as_string() == "ConfigMap");
  CHECK(marked.body["metadata"]["deletionTimestamp"].as_string() == "2026-01-01T00:00:00Z");
  CHECK(marked.body["metadata"]["deletionGracePeriodSeconds"].as_int(-1) == 0);
  CHECK(api.remove(kMaps + "/a").body == marked.body);
  const auto again = api.post(kMaps, config_map("a"));
  CHECK(again.message() == "object is being deleted: configmaps \"a\" already exists");
  const auto more = api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"finalizers":["a.b/x","a.b/y"]}})");
  CHECK(more.status == 422);
  CHECK(more.message().contains("no new finalizers can be added if the object is being deleted, found new finalizers []string{\"a.b/y\"}"));
  CHECK(api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
  CHECK(api.get(kMaps + "/a").status == 404);
}

TEST_CASE("dependents of a deleted owner are collected, those with another owner only lose the reference") {
  Api api;
  const auto owner = api.post(kMaps, config_map("owner")).body;
  const auto other = api.post(kMaps, config_map("other")).body;
  api.post(kMaps, config_map("child", "{}", owned_by(owner)));
  const auto child = api.get(kMaps + "/child").body;
  api.post(kMaps, config_map("grandchild", "{}", owned_by(child)));
  std::string two = owned_by(owner);
  two.pop_back();
  const std::string second = owned_by(other);
  api.post(kMaps, config_map("shared", "{}", two + "," + second.substr(second.find('[') + 1)));
  api.remove(kMaps + "/owner");
  CHECK(api.get(kMaps + "/child").status == 404);
  CHECK(api.get(kMaps + "/grandchild").status == 404);
  const auto shared = api.get(kMaps + "/shared");
  REQUIRE(shared.status == 200);
  CHECK(shared.body["metadata"]["ownerReferences"].size() == 1);
  CHECK(shared.body["metadata"]["ownerReferences"][0]["name"].as_string() == "other");
}

TEST_CASE("an object whose owner never was is collected, one whose owner's kind is unknown stays") {
  Api api;
  CHECK(api.post(kMaps, config_map("a", "{}", R"(,"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"x","uid":"u"}])")).status == 201);
  CHECK(api.get(kMaps + "/a").status == 404);
  api.post(kMaps, config_map("b", "{}", R"(,"ownerReferences":[{"apiVersion":"no.such/v1","kind":"Thing","name":"x","uid":"u"}])"));
  CHECK(api.get(kMaps + "/b").status == 200);
}

TEST_CASE("foreground deletion waits for blocking dependents") {
  Api api;
  const auto owner = api.post(kMaps, config_map("owner")).body;
  std::string meta = owned_by(owner) + R"(,"finalizers":["a.b/x"])";
  api.post(kMaps, config_map("held", "{}", meta));
  const auto marked = api.remove(kMaps + "/owner?propagationPolicy=Foreground");
  CHECK(json::dump(marked.body["metadata"]["finalizers"]) == R"(["foregroundDeletion"])");
  CHECK(api.get(kMaps + "/held").body["metadata"].contains("deletionTimestamp"));
  CHECK(api.get(kMaps + "/owner").status == 200);
  api.patch(kMaps + "/held", kMergePatch, R"({"metadata":{"finalizers":null}})");
  CHECK(api.get(kMaps + "/held").status == 404);
  CHECK(api.get(kMaps + "/owner").status == 404);
}

TEST_CASE("orphaning strips the references and keeps the dependents") {
  Api api;
  const auto owner = api.post(kMaps, config_map("owner")).body;
  api.post(kMaps, config_map("child", "{}", owned_by(owner)));
  api.remove(kMaps + "/owner", R"({"propagationPolicy":"Orphan"})");
  CHECK(api.get(kMaps + "/owner").status == 404);
  const auto child = api.get(kMaps + "/child");
  REQUIRE(child.status == 200);
  CHECK(!child.body["metadata"].contains("ownerReferences"));
}

TEST_CASE("a namespace terminates when its content is gone") {
  Api api;
  api.post("/api/v1/namespaces", R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x"}})");
  CHECK(api.get("/api/v1/namespaces/x").body["status"]["phase"].as_string() == "Active");
  CHECK(api.get("/api/v1/namespaces/x").body["metadata"]["labels"]["kubernetes.io/metadata.name"].as_string() == "x");
  api.post("/api/v1/namespaces/x/configmaps", config_map("plain"));
  api.post("/api/v1/namespaces/x/secrets", R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"held","finalizers":["a.b/c"]}})");
  api.remove("/api/v1/namespaces/x");
  const auto waiting = api.get("/api/v1/namespaces/x");
  CHECK(waiting.body["status"]["phase"].as_string() == "Terminating");
  CHECK(api.get("/api/v1/namespaces/x/configmaps/plain").status == 404);
  std::string remaining;
  for (const auto& c : waiting.body["status"]["conditions"].array())
    if (c["type"].as_string() == "NamespaceFinalizersRemaining") remaining = c["message"].str();
  CHECK(remaining == "Some content in the namespace has finalizers remaining: a.b/c in 1 resource instances");
  CHECK(api.remove("/api/v1/namespaces/x").status == 200);
  api.patch("/api/v1/namespaces/x/secrets/held", kMergePatch, R"({"metadata":{"finalizers":null}})");
  CHECK(api.get("/api/v1/namespaces/x").status == 404);
  CHECK(api.remove("/api/v1/namespaces/default").message() == "namespaces \"default\" is forbidden: this namespace may not be deleted");
}

TEST_CASE("deletecollection deletes what the selector names") {
  Api api;
  api.post(kMaps, config_map("a", "{}", R"(,"labels":{"x":"y"})"));
  api.post(kMaps, config_map("b"));
  const auto gone = api.remove(kMaps + "?labelSelector=x%3Dy");
  CHECK(gone.status == 200);
  CHECK(gone.body["items"].size() == 1);
  CHECK(api.get(kMaps + "/a").status == 404);
  CHECK(api.get(kMaps + "/b").status == 200);
}

}  // namespace slipway::kubesim::test
