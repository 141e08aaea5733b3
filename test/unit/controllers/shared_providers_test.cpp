// Two requests and one cluster: who installed a provider is noted on its inventory entry, and whoever wants it differently is told so.
#include <catch2/catch_test_macros.hpp>

#include "controllers/managementcluster/inventory_entry.h"
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
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: capi-system}
data: {colour: red}
)";
const ObjectKey kEntry{"capi-system", "cluster-api"};

struct SharedFixture : InstallFixture {
  SharedFixture() : InstallFixture(kProvider) { to_the_end(); }
  [[nodiscard]] std::optional<InstalledFor> owner() { return installed_for(*view().get(kube::res::kProviders, kEntry)); }
  // From now on it is another request that is reconciled; the first one is as `first` says.
  void become_the_second(Object first) {
    observed.requests = {std::make_shared<const Object>(std::move(first))};
    request.name = "second";
    request.uid = "uid-of-second";
  }
  static Object first() {
    Object out = kube::make_object("slipway.dev/v1alpha1", "ManagementClusterRequest", {kNs, kName});
    out.ref({"metadata", "uid"}) = "uid-of-request";
    out.ref({"spec", "providers"}).push_back(json::Object{{"type", "CoreProvider"}, {"name", "cluster-api"}, {"version", "v1.2.8"}});
    return out;
  }
  void want(const std::string& version, std::string_view colour) {
    use(version, with(kProvider, "red", colour));
    observed.providers[0].hash = "hash of " + version + " in " + std::string(colour);
  }
};

}  // namespace

TEST_CASE("the inventory says for which request a provider was installed") {
  SharedFixture f;
  const auto owner = f.owner();
  REQUIRE(owner);
  CHECK(owner->request == "tkg-system/tkg-mgmt-vc");
  CHECK(owner->uid == "uid-of-request");
  CHECK(owner->as == "bootstrap");
}

TEST_CASE("requests that want the same share it; nothing is written") {
  SharedFixture f;
  f.become_the_second(SharedFixture::first());
  CHECK(f.plan().state == StepState::Done);
  CHECK(f.owner()->uid == "uid-of-request");
}

TEST_CASE("a request that wants a provider otherwise than another one has installed it is told, and writes nothing") {
  SharedFixture f;
  f.become_the_second(SharedFixture::first());
  f.want("v1.2.8", "blue");
  StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "ProviderShared");
  CHECK(plan.intents.empty());
  CHECK(
      plan.message ==
      "CoreProvider cluster-api v1.2.8: ManagementClusterRequest tkg-system/tkg-mgmt-vc has installed this provider on the same cluster, with other settings; "
      "give both requests the same version, source, variables, images and patches, or this one a bootstrap cluster of its own");
  f.want("v1.3.0", "red");
  plan = f.plan();
  CHECK(plan.message.find("on the same cluster as v1.2.8;") != std::string::npos);
  CHECK(plan.intents.empty());
}

TEST_CASE("who wants what is installed waits while the one it was installed for changes it") {
  SharedFixture f;
  f.use("v1.3.0", kProvider);
  f.carry_out(f.plan());  // the note
  f.become_the_second(SharedFixture::first());
  f.use("v1.2.8", kProvider);
  const StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.message.find("which is changing it to v1.3.0") != std::string::npos);
}

TEST_CASE("a provider is taken over from a request that is gone, that does not ask for it any more, or that has moved on") {
  SharedFixture f;
  Object first = SharedFixture::first();
  SECTION("gone: another one has its name") { first.ref({"metadata", "uid"}) = "uid-of-its-successor"; }
  SECTION("does not ask for it any more") { first.ref({"spec"}).erase("providers"); }
  SECTION("has moved on") { first.ref({"metadata", "annotations", api::kCustodyAnnotation}) = "target"; }
  f.become_the_second(std::move(first));
  f.want("v1.3.0", "blue");
  f.to_the_end();
  CHECK(f.owner()->uid == "uid-of-second");
  CHECK((*f.view().get(kube::res::kConfigMaps, {"capi-system", "settings"}))["data"]["colour"].as_string() == "blue");
}

TEST_CASE("from the command line a provider of a request is left alone, unless it is wanted just so") {
  SharedFixture f;
  f.request.uid.clear();
  CHECK(f.plan().state == StepState::Done);
  f.want("v1.3.0", "red");
  const StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.message ==
        "CoreProvider cluster-api v1.3.0: ManagementClusterRequest tkg-system/tkg-mgmt-vc has installed this provider on the same cluster as v1.2.8; change "
        "spec.providers there (CoreProvider cluster-api v1.3.0 is what you ask for), or, where that request is gone: kubectl annotate "
        "providers.clusterctl.cluster.x-k8s.io -n capi-system cluster-api slipway.dev/installed-for-");
}

TEST_CASE("what was installed without a request is taken over by the first one that wants it") {
  SharedFixture f;
  Object entry = *f.view().get(kube::res::kProviders, kEntry);
  entry.ref({"metadata", "annotations"}).erase(kInstalledForAnnotation);
  f.view().add(kube::res::kProviders, std::move(entry));
  const StepPlan plan = f.plan();
  REQUIRE(plan.intents.size() == 1);
  f.carry_out(plan);
  CHECK(f.owner()->uid == "uid-of-request");
  CHECK(f.plan().state == StepState::Done);
}
