#include "pkg/providers/providers.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/providers/substitute.h"

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

api::Provider vsphere() {
  api::Provider p;
  p.type = "InfrastructureProvider";
  p.name = "vsphere";
  p.version = "v1.5.1";
  return p;
}

}  // namespace

TEST_CASE("substitution follows the table") {
  const std::map<std::string, std::string> values{{"A", "1"}, {"EMPTY", ""}, {"B", "${A}"}};
  struct Row {
    const char* in;
    const char* out;  // starting with "!": an error that holds the rest
  };
  const Row rows[] = {{"${A}", "1"},
                      {"x${A}y${A}", "x1y1"},
                      {"${ A }", "1"},
                      {"${A:=d}", "1"},
                      {"${EMPTY:=d}", "d"},
                      {"${NOPE:=d}", "d"},
                      {"${NOPE:-a b}", "a b"},
                      {"${NOPE=d}", "d"},
                      {"${EMPTY}", ""},
                      {"${B}", "${A}"},
                      {"$A $ ${A}", "$A $ 1"},
                      {"$${A}", "${A}"},
                      {"$$", "$"},
                      {"plain", "plain"},
                      {"${NOPE}", "!variables [NOPE] is not set"},
                      {"${Z}${NOPE}${Z}", "!variables [NOPE, Z] is not set"},
                      {"${NOPE:=}", "!variables [NOPE] is not set"},
                      {"${A", "!missing closing brace"},
                      {"\n\n${}", "!line 3: ${} has no variable name"},
                      {"${#A}", "!has no variable name"},
                      {"${A/x/y}", "!is not supported"},
                      {"${A.B}", "!is not supported"},
                      {"${A:=${C}}", "!a default that holds another"}};
  for (const Row& row : rows) {
    INFO(row.in);
    const auto result = providers::substitute(row.in, values);
    if (row.out[0] == '!') {
      REQUIRE_FALSE(result);
      CHECK(result.error().message().find(row.out + 1) != std::string::npos);
    } else {
      REQUIRE(result);
      CHECK(*result == row.out);
    }
  }
}

TEST_CASE("components are labelled for clusterctl, and staged CRDs first") {
  const auto c = providers::process(vsphere(), kComponents, {{"VSPHERE_USERNAME", "u"}});
  REQUIRE(c);
  CHECK(c->ns == "capv-system");
  CHECK(c->manifest_label() == "infrastructure-vsphere");
  for (const auto& o : c->objects) CHECK(kube::label(o, "cluster.x-k8s.io/provider") == "infrastructure-vsphere");
  const auto stages = providers::stages(*c);
  REQUIRE(stages.size() == 3);
  CHECK(kube::kind_of(stages[0][0]) == "CustomResourceDefinition");
  CHECK(kube::kind_of(stages[1][0]) == "Namespace");
  const auto inventory = providers::inventory_object(*c);
  CHECK(kube::key_of(inventory) == kube::ObjectKey{"capv-system", "infrastructure-vsphere"});
  CHECK(inventory["type"].as_string() == "InfrastructureProvider");
}

TEST_CASE("another namespace is written everywhere that names it") {
  auto p = vsphere();
  p.namespace_ = "elsewhere";
  const auto c = providers::process(p, kComponents, {{"VSPHERE_USERNAME", "u"}});
  REQUIRE(c);
  for (const auto& o : c->objects) CHECK(json::dump(o).find("\"capv-system") == std::string::npos);
}

TEST_CASE("a pinned digest is enforced before anything else") {
  auto p = vsphere();
  const auto plain = providers::process(p, kComponents, {{"VSPHERE_USERNAME", "u"}});
  REQUIRE(plain);
  p.digest = plain->digest;
  CHECK(providers::process(p, kComponents, {{"VSPHERE_USERNAME", "u"}}));
  p.digest = "sha256:" + std::string(64, '0');
  const auto wrong = providers::process(p, kComponents, {});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message().find("the spec pins sha256:000") != std::string::npos);
}

TEST_CASE("bad components are refused with provider and cure, and no value leaks") {
  CHECK(providers::process(vsphere(), kComponents, {}).error().message() ==
        "InfrastructureProvider vsphere v1.5.1: components.yaml: value for variables [VSPHERE_USERNAME] is not set; put them into the provider's "
        "variablesSecretRef");
  CHECK(providers::process(vsphere(), "kind: X\n", {}).error().message().find("document 1 is no Kubernetes object") != std::string::npos);
  CHECK(providers::process(vsphere(), "", {}).error().message().find("holds no objects") != std::string::npos);
  const std::string two = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";
  CHECK(providers::process(vsphere(), two, {}).error().message().find("2 Namespaces") != std::string::npos);
  const auto broken = providers::process(vsphere(), "a: [${SECRET}", {{"SECRET", "hunter2"}});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("installed means CRDs established and Deployments available at this generation") {
  const auto c = providers::process(vsphere(), kComponents, {{"VSPHERE_USERNAME", "u"}});
  REQUIRE(c);
  std::map<std::string, kube::Object> world;
  const providers::Lookup lookup = [&](const kube::GroupVersionResource&, const kube::ObjectKey& key) -> kube::ObjectPtr {
    const auto found = world.find(key.name);
    return found == world.end() ? nullptr : std::make_shared<const kube::Object>(found->second);
  };
  CHECK(providers::installed(*c, lookup).reason == "CRDNotEstablished");
  kube::Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "x"});
  crd.ref({"status", "conditions"}).push_back(json::Object{{"type", "Established"}, {"status", "True"}});
  world["vsphereclusters.infrastructure.cluster.x-k8s.io"] = crd;
  CHECK(providers::installed(*c, lookup).reason == "DeploymentMissing");
  kube::Object deployment = kube::make_object("apps/v1", "Deployment", {"capv-system", "capv-controller-manager"});
  deployment.ref({"metadata", "generation"}) = 1;
  deployment.ref({"status", "observedGeneration"}) = 1;
  deployment.ref({"status", "conditions"}).push_back(json::Object{{"type", "Available"}, {"status", "True"}});
  world["capv-controller-manager"] = deployment;
  const auto r = providers::installed(*c, lookup);
  CHECK(r.ready);
  CHECK(r.have == 2);
}
