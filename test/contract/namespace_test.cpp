// Namespaces: what makes them, what their end means for what is in them.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::kMergePatch;

namespace {

std::string named(std::string_view name) { return R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":")" + std::string(name) + "\"}}"; }

}  // namespace

TEST_CASE_METHOD(contract::Server, "a namespace is born active, labelled with its name, with a finalizer in its spec") {
  const auto read = get("/api/v1/namespaces/" + ns);
  CHECK(read.body["status"]["phase"].as_string() == "Active");
  contract::check_equal(read.body["spec"], parse(R"({"finalizers":["kubernetes"]})"));
  contract::check_equal(read.meta("labels"), parse(R"({"kubernetes.io/metadata.name":"$NS"})"));
  for (const std::string name : {"default", "kube-system", "kube-public", "kube-node-lease"}) CHECK(get("/api/v1/namespaces/" + name).status == 200);
}

TEST_CASE_METHOD(contract::Server, "a namespace's name is a DNS label") {
  const auto bad = post("/api/v1/namespaces", named("a.b"));
  CHECK(bad.status == 422);
  CHECK(bad.message() == "Namespace \"a.b\" is invalid: metadata.name: Invalid value: \"a.b\": must not contain dots");
  CHECK(post("/api/v1/namespaces", named("a_b")).message() ==
        "Namespace \"a_b\" is invalid: metadata.name: Invalid value: \"a_b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
        "'-', "
        "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
}

TEST_CASE_METHOD(contract::Server, "a namespace that ends deletes its content, refuses more, and waits for finalizers") {
  REQUIRE(post(path("configmaps"), config_map("free")).status == 201);
  REQUIRE(post(path("configmaps"), config_map("held", "{}", R"(,"finalizers":["x.dev/hold"])")).status == 201);
  const auto deleted = remove("/api/v1/namespaces/" + ns);
  CHECK(deleted.status == 200);
  CHECK(deleted.body["kind"].as_string() == "Namespace");
  CHECK(deleted.body["status"]["phase"].as_string() == "Terminating");
  CHECK(deleted.meta("deletionTimestamp").is_string());
  const auto refused = post(path("configmaps"), config_map("new"));
  CHECK_STATUS(
      refused,
      R"({"code":403,"reason":"Forbidden","message":"configmaps \"new\" is forbidden: unable to create new content in namespace $NS because it is being terminated",
               "details":{"name":"new","kind":"configmaps","causes":[{"reason":"NamespaceTerminating","message":"namespace $NS is being terminated","field":"metadata.namespace"}]}})");
  CHECK(gone(path("configmaps", "free")).status == 404);
  const auto waiting =
      eventually("/api/v1/namespaces/" + ns, [](const contract::Answer& a) { return kube::condition_true(a.body, "NamespaceFinalizersRemaining"); });
  CHECK(kube::condition(waiting.body, "NamespaceContentRemaining")["reason"].as_string() == "SomeResourcesRemain");
  CHECK(kube::condition(waiting.body, "NamespaceContentRemaining")["message"].as_string() ==
        "Some resources are remaining: configmaps. has 1 resource instances");
  CHECK(kube::condition(waiting.body, "NamespaceFinalizersRemaining")["message"].as_string() ==
        "Some content in the namespace has finalizers remaining: x.dev/hold in 1 resource instances");
  CHECK(patch(path("configmaps", "held"), kMergePatch, R"({"data":{"may":"change"}})").status == 200);
  REQUIRE(patch(path("configmaps", "held"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
  CHECK(gone("/api/v1/namespaces/" + ns).status == 404);
}

TEST_CASE_METHOD(contract::Server, "the system's namespaces may not be deleted") {
  CHECK_STATUS(
      remove("/api/v1/namespaces/default"),
      R"({"code":403,"reason":"Forbidden","message":"namespaces \"default\" is forbidden: this namespace may not be deleted","details":{"name":"default","kind":"namespaces"}})");
}

TEST_CASE_METHOD(contract::Server, "a namespace may be deleted twice") {
  REQUIRE(post(path("configmaps"), config_map("held", "{}", R"(,"finalizers":["x.dev/hold"])")).status == 201);
  REQUIRE(remove("/api/v1/namespaces/" + ns).status == 200);
  const auto again = remove("/api/v1/namespaces/" + ns);
  INFO(again.text);
  CHECK(again.status == 200);
  CHECK(again.body["kind"].as_string() == "Namespace");
  CHECK(patch(path("configmaps", "held"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
}
