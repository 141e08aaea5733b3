// Changes of what is installed: an upgrade that does not work is taken back by itself, and of two requests that want a provider differently one is told.
#include <algorithm>
#include <chrono>

#include <catch2/catch_test_macros.hpp>

#include "controllers/managementcluster/inventory_entry.h"
#include "controllers/pass.h"
#include "installation.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kProvider = R"(
apiVersion: v1
kind: Namespace
metadata: {name: capi-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusters.cluster.x-k8s.io}
spec: {group: cluster.x-k8s.io, names: {kind: Cluster, plural: clusters}}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: capi-system}
stringData: {password: hunter2}
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

std::string second() {
  std::string text = with(kProvider, "registry.example.com/capi:v1", "registry.example.com/capi:v2");
  return with(text, "name: capi-manager}", "name: capi-manager-2}");
}

const ObjectKey kManager{"capi-system", "capi-controller-manager"};
const ObjectKey kEntry{"capi-system", "cluster-api"};

struct ChangeFixture : InstallFixture {
  AppliedMemory memory;

  ChangeFixture() : InstallFixture(kProvider) {
    observed.applied = &memory;
    to_the_end();
  }
  [[nodiscard]] const Object& entry() { return *view().get(kube::res::kProviders, kEntry); }
  [[nodiscard]] std::string version() { return entry()["version"].str(); }
  [[nodiscard]] std::string image() {
    const ObjectPtr live = view().get(kube::res::kDeployments, kManager);
    return (*live)["spec"]["template"]["spec"]["containers"].array()[0]["image"].str();
  }
  // The image of version 2 cannot be pulled.
  void break_down() {
    Object down = *view().get(kube::res::kDeployments, kManager);
    down.erase("status");
    down.ref({"status", "observedGeneration"}) = 1;
    view().add(kube::res::kDeployments, with_conditions(down, {condition("Available", "False", "MinimumReplicasUnavailable", "none")}));
    Object pod = kube::make_object("v1", "Pod", {"capi-system", "capi-controller-manager-x"});
    pod.ref({"metadata", "labels", "app"}) = "capi";
    pod.ref({"status", "containerStatuses"})
        .push_back(json::Object{{"name", "manager"},
                                {"image", "registry.example.com/capi:v2"},
                                {"state", json::Object{{"waiting", json::Object{{"reason", "ImagePullBackOff"}, {"message", "not found"}}}}}});
    view().add(kube::res::kPods, pod);
  }
  // As the manager of whichever version does: that of version 2 never comes up.
  void controllers_act() {
    view().remove(kube::res::kPods, {"capi-system", "capi-controller-manager-x"});
    Object live = *view().get(kube::res::kDeployments, kManager);
    if (live["spec"]["replicas"].as_int() == 0) {
      live.ref({"status", "replicas"}) = 0;
      view().add(kube::res::kDeployments, std::move(live));
    } else if (image().ends_with("v2")) {
      break_down();
    }
  }
  // Until there is nothing to do but wait, or for ever.
  StepPlan settle() {
    for (int pass = 0; pass < 30; ++pass) {
      StepPlan next = plan();
      if (next.intents.empty()) return next;
      carry_out(next);
      controllers_act();
    }
    FAIL("it does not come to rest");
    return {};
  }
  void another_process() {
    memory = {};
    observed.applied = &memory;
  }
};

}  // namespace

TEST_CASE("what works is kept as a whole, but for its CRDs, in a Secret of its own") {
  ChangeFixture f;
  const ObjectPtr kept = f.view().get(kube::res::kSecrets, {"capi-system", "slipway-installed-cluster-api"});
  REQUIRE(kept);
  CHECK(json::dump_canonical(*kept).find("hunter2") == std::string::npos);  // packed, and in base64
  auto set = providers::read_installed_set(*kept);
  REQUIRE(set);
  CHECK(set->version == "v1.2.8");
  CHECK(set->ns == "capi-system");
  const auto& wanted = *f.observed.providers[0].components;
  CHECK(set->digest == wanted.digest);
  REQUIRE(set->objects.size() == wanted.objects.size() - 1);
  for (const Object& object : set->objects) {
    CHECK(kube::kind_of(object) != "CustomResourceDefinition");
    CHECK(std::ranges::find(wanted.objects, object) != wanted.objects.end());
  }
}

TEST_CASE("a kept set that was tampered with is refused without a word of what it holds") {
  ChangeFixture f;
  Object kept = *f.view().get(kube::res::kSecrets, {"capi-system", "slipway-installed-cluster-api"});
  kept.ref({"data", "components.json.gz"}) = "aHVudGVyMg==";
  const auto set = providers::read_installed_set(kept);
  REQUIRE_FALSE(set);
  CHECK(set.error().message().starts_with("Secret capi-system/slipway-installed-cluster-api"));
  CHECK(set.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("an upgrade that does not get healthy in time is taken back, says why, and is not tried again until something changes") {
  ChangeFixture f;
  f.use("v1.3.0", second());
  const WallTime began = f.env.now;
  StepPlan plan = f.plan();
  REQUIRE(plan.intents.size() == 1);  // the note comes before everything else
  CHECK(applies(plan, "Provider") != nullptr);
  plan = f.settle();
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "ImagePullFailed");
  REQUIRE(plan.again);
  CHECK(*plan.again == began + 10min);  // half of spec.deadlines.providers
  CHECK(plan.since == began);
  CHECK(f.version() == "v1.2.8");

  f.env.now = began + 10min;
  plan = f.plan();
  CHECK(plan.reason == "ProviderRolledBack");
  f.carry_out(plan);
  plan = f.plan();
  CHECK(plan.state == StepState::Failed);  // told at once
  CHECK(applies(plan, "CustomResourceDefinition") == nullptr);
  plan = f.settle();
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "ProviderRolledBack");
  CHECK(plan.message.find("CoreProvider cluster-api v1.3.0 did not get healthy within 10m") != std::string::npos);
  CHECK(plan.message.find("container manager (registry.example.com/capi:v2): ImagePullBackOff: not found") != std::string::npos);
  CHECK(plan.message.find("cluster-api v1.2.8 is installed and healthy again, but for CRDs") != std::string::npos);
  CHECK(plan.message.find("change spec.providers[].version, or what its source holds, to try again") != std::string::npos);
  CHECK(f.image() == "registry.example.com/capi:v1");
  CHECK(f.version() == "v1.2.8");
  CHECK(f.view().get(kube::res::kClusterRoles, {"", "capi-manager"}) != nullptr);
  CHECK(f.view().get(kube::res::kClusterRoles, {"", "capi-manager-2"}) == nullptr);

  f.env.now += 24h;
  CHECK(f.plan().state == StepState::Stuck);
  f.another_process();
  CHECK(f.settle().state == StepState::Stuck);
  CHECK(f.image() == "registry.example.com/capi:v1");
}

TEST_CASE("going back is not given up, and what somebody changes of what was brought back is put right") {
  ChangeFixture f;
  f.use("v1.3.0", second());
  f.settle();
  f.env.now += 10min;
  f.settle();
  f.view().remove(kube::res::kClusterRoles, {"", "capi-manager"});
  f.env.now += 24h;
  const StepPlan plan = f.plan();
  CHECK(applies(plan, "ClusterRole") != nullptr);
  api::ClusterStatus before;
  before.observedGeneration = 1;
  before.steps.push_back({"target-providers", "Failed", to_rfc3339(f.env.now - 24h), "", ""});
  api::Deadlines deadlines;
  const std::vector<StepInfo> steps{{"target-providers", "TargetInitialized", "InitializingTarget", "Install", &api::Deadlines::providers}};
  CHECK_FALSE(intents_of(make_pass(steps, Walk{{plan}, 0}, {before, deadlines, 1, f.env.now, false})).empty());
}

TEST_CASE("an upgrade that is healthy in time leaves no note, and is what the next one goes back to") {
  ChangeFixture f;
  f.use("v1.3.0", with(second(), "registry.example.com/capi:v2", "registry.example.com/capi:good"));
  CHECK(f.settle().state == StepState::Done);
  CHECK(f.version() == "v1.3.0");
  CHECK(kube::annotation(f.entry(), kChangeAnnotation).empty());
  f.env.now += 24h;
  CHECK(f.plan().state == StepState::Done);
  auto kept = providers::read_installed_set(*f.view().get(kube::res::kSecrets, {"capi-system", "slipway-installed-cluster-api"}));
  REQUIRE(kept);
  CHECK(kept->version == "v1.3.0");
}

TEST_CASE("an upgrade that became healthy while nobody looked is not taken back") {
  ChangeFixture f;
  f.use("v1.3.0", with(second(), "registry.example.com/capi:v2", "registry.example.com/capi:good"));
  for (int pass = 0; f.image() != "registry.example.com/capi:good"; ++pass) {
    REQUIRE(pass < 10);
    f.carry_out(f.plan());
    f.controllers_act();
  }
  f.env.now += 24h;
  f.another_process();
  CHECK(f.settle().state == StepState::Done);
  CHECK(f.version() == "v1.3.0");
}

TEST_CASE("webhooks that never answer take an upgrade back with what they said") {
  ChangeFixture f;
  f.use("v1.3.0", with(second(), "registry.example.com/capi:v2", "registry.example.com/capi:good"));
  StepPlan plan;
  for (int pass = 0; intent_of<AskWebhooks>(plan = f.plan()) == nullptr; ++pass) {
    REQUIRE(pass < 10);
    f.carry_out(plan);
    f.controllers_act();
  }
  f.env.now += 11min;
  CHECK(f.plan().reason == "Installing");  // it is asked once more
  f.request.status.steps.push_back({"bootstrap-providers", "Running", "", "", "trying again: webhook capi: connection refused"});
  plan = f.plan();
  CHECK(plan.reason == "ProviderRolledBack");
  f.carry_out(plan);
  f.request.status.steps.clear();
  plan = f.settle();
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.message.find("(webhook capi: connection refused)") != std::string::npos);
  CHECK(f.image() == "registry.example.com/capi:v1");
}

TEST_CASE("after a roll back another version is tried anew, with its whole time, and the old version in the spec ends it") {
  ChangeFixture f;
  f.use("v1.3.0", second());
  f.settle();
  f.env.now += 10min;
  REQUIRE(f.settle().state == StepState::Stuck);

  SECTION("another version") {
    f.env.now += 24h;
    f.use("v1.3.1", with(second(), "registry.example.com/capi:v2", "registry.example.com/capi:good"));
    StepPlan plan = f.plan();
    CHECK(applies(plan, "Provider") != nullptr);
    CHECK(plan.since == f.env.now);
    CHECK(f.settle().state == StepState::Done);
    CHECK(f.version() == "v1.3.1");
  }
  SECTION("other content of the same version") {
    f.use("v1.3.0", with(second(), "registry.example.com/capi:v2", "registry.example.com/capi:good"));
    f.observed.providers[0].hash = "hash of v1.3.0, mended";
    CHECK(f.settle().state == StepState::Done);
    CHECK(f.image() == "registry.example.com/capi:good");
  }
  SECTION("the version that is installed") {
    f.use("v1.2.8", kProvider);
    CHECK(f.settle().state == StepState::Done);
    CHECK(f.version() == "v1.2.8");
  }
  CHECK(kube::annotation(f.entry(), kChangeAnnotation).empty());
}

TEST_CASE("a roll back that is killed after any write ends the same") {
  std::size_t k = 1;
  for (bool whole = false; !whole; ++k) {
    INFO("killed after write " << k);
    ChangeFixture f;
    f.use("v1.3.0", second());
    f.settle();
    f.env.now += 10min;
    std::size_t left = k;
    while (left > 0 && !whole) {
      StepPlan next = f.plan();
      whole = next.intents.empty();
      if (next.intents.size() > left) next.intents.resize(left);
      left -= next.intents.size();
      f.carry_out(next);
      f.controllers_act();
    }
    f.another_process();
    f.env.now += 1min;
    CHECK(f.settle().state == StepState::Stuck);
    CHECK(f.image() == "registry.example.com/capi:v1");
    CHECK(f.version() == "v1.2.8");
    REQUIRE(k < 100);
  }
  CHECK(k > 4);
}

TEST_CASE("an upgrade that is killed after any write keeps its deadline, and ends") {
  std::size_t k = 1;
  for (bool whole = false; !whole; ++k) {
    INFO("killed after write " << k);
    ChangeFixture f;
    const WallTime began = f.env.now;
    f.use("v1.3.0", second());
    std::size_t left = k;
    while (left > 0 && !whole) {
      StepPlan next = f.plan();
      whole = next.intents.empty();
      if (next.intents.size() > left) next.intents.resize(left);
      left -= next.intents.size();
      f.carry_out(next);
      f.controllers_act();
    }
    f.another_process();
    f.env.now += 3min;
    const StepPlan plan = f.settle();
    CHECK(plan.again == began + 10min);
    f.env.now = began + 10min;
    CHECK(f.settle().state == StepState::Stuck);
    REQUIRE(k < 100);
  }
  CHECK(k > 4);
}

TEST_CASE("a first installation, and an upgrade whose former set is not known, are not taken back") {
  ChangeFixture f;
  f.view().remove(kube::res::kSecrets, {"capi-system", "slipway-installed-cluster-api"});
  f.use("v1.3.0", second());
  f.settle();
  f.env.now += 24h;
  CHECK(f.plan().reason == "ImagePullFailed");
  CHECK(f.image() == "registry.example.com/capi:v2");

  InstallFixture first(second());
  for (int pass = 0; pass < 3; ++pass) first.carry_out(first.plan());
  Object down = *first.view().get(kube::res::kDeployments, kManager);
  down.erase("status");
  first.view().add(kube::res::kDeployments, down);
  first.env.now += 24h;
  CHECK(first.plan().state == StepState::Waiting);
}

TEST_CASE("providers that are upgraded together go back together; one that is not part of it, and not healthy, is no reason") {
  ChangeFixture f;
  auto other = providers::process({"InfrastructureProvider", "mine", "v1.0.0", "", {}},
                                  "apiVersion: v1\nkind: Namespace\nmetadata: {name: mine-system}\n---\napiVersion: apps/v1\nkind: Deployment\n"
                                  "metadata: {name: mine, namespace: mine-system}\nspec: {replicas: 1, selector: {matchLabels: {app: mine}}}\n");
  REQUIRE(other);
  Resolved mine = f.observed.providers[0];
  mine.title = "InfrastructureProvider mine v1.0.0";
  mine.hash = "hash of mine";
  mine.components = std::make_shared<const providers::Components>(*other);
  f.observed.providers.push_back(mine);
  REQUIRE(f.settle().state == StepState::Done);
  const ObjectKey mine_entry{"mine-system", "infrastructure-mine"};

  SECTION("together") {
    f.use("v1.3.0", second());
    Resolved newer = mine;
    providers::Components next = *other;
    next.version = "v1.1.0";
    newer.title = "InfrastructureProvider mine v1.1.0";
    newer.hash = "hash of newer";
    newer.components = std::make_shared<const providers::Components>(std::move(next));
    f.observed.providers.push_back(newer);
    f.settle();
    f.env.now += 10min;
    const StepPlan plan = f.settle();
    CHECK(plan.state == StepState::Stuck);
    CHECK(plan.message.find("cluster-api v1.2.8, infrastructure-mine v1.0.0 are installed and healthy again") != std::string::npos);
    CHECK((*f.view().get(kube::res::kProviders, mine_entry))["version"].as_string() == "v1.0.0");
  }
  SECTION("another's fault") {
    f.use("v1.3.0", with(second(), "registry.example.com/capi:v2", "registry.example.com/capi:good"));
    f.observed.providers.push_back(mine);
    Object down = *f.view().get(kube::res::kDeployments, {"mine-system", "mine"});
    down.erase("status");
    f.view().add(kube::res::kDeployments, down);
    f.settle();
    f.env.now += 10min;
    CHECK(f.plan().state == StepState::Waiting);
    CHECK(f.image() == "registry.example.com/capi:good");
  }
}
