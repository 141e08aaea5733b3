#include "pkg/providers/providers.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/providers/readiness.h"

using namespace slipway;

namespace {

constexpr const char* kComponents = R"(
apiVersion: v1
kind: Namespace
metadata: {name: capv-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: vsphereclusters.infrastructure.cluster.x-k8s.io, annotations: {cert-manager.io/inject-ca-from: capv-system/capv-serving-cert}}
spec: {conversion: {webhook: {clientConfig: {service: {name: s, namespace: capv-system}}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: capv}
subjects: [{kind: ServiceAccount, name: capv, namespace: capv-system}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: capv-controller-manager, namespace: capv-system}
spec: {replicas: 1, template: {spec: {user: "${VSPHERE_USERNAME}", mode: "${MODE:=fast}"}}}
)";

providers::Recipe vsphere(std::map<std::string, std::string> variables = {}) {
  return {"InfrastructureProvider", "vsphere", "v1.5.1", "", std::move(variables)};
}

}  // namespace

TEST_CASE("components are labelled for clusterctl, and staged CRDs first") {
  const auto c = providers::process(vsphere({{"VSPHERE_USERNAME", "u"}}), kComponents);
  REQUIRE(c);
  CHECK(c->ns == "capv-system");
  CHECK(c->manifest_label() == "infrastructure-vsphere");
  for (const auto& o : c->objects) CHECK(kube::label(o, "cluster.x-k8s.io/provider") == "infrastructure-vsphere");
  for (const auto& o : c->objects) CHECK(kube::label(o, "slipway.dev/component") == "infrastructure-vsphere");
  CHECK(providers::stage_of(c->objects[1]) < providers::stage_of(c->objects[0]));  // the CRD, the Namespace
  CHECK(providers::stage_of(c->objects[0]) < providers::stage_of(c->objects[2]));
  const auto inventory = providers::inventory_object(*c);
  CHECK(kube::key_of(inventory) == kube::ObjectKey{"capv-system", "infrastructure-vsphere"});
  CHECK(inventory["type"].as_string() == "InfrastructureProvider");
}

TEST_CASE("another namespace is written everywhere that names it") {
  auto recipe = vsphere({{"VSPHERE_USERNAME", "u"}});
  recipe.ns = "elsewhere";
  const auto c = providers::process(recipe, kComponents);
  REQUIRE(c);
  for (const auto& o : c->objects) CHECK(json::dump(o).find("\"capv-system") == std::string::npos);
}

TEST_CASE("bad components are refused with provider and cure, and no value leaks") {
  CHECK(providers::process(vsphere(), kComponents).error().message() ==
        "InfrastructureProvider vsphere v1.5.1: components.yaml: value for variables [VSPHERE_USERNAME] is not set; put them into the provider's "
        "variablesSecretRef");
  CHECK(providers::process(vsphere(), "kind: X\n").error().message().find("document 1 is no Kubernetes object") != std::string::npos);
  CHECK(providers::process(vsphere(), "").error().message().find("holds no objects") != std::string::npos);
  const std::string two = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";
  CHECK(providers::process(vsphere(), two).error().message().find("2 Namespaces") != std::string::npos);
  const auto broken = providers::process(vsphere({{"SECRET", "hunter2"}}), "a: [${SECRET}");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("installed means CRDs established and Deployments available at this generation") {
  const auto c = providers::process(vsphere({{"VSPHERE_USERNAME", "u"}}), kComponents);
  REQUIRE(c);
  std::map<std::string, kube::Object> world;
  const providers::Look look{[&](const kube::GroupVersionResource&, const kube::ObjectKey& key) -> kube::ObjectPtr {
                               const auto found = world.find(key.name);
                               return found == world.end() ? nullptr : std::make_shared<const kube::Object>(found->second);
                             },
                             [](const kube::GroupVersionResource&) { return std::vector<kube::ObjectPtr>(); }};
  CHECK(providers::installed(*c, look).reason == "CRDNotEstablished");
  kube::Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "x"});
  crd.ref({"status", "conditions"}).push_back(json::Object{{"type", "Established"}, {"status", "True"}});
  world["vsphereclusters.infrastructure.cluster.x-k8s.io"] = crd;
  CHECK(providers::installed(*c, look).reason == "DeploymentMissing");
  kube::Object deployment = kube::make_object("apps/v1", "Deployment", {"capv-system", "capv-controller-manager"});
  deployment.ref({"metadata", "generation"}) = 1;
  deployment.ref({"status", "observedGeneration"}) = 1;
  deployment.ref({"status", "conditions"}).push_back(json::Object{{"type", "Available"}, {"status", "True"}});
  world["capv-controller-manager"] = deployment;
  const auto r = providers::installed(*c, look);
  CHECK(r.ready);
  CHECK(r.have == 2);
}

TEST_CASE("a file without a Namespace gets one, and nothing else is made up") {
  auto recipe = vsphere();
  recipe.ns = "there";
  const auto c =
      providers::process(recipe,
                         "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
                         "metadata: {name: b}\nsubjects: [{kind: Group, name: g}]\n---\napiVersion: admissionregistration.k8s.io/v1\n"
                         "kind: ValidatingWebhookConfiguration\nmetadata: {name: w}\nwebhooks: [{name: x, clientConfig: {url: 'https://x'}}]\n");
  REQUIRE(c);
  REQUIRE(c->objects.size() == 4);
  CHECK(kube::kind_of(c->objects[0]) == "Namespace");
  CHECK(kube::namespace_of(c->objects[1]) == "there");
  for (const auto& o : c->objects) CHECK(o["spec"].is_null());
  CHECK_FALSE(c->objects[2]["subjects"][0].contains("namespace"));
  CHECK_FALSE(c->objects[3]["webhooks"][0]["clientConfig"].contains("service"));
}

TEST_CASE("the rules of an aggregated role are left to who aggregates them") {
  const auto c = providers::process_plain("x", "v1",
                                          "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\naggregationRule: "
                                          "{clusterRoleSelectors: [{matchLabels: {x: z}}]}\nrules: []\n");
  REQUIRE(c);
  CHECK_FALSE(c->objects[0].contains("rules"));
}

TEST_CASE("a Secret's text that YAML reads as a number is refused by its key, not swallowed") {
  const auto c = providers::process(vsphere({{"P", "12345"}}),
                                    "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: "
                                    "s, namespace: ns}\nstringData: {password: ${P}}\n");
  REQUIRE_FALSE(c);
  CHECK(c.error().message().find("Secret ns/s: stringData.password must be a string: put it into quotes") != std::string::npos);
  CHECK(c.error().message().find("12345") == std::string::npos);
}
