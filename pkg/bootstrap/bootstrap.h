// Bootstrap clusters: one driver a kind. A driver is asked to bring the cluster about, says what it observes, and takes it down behind the caller's guard. All
// calls are idempotent: the operator may be killed between any two. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/v1alpha1/types.h"
#include "pkg/kube/client.h"
#include "pkg/kube/config.h"

namespace slipway::bootstrap {

enum class Kind : std::uint8_t { InCluster, Kubeconfig, Kind, Process, Simulated };
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;
// Nothing where none or more than one is set (validation refuses that before).
[[nodiscard]] std::optional<Kind> kind_of(const api::Bootstrap& spec) noexcept;

struct State {
  enum class Phase : std::uint8_t { Absent, Creating, Ready, Deleting, Failed } phase = Phase::Absent;
  std::string reason;  // CamelCase
  std::string message;
  std::optional<kube::ClusterConfig> config;  // where Ready; absent for InCluster (use the hub's client)
};

struct Context {
  async::Executor executor;
  std::shared_ptr<kube::Client> hub;
  kube::Object owner;  // the ManagementClusterRequest, for owner references and names
  api::Bootstrap spec;
};

class Driver {
 public:
  virtual ~Driver() = default;
  virtual async::Awaitable<Result<State>> observe(Context context) = 0;
  virtual async::Awaitable<Status> ensure(Context context) = 0;   // starts what is missing; does not wait for it
  virtual async::Awaitable<Status> destroy(Context context) = 0;  // no-op for InCluster and Kubeconfig: not ours to destroy
  // True where destroy() takes a cluster away (and BootstrapDestroyed has something to wait for).
  [[nodiscard]] virtual bool disposable() const noexcept = 0;
};

// Simulated: a SimulatedCluster object (sim.slipway.dev) beside the request, answered by simcloud; its kubeconfig Secret is "<name>-kubeconfig", key "value".
// Kind: the `kind` binary through pkg/proc. Process: refused with a sentence for now.
[[nodiscard]] Result<std::unique_ptr<Driver>> make_driver(Kind kind);

}  // namespace slipway::bootstrap
