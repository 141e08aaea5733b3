// Reconciles WorkloadClusters: observe -> plan -> apply -> status, as for management clusters, on the management cluster that they refer to.
// Thread: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/apply.h"
#include "controllers/pass.h"
#include "controllers/status_writer.h"
#include "controllers/step_metrics.h"
#include "controllers/workloadcluster/observed.h"
#include "pkg/runtime/controller.h"

namespace slipway::controllers::workloadcluster {

struct HubCaches {
  runtime::Store* requests = nullptr;
  runtime::Store* workloads = nullptr;
  runtime::Store* secrets = nullptr;
  runtime::Store* config_maps = nullptr;
};

struct Dependencies {
  async::Clock& clock;
  std::shared_ptr<kube::Client> hub;
  kube::Mapper& hub_mapper;
  RemoteClusters& remotes;
  AppliedMemory& applied;
  runtime::EventRecorder& events;
  HubCaches caches;
  Recording recording = {};
  runtime::StoreOf store_of = {};  // of the hub
};

class Reconciler {
 public:
  explicit Reconciler(Dependencies dependencies);
  async::Awaitable<Result<runtime::ReconcileOutcome>> reconcile(ObjectKey key);

 private:
  using ClusterPtr = std::shared_ptr<const api::WorkloadCluster>;
  [[nodiscard]] Observed observe(const ObjectPtr& self, const api::WorkloadCluster& cluster);
  [[nodiscard]] std::shared_ptr<Remote> management_of(const Observed& observed, const api::WorkloadCluster& cluster);
  void connect_workload(const api::WorkloadCluster& cluster, Observed& observed);
  [[nodiscard]] ApplyContext context_for(const ObjectPtr& self, const api::WorkloadCluster& cluster, const Observed& observed);
  async::Awaitable<Result<runtime::ReconcileOutcome>> carry_out(ObjectPtr self, ClusterPtr cluster);
  async::Awaitable<Result<runtime::ReconcileOutcome>> release(ObjectPtr self, ClusterPtr cluster);
  async::Awaitable<Result<runtime::ReconcileOutcome>> say(ObjectPtr self, ClusterPtr cluster, Summary summary);
  async::Awaitable<Result<bool>> write_status(ObjectPtr self, ClusterPtr cluster, api::ClusterStatus status, const Pass* pass);
  void forget(const ObjectKey& key);

  Dependencies d_;
  StatusWriter writer_;
  StepMetrics metrics_;
  std::map<ObjectKey, std::string> uids_;
  async::TimePoint started_;
};

}  // namespace slipway::controllers::workloadcluster
