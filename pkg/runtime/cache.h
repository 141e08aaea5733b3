// All informers of one cluster: one reflector and one store for each (resource, namespace, selector), started on first use, stopped together.
// Objects are projected while they come in: managedFields and last-applied are dropped (docs/architecture.md, decision 7).
// Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/store.h"

namespace slipway::runtime {

struct InformerOptions {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  std::function<void(kube::Object&)> project;  // after the default projection; must be idempotent
};

class ClusterCache {
 public:
  // `name` is the cluster's name in logs and metrics ("hub", "bootstrap tkg-system/x").
  ClusterCache(std::shared_ptr<kube::Client> client, async::Executor executor, std::string name);
  ~ClusterCache();  // stop() first
  // Starts the reflector where it does not run. The store lives as long as the cache. One store for each (resource, namespace, selectors): of several
  // projections the first one's counts.
  Store& informer(kube::GroupVersionResource gvr, InformerOptions options = {});
  // Every informer. A resource that the server does not serve (404: its CRD is not installed) counts as synced with nothing; its reflector starts as soon as
  // its CRD is established, and its store is emptied when the CRD goes.
  [[nodiscard]] bool synced() const noexcept;
  async::Awaitable<Status> wait_synced(async::Deadline deadline);  // Errors: Timeout (names what is missing and its last error), Canceled
  // The last error of a reflector that is not synced, for conditions: "listing clusters...: 403 Forbidden: ..."; else which resources are not served; empty
  // where all is well.
  [[nodiscard]] std::string trouble() const;
  async::Awaitable<void> stop();
  [[nodiscard]] kube::Client& client() noexcept;
  [[nodiscard]] std::shared_ptr<kube::Client> client_ptr() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
