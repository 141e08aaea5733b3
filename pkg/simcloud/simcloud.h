// simcloud: controllers that make a world answer as cert-manager, kapp-controller, the release service, Cluster API, its infrastructure providers and
// Deployments do, against any API server, through the same client and runtime as the operator. A cluster that comes up gets an API server of its own (kubesim).
// Linked only into `slipway demo`, `slipway simulate` and tests. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/kube/config.h"
#include "pkg/kubesim/server.h"

namespace slipway::simcloud {

struct WorldOptions {
  double speed = 1.0;      // divides every simulated latency; 0 means none at all ("max")
  bool tls = true;         // API servers listen on loopback with TLS; false: in memory only (tests pass clients by World::client_for)
  std::string fail = {};   // a step that shall fail, by name (see failures()); empty: none
  std::uint16_t port = 0;  // of the hub over TLS; 0: any free one
  // API servers of somebody else's that play the hub, and the bootstrap cluster of one SimulatedCluster at a time. The world's controllers run on them, also
  // those that play Deployments, so they must be there for this alone; what was made on them stays when the world stops.
  std::optional<kube::ClusterConfig> hub = {}, bootstrap = {};
};

class World {
 public:
  World(async::Executor executor, async::Clock& clock, WorldOptions options = {});
  ~World();  // stop() first
  // Starts the hub: kubesim (or the server that the options name) with the sim.slipway.dev CRD and simcloud's controllers on it. Errors: Invalid (a step to
  // fail that is not known), Transient (the port is taken), the client's.
  async::Awaitable<Status> start();
  [[nodiscard]] kubesim::ApiServer& hub() noexcept;  // not where the options name one
  // API servers by name: "hub", "bootstrap/<ns>/<name>" for SimulatedClusters, "cluster/<ns>/<name>" for clusters that came up. nullptr where there is none, or
  // where it is somebody else's.
  [[nodiscard]] kubesim::ApiServer* server(std::string_view name) noexcept;
  [[nodiscard]] std::vector<std::string> servers() const;
  // A client for a kubeconfig that the world wrote: in memory where it has no TLS, over TCP otherwise. Errors: NotFound where that server is gone; Invalid.
  [[nodiscard]] Result<std::shared_ptr<kube::Client>> client_for(const kube::ClusterConfig& config);
  // Puts the world's controllers on an API server that is not its own, under this name; they stop with the world.
  void attach(std::string name, std::shared_ptr<kube::Client> client);
  // Virtual machines that the cloud runs: what must not be doubled by a move.
  [[nodiscard]] std::size_t machines() const noexcept;
  async::Awaitable<void> stop();
  // What --fail accepts, each with a line of what happens; and whether it accepts this one (of a Deployment's image, the name is the caller's).
  [[nodiscard]] static std::vector<std::pair<std::string, std::string>> failures();
  [[nodiscard]] static bool knows_failure(const std::string& name);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::simcloud
