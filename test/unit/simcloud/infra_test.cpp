#include <stdexcept>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pkg/simcloud/brought.h"
#include "pkg/simcloud/crds.h"
#include "pkg/simcloud/infra_kinds.h"
#include "pkg/simcloud/kinds.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

// What the components of such a provider would bring: its four kinds and its Deployment.
std::vector<Object> provider_objects(const InfraKind& infra) {
  std::vector<Object> out;
  for (const std::string_view kind : {infra.cluster, infra.machine})
    for (const char* part : {"", "Template"}) {
      const std::string name = std::string(kind) + part;
      out.push_back(make_crd({"infrastructure.cluster.x-k8s.io", infra.version, name, true, {}}));
    }
  out.push_back(object("{apiVersion: v1, kind: Namespace, metadata: {name: " + std::string(infra.manager_ns) + "}}"));
  out.push_back(make_deployment({std::string(infra.manager_ns), std::string(infra.manager)}));
  return out;
}

struct Raised {
  std::vector<Object> machines;
  std::string endpoint;
};

Awaitable<Raised> raise_on(DemoWorld* demo, const InfraKind* infra) {
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await install_components(demo, bootstrap);
  std::vector<Object> objects = provider_objects(*infra);
  co_await apply_all(demo, bootstrap, objects);
  co_await await_deployments(demo, bootstrap, objects);
  co_await install_packages(demo, bootstrap);
  const kube::ObjectKey key{"tkg-system", "c"};
  co_await create_cluster(demo, bootstrap, key, true, 1, std::string(infra->name));
  co_await await_cluster(demo, bootstrap, key, 2);
  Raised raised;
  raised.machines = co_await list_all(bootstrap, res::kMachines);
  const auto cluster = co_await bootstrap->get(res::kClusters, key);
  if (!cluster) throw std::runtime_error(cluster.error().message());
  raised.endpoint = (*cluster)["spec"]["controlPlaneEndpoint"]["host"].str();
  co_return raised;
}

}  // namespace

TEST_CASE("aws, azure and docker behave as vsphere does, in kinds of their own") {
  const std::string name = GENERATE("aws", "azure", "docker");
  const auto infras = infra_kinds();
  const auto infra = std::ranges::find(infras, name, &InfraKind::name);
  REQUIRE(infra != infras.end());
  DemoWorld demo;
  const Raised raised = demo.loop.run(raise_on(&demo, &*infra));
  REQUIRE(raised.machines.size() == 2);
  for (const Object& machine : raised.machines) {
    CHECK(machine["spec"]["infrastructureRef"]["kind"].as_string() == infra->machine);
    CHECK(machine["spec"]["providerID"].as_string().starts_with(infra->provider_id));
  }
  CHECK(raised.endpoint == "c-apiserver.lb.example.com");
}

}  // namespace slipway::simcloud::test
