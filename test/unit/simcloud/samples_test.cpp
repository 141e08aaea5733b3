#include <filesystem>
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "pkg/simcloud/kinds.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

constexpr const char* kFiles[] = {"00-namespace.yaml",
                                  "10-credentials.yaml",
                                  "11-package-values.yaml",
                                  "20-cert-manager.yaml",
                                  "21-kapp-controller.yaml",
                                  "30-cluster-api.yaml",
                                  "31-bootstrap-kubeadm.yaml",
                                  "32-control-plane-kubeadm.yaml",
                                  "33-infrastructure-vsphere.yaml",
                                  "34-ipam-in-cluster.yaml",
                                  "90-managementclusterrequest.yaml",
                                  "91-workloadcluster.yaml"};

Awaitable<void> apply_samples(DemoWorld* demo) {
  const ClientPtr hub = demo->world.hub().local_client();
  co_await apply_all(demo, hub, sample("../../crd/slipway.dev_managementclusterrequests.yaml"));
  co_await apply_all(demo, hub, sample("../../crd/slipway.dev_workloadclusters.yaml"));
  for (const char* file : kFiles) co_await apply_all(demo, hub, sample(file));
}

Awaitable<std::set<std::string>> config_maps(ClientPtr hub) {
  std::set<std::string> names;
  const auto all = co_await list_all(hub, res::kConfigMaps);
  for (const Object& o : all) names.insert(std::string(kube::name_of(o)));
  co_return names;
}

}  // namespace

TEST_CASE("the hub takes every sample, and the request refers to nothing that is not there") {
  DemoWorld demo;
  demo.loop.run(apply_samples(&demo));
  const std::set<std::string> names = demo.loop.run(config_maps(demo.world.hub().local_client()));
  const Object request = sample("90-managementclusterrequest.yaml").front();
  CHECK(names.contains(request["spec"]["certManager"]["source"]["configMapRef"]["name"].str()));
  CHECK(names.contains(request["spec"]["kappController"]["source"]["configMapRef"]["name"].str()));
  CHECK(request["spec"]["providers"].size() == 5);
  for (const json::Value& provider : request["spec"]["providers"].array()) CHECK(names.contains(provider["source"]["configMapRef"]["name"].str()));
}

}  // namespace slipway::simcloud::test
