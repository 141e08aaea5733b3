// A world in memory on virtual time, and a tiny operator that drives it through the samples as the real one does: for these tests only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pkg/kube/mapper.h"
#include "pkg/simcloud/simcloud.h"
#include "test/support/loop.h"

namespace slipway::simcloud::test {

using async::Awaitable;
using kube::Object;
using ClientPtr = std::shared_ptr<kube::Client>;

struct DemoWorld {
  explicit DemoWorld(WorldOptions options = {.speed = 1, .tls = false});
  ~DemoWorld();
  DemoWorld(const DemoWorld&) = delete;
  DemoWorld& operator=(const DemoWorld&) = delete;

  // One more API server, which is not the world's own, with the world's controllers on it. Once.
  [[nodiscard]] ClientPtr attach_another();

  slipway::test::Loop loop;
  std::unique_ptr<kubesim::ApiServer> another;
  World world;
};

// Reads below this name a file of config/samples/demo.
[[nodiscard]] std::vector<Object> sample(const std::string& file);
// The documents of a sample's components.yaml, with the demo's variables in them.
[[nodiscard]] std::vector<Object> components(const std::string& file);
[[nodiscard]] Object object(std::string_view yaml);

// What the fake operator does. Each throws std::runtime_error with a sentence where the world does not come about in time.
using Check = bool (*)(const Object&);
Awaitable<Object> await_object(DemoWorld* demo, ClientPtr client, kube::GroupVersionResource gvr, kube::ObjectKey key, Check check);
Awaitable<void> await_gone(DemoWorld* demo, ClientPtr client, kube::GroupVersionResource gvr, kube::ObjectKey key);
Awaitable<void> apply_all(DemoWorld* demo, ClientPtr client, std::vector<Object> objects);
Awaitable<void> await_deployments(DemoWorld* demo, ClientPtr client, std::vector<Object> objects);

Awaitable<ClientPtr> raise_bootstrap(DemoWorld* demo);
Awaitable<void> install_components(DemoWorld* demo, ClientPtr client);  // kapp-controller, cert-manager with its probe, the providers with their inventory
Awaitable<void> install_packages(DemoWorld* demo, ClientPtr client);
Awaitable<void> create_cluster(DemoWorld* demo, ClientPtr client, kube::ObjectKey key, bool management, std::int64_t workers, std::string infra = "vsphere");
// Returns when all machines have nodes; the client of the cluster itself.
Awaitable<ClientPtr> await_cluster(DemoWorld* demo, ClientPtr client, kube::ObjectKey key, std::size_t machines);
Awaitable<ClientPtr> raise_to_pivot(DemoWorld* demo);  // all of the above: the bootstrap, with the management cluster beside it
Awaitable<std::vector<Object>> list_all(ClientPtr client, kube::GroupVersionResource gvr);
// Every object of the kinds labelled for clusterctl, and the Secrets and ConfigMaps.
Awaitable<std::vector<Object>> discover(ClientPtr client);

[[nodiscard]] bool is_true(const Object& object, std::string_view type);

}  // namespace slipway::simcloud::test
