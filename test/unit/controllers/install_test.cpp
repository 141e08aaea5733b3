// The step that brings components about: pass by pass, against a view that a test fills as a server would.
#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "installation.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

constexpr const char* kProvider = R"(
apiVersion: v1
kind: Namespace
metadata: {name: capi-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusters.cluster.x-k8s.io, annotations: {cert-manager.io/inject-ca-from: capi-system/serving}}
spec:
  group: cluster.x-k8s.io
  names: {kind: Cluster, plural: clusters}
  conversion: {strategy: Webhook, webhook: {clientConfig: {caBundle: Cg==, service: {name: w, namespace: capi-system}}}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving, namespace: capi-system}
spec: {secretName: serving}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: capi-manager}
rules: [{apiGroups: [cluster.x-k8s.io], resources: [clusters], verbs: [get]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: capi-controller-manager, namespace: capi-system}
spec:
  selector: {matchLabels: {app: capi}}
  template: {spec: {containers: [{name: manager, image: registry.example.com/capi:v1}]}}
)";

struct Installation : InstallFixture {
  Installation() : InstallFixture(kProvider) {}
};

const ObjectKey kManager{"capi-system", "capi-controller-manager"};

}  // namespace

TEST_CASE("CRDs come first, what cert-manager reads before the rest, webhooks are asked, and the inventory entry is last") {
  Installation f;
  CHECK(f.to_the_end() ==
        std::vector<std::string>{"apply CustomResourceDefinition providers.clusterctl.cluster.x-k8s.io on bootstrap",
                                 "apply CustomResourceDefinition clusters.cluster.x-k8s.io on bootstrap", "apply Namespace capi-system on bootstrap",
                                 "apply Certificate capi-system/serving on bootstrap", "apply ClusterRole capi-manager on bootstrap",
                                 "apply Deployment capi-system/capi-controller-manager on bootstrap", "ask the webhooks of cluster-api on bootstrap",
                                 "apply Provider capi-system/cluster-api on bootstrap", "apply Secret capi-system/slipway-installed-cluster-api on bootstrap"});
}

TEST_CASE("nothing but CRDs is applied before they are Established") {
  Installation f;
  const StepPlan first = f.plan();
  f.carry_out(first);
  Object crd = *f.view().get(kube::res::kCrds, {"", "clusters.cluster.x-k8s.io"});
  crd.erase("status");
  f.view().add(kube::res::kCrds, crd);
  const StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "CRDNotEstablished");
  CHECK(plan.intents.empty());
}

TEST_CASE("an installation that was interrupted after any write goes on from there") {
  Installation whole;
  const std::size_t writes = whole.to_the_end().size();
  for (std::size_t k = 0; k < writes; ++k) {
    Installation f;
    std::size_t left = k;
    while (left > 0) {
      StepPlan plan = f.plan();
      if (plan.intents.size() > left) plan.intents.resize(left);
      left -= plan.intents.size();
      f.carry_out(plan);
    }
    AppliedMemory another_process;
    f.observed.applied = &another_process;
    const std::size_t rest = f.to_the_end().size();
    INFO("after " << k << " writes");
    // What was asked of a webhook is asked again, where its answer was not written down yet.
    CHECK((rest == writes - k || (k == writes - 2 && rest == 3)));
  }
}

TEST_CASE("what somebody has changed, removed or scaled away is put right") {
  Installation f;
  f.to_the_end();
  Object role = *f.view().get(kube::res::kClusterRoles, {"", "capi-manager"});
  role.ref({"rules"}) = json::Value(json::Array());
  f.view().add(kube::res::kClusterRoles, role);
  StepPlan plan = f.plan();
  CHECK(applies(plan, "ClusterRole") != nullptr);
  CHECK(plan.intents.size() == 1);
  f.carry_out(plan);

  f.view().remove(kube::res::kCertificates, {"capi-system", "serving"});
  plan = f.plan();
  CHECK(applies(plan, "Certificate") != nullptr);
  f.carry_out(plan);

  Object away = *f.view().get(kube::res::kDeployments, kManager);
  away.ref({"spec", "replicas"}) = 0;
  f.view().add(kube::res::kDeployments, away);
  plan = f.plan();
  REQUIRE(applies(plan, "Deployment") != nullptr);
  CHECK(applies(plan, "Deployment")->object["spec"]["replicas"].as_int() == 1);
}

TEST_CASE("an installation that is complete is still waited for, with the deepest reason") {
  Installation f;
  f.to_the_end();
  Object down = *f.view().get(kube::res::kDeployments, kManager);
  down.erase("status");
  down.ref({"status", "observedGeneration"}) = 1;
  f.view().add(kube::res::kDeployments, with_conditions(down, {condition("Available", "False", "MinimumReplicasUnavailable", "none")}));
  CHECK(f.plan().reason == "DeploymentUnavailable");
  Object pod = kube::make_object("v1", "Pod", {"capi-system", "capi-controller-manager-x"});
  pod.ref({"metadata", "labels", "app"}) = "capi";
  pod.ref({"status", "containerStatuses"})
      .push_back(json::Object{{"name", "manager"},
                              {"image", "registry.example.com/capi:v1"},
                              {"state", json::Object{{"waiting", json::Object{{"reason", "ImagePullBackOff"}, {"message", "not found"}}}}}});
  f.view().add(kube::res::kPods, pod);
  const StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "ImagePullFailed");
  CHECK(plan.message.find("Pod capi-system/capi-controller-manager-x, container manager (registry.example.com/capi:v1): ImagePullBackOff: not found") !=
        std::string::npos);
  CHECK(plan.intents.empty());
}

TEST_CASE("a CA that was not injected is waited for by name") {
  Installation f;
  f.to_the_end();
  Object crd = *f.view().get(kube::res::kCrds, {"", "clusters.cluster.x-k8s.io"});
  crd.ref({"spec", "conversion", "webhook", "clientConfig"}).erase("caBundle");
  f.view().add(kube::res::kCrds, crd);
  const StepPlan plan = f.plan();
  CHECK(plan.reason == "CANotInjected");
  CHECK(plan.message.find("CustomResourceDefinition clusters.cluster.x-k8s.io waits for cert-manager to inject the CA of Certificate capi-system/serving") !=
        std::string::npos);
}

TEST_CASE("an upgrade stops the old manager, brings the new one, takes away what it does not have any more, and then tells the inventory") {
  Installation f;
  f.to_the_end();
  std::string newer = with(kProvider, "registry.example.com/capi:v1", "registry.example.com/capi:v2");
  newer = with(newer, "name: capi-manager}", "name: capi-manager-2}");
  f.use("v1.3.0", newer);

  f.carry_out(f.plan());  // the note that a change has begun
  StepPlan plan = f.plan();
  REQUIRE(intent_of<Merge>(plan) != nullptr);
  CHECK(intent_of<Merge>(plan)->key == kManager);
  CHECK(intent_of<Merge>(plan)->uid == "uid-of-Deployment capi-system/capi-controller-manager");
  f.carry_out(plan);
  plan = f.plan();
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "ProviderUpgrading");
  Object stopped = *f.view().get(kube::res::kDeployments, kManager);
  stopped.ref({"status", "replicas"}) = 0;
  f.view().add(kube::res::kDeployments, stopped);

  CHECK(f.to_the_end() ==
        std::vector<std::string>{"apply ClusterRole capi-manager-2 on bootstrap", "apply Deployment capi-system/capi-controller-manager on bootstrap",
                                 "delete clusterroles capi-manager on bootstrap", "ask the webhooks of cluster-api on bootstrap",
                                 "apply Provider capi-system/cluster-api on bootstrap", "apply Secret capi-system/slipway-installed-cluster-api on bootstrap"});
  CHECK((*f.view().get(kube::res::kProviders, {"capi-system", "cluster-api"}))["version"].as_string() == "v1.3.0");
}

TEST_CASE("a Deployment whose selector has changed is deleted, for selectors are immutable") {
  Installation f;
  f.to_the_end();
  f.use("v1.2.8", with(kProvider, "matchLabels: {app: capi}", "matchLabels: {app: cluster-api}"));
  const StepPlan plan = f.plan();
  REQUIRE(intent_of<Delete>(plan) != nullptr);
  CHECK(intent_of<Delete>(plan)->key == kManager);
  CHECK(intent_of<Delete>(plan)->uid == "uid-of-Deployment capi-system/capi-controller-manager");
  CHECK(applies(plan, "Deployment") == nullptr);
}

TEST_CASE("a provider that is installed in another namespace is not installed twice") {
  Installation f;
  f.to_the_end();
  std::string moved = kProvider;
  for (std::size_t at = moved.find("capi-system"); at != std::string::npos; at = moved.find("capi-system", at + 9)) moved.replace(at, 11, "elsewhere");
  f.use("v1.2.8", moved);
  const StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "ProviderExists");
  CHECK(plan.message.find("is installed in capi-system already") != std::string::npos);
  CHECK(plan.intents.empty());
}

TEST_CASE("two providers that share a namespace come to rest") {
  Installation f;
  auto other =
      providers::process({"InfrastructureProvider", "mine", "v1.0.0", "", {}},
                         "apiVersion: v1\nkind: Namespace\nmetadata: {name: capi-system}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: mine, "
                         "namespace: capi-system}\n");
  REQUIRE(other);
  Resolved mine = f.observed.providers[0];
  mine.title = "InfrastructureProvider mine v1.0.0";
  mine.hash = "hash of mine";
  mine.components = std::make_shared<const providers::Components>(std::move(*other));
  f.observed.providers.push_back(mine);
  f.to_the_end();
  CHECK(f.plan().state == StepState::Done);
}

TEST_CASE("an upgrade of what clusterctl installed replaces its objects, and takes away what only the old version had") {
  Installation f;
  f.to_the_end();
  // As if clusterctl had written everything: its label, and none of ours.
  for (const auto& gvr : {kube::res::kDeployments, kube::res::kClusterRoles, kube::res::kCertificates})
    for (const ObjectPtr& object : std::vector<ObjectPtr>(f.view().list(gvr))) {
      Object plain = *object;
      plain.ref({"metadata", "labels"}).erase("slipway.dev/component");
      plain.ref({"metadata", "annotations"}).erase("slipway.dev/intent-hash");
      if (gvr == kube::res::kDeployments) {
        plain.ref({"spec", "replicas"}) = 0;  // stopped already
        plain.ref({"status", "replicas"}) = 0;
      }
      f.view().add(gvr, std::move(plain));
    }
  Object somebodys = kube::make_object("rbac.authorization.k8s.io/v1", "ClusterRole", {"", "somebodys"});
  somebodys.ref({"metadata", "labels", "cluster.x-k8s.io/provider"}) = "cluster-api";
  f.view().add(kube::res::kClusterRoles, somebodys);
  f.use("v1.3.0", with(kProvider, "name: capi-manager}", "name: capi-manager-2}"));
  const std::vector<std::string> done = f.to_the_end();
  const auto at = [&](const std::string& what) { return std::ranges::find(done, what) - done.begin(); };
  const auto end = static_cast<std::ptrdiff_t>(done.size());
  CHECK(at("delete deployments capi-system/capi-controller-manager on bootstrap") < at("apply Deployment capi-system/capi-controller-manager on bootstrap"));
  CHECK(at("apply Deployment capi-system/capi-controller-manager on bootstrap") < end);
  CHECK(at("delete clusterroles capi-manager on bootstrap") < at("ask the webhooks of cluster-api on bootstrap"));
  CHECK(f.view().get(kube::res::kClusterRoles, {"", "somebodys"}) != nullptr);  // one label alone is no proof
}

TEST_CASE("a binding to another role is made anew, for a roleRef is immutable") {
  Installation f;
  const std::string binding =
      "\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: capi}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: "
      "ClusterRole, name: ROLE}\n";
  f.use("v1.2.8", kProvider + with(binding, "ROLE", "one"));
  f.to_the_end();
  f.use("v1.2.8", kProvider + with(binding, "ROLE", "two"));
  const StepPlan plan = f.plan();
  REQUIRE(intent_of<Delete>(plan) != nullptr);
  CHECK(intent_of<Delete>(plan)->gvr == kube::res::kClusterRoleBindings);
}
