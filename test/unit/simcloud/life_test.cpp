#include <catch2/catch_test_macros.hpp>

#include "pkg/simcloud/kinds.h"
#include "pkg/simcloud/objects.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

const kube::ObjectKey kManagement{"tkg-system", "tkg-mgmt-vc"};
const kube::ObjectKey kWorkload{"default", "tkg-vc-antrea"};

bool available(const Object& o) { return is_true(o, "Available"); }
bool reconciled(const Object& o) { return is_true(o, "ReconcileSucceeded"); }
bool three_ready(const Object& o) { return o["status"]["readyReplicas"].as_int() == 3; }
bool one_ready(const Object& o) { return o["status"]["readyReplicas"].as_int() == 1 && o["status"]["replicas"].as_int() == 1; }

Awaitable<void> merge(ClientPtr client, kube::GroupVersionResource gvr, kube::ObjectKey key, std::string body) {
  const auto patched = co_await client->patch(gvr, key, kube::PatchType::Merge, object(body), {});
  if (!patched) throw std::runtime_error(patched.error().message());
}

Awaitable<Object> only_machine_deployment(ClientPtr client) {
  auto listed = co_await list_all(client, res::kMachineDeployments);
  co_return std::move(listed.at(0));
}

Awaitable<std::vector<std::string>> life_of_a_workload_cluster(DemoWorld* demo) {
  std::vector<std::string> said;
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await install_components(demo, bootstrap);
  co_await install_packages(demo, bootstrap);
  co_await create_cluster(demo, bootstrap, kWorkload, false, 1);
  const ClientPtr cluster = co_await await_cluster(demo, bootstrap, kWorkload, 2);
  said.push_back("machines " + std::to_string(demo->world.machines()));
  co_await await_object(demo, cluster, res::kDeployments, {"kube-system", "antrea-controller"}, available);
  co_await await_object(demo, bootstrap, res::kPackageInstalls, {"default", "tkg-vc-antrea-kapp-controller"}, reconciled);
  for (const char* package : {"antrea", "vsphere-csi", "vsphere-cpi"})
    co_await await_object(demo, cluster, res::kPackageInstalls, {"tkg-system", "tkg-vc-antrea-" + std::string(package)}, reconciled);

  co_await merge(bootstrap, res::kClusters, kWorkload, "{spec: {topology: {workers: {machineDeployments: [{class: tkg-worker, name: md-0, replicas: 3}]}}}}");
  const Object pool = co_await only_machine_deployment(bootstrap);
  co_await await_object(demo, bootstrap, res::kMachineDeployments, kube::key_of(pool), three_ready);
  said.push_back("machines " + std::to_string(demo->world.machines()));
  co_await merge(bootstrap, res::kClusters, kWorkload, "{spec: {topology: {workers: {machineDeployments: [{class: tkg-worker, name: md-0, replicas: 1}]}}}}");
  co_await await_object(demo, bootstrap, res::kMachineDeployments, kube::key_of(pool), one_ready);
  const auto nodes = co_await list_all(cluster, res::kNodes);
  said.push_back("nodes " + std::to_string(nodes.size()));

  const auto removed = co_await bootstrap->remove(res::kClusters, kWorkload, {});
  said.push_back(removed ? "deleting" : removed.error().message());
  co_await await_gone(demo, bootstrap, res::kClusters, kWorkload);
  said.push_back("machines " + std::to_string(demo->world.machines()));
  said.push_back(demo->world.server("cluster/default/tkg-vc-antrea") == nullptr ? "server gone" : "server left");
  for (const auto& gvr : {res::kMachines, res::kMachineSets, res::kKubeadmControlPlanes, kVSphereVms, kKubeadmConfigs, kIpAddresses}) {
    const auto left = co_await list_all(bootstrap, gvr);
    if (!left.empty()) said.push_back(gvr.to_string() + " left");
  }
  co_return said;
}

Awaitable<void> quiesce(DemoWorld* demo, ClientPtr client, int replicas) {
  for (const kube::ObjectKey& key : {manager::kCapi, manager::kBootstrap, manager::kControlPlane, manager::kCapv, manager::kIpam}) {
    co_await merge(client, res::kDeployments, key, "{spec: {replicas: " + std::to_string(replicas) + "}}");
    if (replicas > 0) co_await await_object(demo, client, res::kDeployments, key, available);
  }
}

Awaitable<std::size_t> machine_count_while_quiesced(DemoWorld* demo) {
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await install_components(demo, bootstrap);
  co_await install_packages(demo, bootstrap);
  co_await quiesce(demo, bootstrap, 0);
  co_await create_cluster(demo, bootstrap, kManagement, true, 1);
  co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + std::chrono::minutes(1));
  const std::size_t before = demo->world.machines();
  co_await quiesce(demo, bootstrap, 1);
  co_await await_cluster(demo, bootstrap, kManagement, 2);
  co_return before;
}

Awaitable<std::vector<std::size_t>> machine_counts_around_a_pause(DemoWorld* demo) {
  const ClientPtr bootstrap = co_await raise_to_pivot(demo);
  std::vector<std::size_t> counts{demo->world.machines()};
  co_await merge(bootstrap, res::kClusters, kManagement, "{spec: {paused: true}}");
  const Object pool = co_await only_machine_deployment(bootstrap);
  co_await merge(bootstrap, res::kMachineDeployments, kube::key_of(pool), "{spec: {replicas: 3}}");
  co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + std::chrono::minutes(1));
  counts.push_back(demo->world.machines());
  co_await merge(bootstrap, res::kClusters, kManagement,
                 "{spec: {paused: false, topology: {workers: {machineDeployments: [{class: tkg-worker, name: md-0, replicas: 3}]}}}}");
  co_await await_object(demo, bootstrap, res::kMachineDeployments, kube::key_of(pool), three_ready);
  counts.push_back(demo->world.machines());
  co_return counts;
}

}  // namespace

TEST_CASE("a workload cluster comes up with its packages, scales, and is taken down to the last machine") {
  DemoWorld demo;
  const std::vector<std::string> said = demo.loop.run(life_of_a_workload_cluster(&demo));
  CHECK(said == std::vector<std::string>{"machines 2", "machines 4", "nodes 2", "deleting", "machines 0", "server gone"});
}

TEST_CASE("providers that are scaled to zero do nothing, and take up their work when they come back") {
  DemoWorld demo;
  CHECK(demo.loop.run(machine_count_while_quiesced(&demo)) == 0);
  CHECK(demo.world.machines() == 2);
}

TEST_CASE("a paused Cluster is left alone") {
  DemoWorld demo;
  CHECK(demo.loop.run(machine_counts_around_a_pause(&demo)) == std::vector<std::size_t>{2, 2, 4});
}

TEST_CASE("a bootstrap cluster goes with its SimulatedCluster") {
  DemoWorld demo;
  (void)demo.loop.run(raise_bootstrap(&demo));
  CHECK(demo.world.server("bootstrap/tkg-system/tkg-mgmt-vc-bootstrap") != nullptr);
  const ClientPtr hub = demo.world.hub().local_client();
  const kube::ObjectKey key{"tkg-system", "tkg-mgmt-vc-bootstrap"};
  (void)demo.loop.run(hub->remove(res::kSimulatedClusters, key, {}));
  demo.loop.run(await_gone(&demo, hub, res::kSimulatedClusters, key));
  CHECK(demo.world.server("bootstrap/tkg-system/tkg-mgmt-vc-bootstrap") == nullptr);
}

}  // namespace slipway::simcloud::test
