// Reconciles ManagementClusterRequests: observe -> plan -> apply -> status. One key at a time; every pass starts from what is observed, so the operator may be
// killed between any two calls. Errors: those worth a retry, for the controller's backoff; everything else becomes a condition.
// Thread: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/apply.h"
#include "controllers/managementcluster/observe.h"
#include "controllers/managementcluster/pivot_runner.h"
#include "controllers/pass.h"
#include "controllers/status_writer.h"
#include "controllers/step_metrics.h"
#include "pkg/runtime/controller.h"

namespace slipway::controllers::managementcluster {

struct Dependencies {
  async::Executor executor;
  async::Clock& clock;
  std::shared_ptr<kube::Client> hub;
  kube::Mapper& hub_mapper;
  RemoteClusters& remotes;
  AppliedMemory& applied;
  runtime::EventRecorder& events;
  HubCaches caches;
  std::function<void(ObjectKey)> wake;
  std::string tkg_version;
  std::string edition;
  Recording recording = {};
  runtime::StoreOf store_of = {};  // of the hub
  std::shared_ptr<providers::ContentCache> components_cache = {};
  std::shared_ptr<const providers::Bundle> bundle = {};
  providers::TransportFactory transports = {};  // to where components come from; null: the network
};

class Reconciler {
 public:
  explicit Reconciler(Dependencies dependencies);
  async::Awaitable<Result<runtime::ReconcileOutcome>> reconcile(ObjectKey key);
  async::Awaitable<void> stop();

 private:
  using RequestPtr = std::shared_ptr<const api::ManagementClusterRequest>;
  async::Awaitable<Result<runtime::ReconcileOutcome>> reconcile_object(ObjectPtr self, RequestPtr request);
  async::Awaitable<Result<runtime::ReconcileOutcome>> carry_out(ObjectPtr self, RequestPtr request, Observed observed);
  async::Awaitable<Result<runtime::ReconcileOutcome>> finish_deletion(ObjectPtr self, RequestPtr request, Custody custody);
  async::Awaitable<Result<runtime::ReconcileOutcome>> say(ObjectPtr self, RequestPtr request, Summary summary, std::vector<std::string> plan);
  async::Awaitable<Result<bool>> write_status(ObjectPtr self, RequestPtr request, api::ClusterStatus status, const Pass* pass);
  [[nodiscard]] ApplyContext context_for(const ObjectPtr& self, BootstrapActions& actions) const;
  [[nodiscard]] Env env() const;
  void forget(const ObjectKey& key);

  Dependencies d_;
  PivotRunner pivots_;
  ComponentFetcher fetcher_;
  Observer observer_;
  StatusWriter writer_;
  StepMetrics metrics_;
  std::map<ObjectKey, std::string> uids_;
};

}  // namespace slipway::controllers::managementcluster
