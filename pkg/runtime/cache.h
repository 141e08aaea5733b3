// All informers of one cluster: one reflector and one store for each (resource, namespace, selector), started on first use, stopped together or one by one.
// managedFields and kubectl's last-applied configuration are not even parsed (docs/architecture.md, decision 7).
// Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/reflector.h"
#include "pkg/runtime/store.h"

namespace slipway::runtime {

struct InformerOptions {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  std::vector<json::Projection::Path> drop = {};  // more that is not parsed: {"data"} where only names count
  std::function<void(kube::Object&)> project;     // after that; must be idempotent
};

struct InformerStatus {
  kube::GroupVersionResource gvr;
  bool synced = false;
  bool absent = false;                         // not served: its CRD is not installed
  std::string trouble;                         // the last error; empty where all is well
  std::optional<Outage> outage;                // was in sync, has lost the server
  std::optional<async::TimePoint> last_heard;  // event, bookmark or opened watch: what slipway_cache_staleness_seconds counts from
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
  // The longest outage of an informer that was in sync: what it shows may be old, and conditions that rest on it are no longer known. Nothing where all
  // informers that are in sync have an open watch. It begins with the first failure, so a watch that the server ends in order is none.
  [[nodiscard]] std::optional<Outage> outage() const;
  [[nodiscard]] std::vector<InformerStatus> status() const;
  // Called after anything changed that synced(), trouble(), outage() or status() tell, on the loop; as long as the cache lives. It may not block, and may call
  // the cache.
  void on_change(std::function<void()> handler);
  // Stops the watch, and frees objects, handlers and series of metrics; its Store is gone when this returns. For kinds that come and go.
  async::Awaitable<void> remove_informer(kube::GroupVersionResource gvr, InformerOptions options = {});
  async::Awaitable<void> stop();
  [[nodiscard]] kube::Client& client() noexcept;
  [[nodiscard]] std::shared_ptr<kube::Client> client_ptr() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
