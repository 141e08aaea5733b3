#include <stdexcept>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/sync.h"
#include "pkg/runtime/cache.h"
#include "pkg/simcloud/kinds.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

// Over sockets: watches the SimulatedCluster until it is Ready, then asks the bootstrap cluster itself through the kubeconfig from the Secret.
Awaitable<std::string> version_of_bootstrap(World* world, async::Clock* clock, async::Executor executor, std::optional<kube::ClusterConfig> hub_config) {
  const Status started = co_await world->start();
  if (!started) throw std::runtime_error(started.error().message());
  auto hub = kube::connect(executor, *clock, hub_config ? *hub_config : world->hub().admin_config());
  if (!hub) throw std::runtime_error(hub.error().message());
  const auto created =
      co_await (*hub)->create(res::kSimulatedClusters,
                              object("{apiVersion: sim.slipway.dev/v1alpha1, kind: SimulatedCluster, metadata: {name: b, namespace: default}, spec: "
                                     "{kubernetesVersion: v1.24.9+vmware.1}}"),
                              {});
  if (!created) throw std::runtime_error(created.error().message());
  runtime::ClusterCache cache(*hub, executor, "test");
  runtime::Store& store = cache.informer(res::kSimulatedClusters);
  async::Event changed(executor);
  store.subscribe([&](const runtime::Change&) { changed.notify_all(); });
  const kube::ObjectKey key{"default", "b"};
  while (!store.get(key) || (*store.get(key))["status"]["phase"].as_string() != "Ready") {
    const Status woken = co_await changed.wait(*clock, clock->after(std::chrono::seconds(20)));
    if (!woken) throw std::runtime_error(woken.error().message());
  }
  co_await cache.stop();
  const auto secret = co_await (*hub)->get(res::kSecrets, {"default", "b-kubeconfig"});
  std::string kubeconfig;
  if (!secret || !kube::secret_value(*secret, "value", kubeconfig)) throw std::runtime_error("no kubeconfig");
  const auto config = kube::parse_kubeconfig(kubeconfig, "Secret", "");
  auto bootstrap = world->client_for(*config);
  if (!bootstrap) throw std::runtime_error(bootstrap.error().message());
  auto version = co_await (*bootstrap)->raw("GET", "/version", "");
  (*bootstrap)->close();
  (*hub)->close();
  co_await world->stop();
  co_return version ? *version : version.error().message();
}

}  // namespace

TEST_CASE("over TLS the kubeconfig in the Secret reaches the bootstrap cluster") {
  slipway::test::Loop loop;
  async::RealClock clock;
  World world(loop.io.get_executor(), clock, {.speed = 0});
  const std::string version = loop.run_real(version_of_bootstrap(&world, &clock, loop.io.get_executor(), std::nullopt));
  CHECK(version.contains("v1.24.9+vmware.1"));
}

TEST_CASE("hub and bootstrap cluster may be API servers of somebody else's, which outlive the world") {
  slipway::test::Loop loop;
  async::RealClock clock;
  const auto executor = loop.io.get_executor();
  kubesim::ApiServer hub(executor, clock, {.version = "v1.30.0"});
  kubesim::ApiServer bootstrap(executor, clock, {.version = "v1.31.0"});
  REQUIRE(hub.listen());
  REQUIRE(bootstrap.listen());
  World world(executor, clock, {.speed = 0, .hub = hub.admin_config(), .bootstrap = bootstrap.admin_config()});
  const std::string version = loop.run_real(version_of_bootstrap(&world, &clock, executor, hub.admin_config()));
  CHECK(version.contains("v1.31.0"));
  CHECK(world.server("hub") == nullptr);
  // The seed of a bootstrap cluster was put on it, and stays.
  const auto seeded = loop.run_real(bootstrap.local_client("test")->get(res::kConfigMaps, {"kube-system", "kubeadm-config"}));
  CHECK(seeded);
  loop.run_real(hub.stop());
  loop.run_real(bootstrap.stop());
}

}  // namespace slipway::simcloud::test
