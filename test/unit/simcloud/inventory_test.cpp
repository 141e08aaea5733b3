#include "pkg/simcloud/inventory.h"

#include <map>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

Awaitable<std::vector<Object>> inventory_at_pivot(DemoWorld* demo) {
  const ClientPtr bootstrap = co_await raise_to_pivot(demo);
  co_return co_await discover(bootstrap);
}

}  // namespace

TEST_CASE("the inventory of reference has 145 objects, 128 of them of the recorded kinds") {
  std::map<std::string_view, int> counts;
  for (const InventoryRow& row : inventory_table()) ++counts[row.kind];
  const std::map<std::string_view, int> recorded{{"Certificate", 4},
                                                 {"CertificateRequest", 4},
                                                 {"Issuer", 3},
                                                 {"Secret", 51},
                                                 {"ConfigMap", 42},
                                                 {"Cluster", 1},
                                                 {"ClusterClass", 1},
                                                 {"KubeadmControlPlane", 1},
                                                 {"KubeadmConfig", 2},
                                                 {"KubeadmControlPlaneTemplate", 1},
                                                 {"KubeadmConfigTemplate", 2},
                                                 {"Machine", 2},
                                                 {"MachineSet", 1},
                                                 {"MachineDeployment", 1},
                                                 {"MachineHealthCheck", 2},
                                                 {"VSphereCluster", 1},
                                                 {"VSphereVM", 2},
                                                 {"VSphereClusterTemplate", 1},
                                                 {"VSphereMachine", 2},
                                                 {"VSphereMachineTemplate", 4}};
  int sum = 0;
  for (const auto& [kind, count] : recorded) {
    CAPTURE(kind);
    CHECK(counts[kind] == count);
    sum += count;
  }
  CHECK(sum == 128);
  CHECK(inventory_table().size() == 145);
}

TEST_CASE("the inventory at the pivot is the one of reference") {
  DemoWorld demo({.speed = GENERATE(1.0, 0.0), .tls = false});
  const std::vector<Object> found = demo.loop.run(inventory_at_pivot(&demo));
  std::vector<const InventoryRow*> open;
  for (const InventoryRow& row : inventory_table()) open.push_back(&row);
  for (const Object& o : found) {
    const auto row = std::ranges::find_if(open, [&](const InventoryRow* r) { return matches(*r, kube::kind_of(o), kube::namespace_of(o), kube::name_of(o)); });
    CAPTURE(kube::describe(o));
    CHECK(row != open.end());
    if (row != open.end()) open.erase(row);
  }
  for (const InventoryRow* row : open) FAIL_CHECK("missing: " << row->kind << " " << row->ns << "/" << row->name << " (" << row->from << ")");
  CHECK(found.size() == 145);
}

}  // namespace slipway::simcloud::test
