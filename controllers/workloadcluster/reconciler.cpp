#include "controllers/workloadcluster/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/v1alpha1/codec.h"
#include "controllers/workloadcluster/status.h"
#include "controllers/workloadcluster/steps.h"
#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/runtime/finalizers.h"

namespace slipway::controllers::workloadcluster {
namespace {

using async::Awaitable;
using Outcome = runtime::ReconcileOutcome;

const Gvr& kWorkloads = kube::res::kWorkloadClusters;

// A restarted operator reads its clusters anew; what was reached before is not reported as lost for that moment.
bool settling(const Observed& observed, const api::ClusterStatus& status, bool starting) {
  const bool management = observed.management.settling || (starting && observed.request && !observed.management.connected);
  return (management && was_over(status, "management-cluster")) || (observed.workload.settling && was_over(status, "kubeconfig"));
}

}  // namespace

Reconciler::Reconciler(Dependencies dependencies)
    : d_(std::move(dependencies)), writer_(d_.hub, kWorkloads), metrics_(metrics::registry(), "WorkloadCluster"), started_(d_.clock.now()) {}

void Reconciler::forget(const ObjectKey& key) {
  const auto found = uids_.find(key);
  if (found == uids_.end()) return;
  d_.remotes.drop_all(found->second);
  writer_.forget(found->second);
  metrics_.forget(found->second);
  uids_.erase(found);
}

Awaitable<Result<Outcome>> Reconciler::reconcile(ObjectKey key) {
  ObjectPtr self = writer_.newest(d_.caches.workloads->get(key));
  if (!self || (uids_.contains(key) && uids_[key] != kube::uid_of(*self))) forget(key);
  if (!self) co_return Outcome{};
  uids_[key] = kube::uid_of(*self);

  std::vector<api::FieldError> errors;
  auto cluster = std::make_shared<api::WorkloadCluster>(api::decode_workload_cluster(*self, errors));
  if (errors.empty()) errors = api::validate(*cluster);
  const bool deleting = kube::is_deleting(*self);
  if (deleting && !kube::has_finalizer(*self, api::kFinalizer)) {
    forget(key);
    co_return Outcome{};
  }
  if (!errors.empty() && !deleting) {
    Summary summary{Summary::State::Stalled, "InvalidSpec", api::to_string(errors)};
    co_return co_await say(self, cluster, std::move(summary));
  }
  if (cluster->spec.paused || (*self)["metadata"]["annotations"].contains(api::kPausedAnnotation)) {
    Summary summary{Summary::State::Paused, "Paused", "nothing is touched until spec.paused is false"};
    co_return co_await say(self, cluster, std::move(summary));
  }
  if (!deleting && !kube::has_finalizer(*self, api::kFinalizer)) {
    auto added = co_await runtime::add_finalizer(d_.hub, kWorkloads, self, api::kFinalizer);
    if (!added) co_return fail(std::move(added).error());
    writer_.remember(std::move(*added));
    self = writer_.newest(self);
  }
  co_return co_await carry_out(std::move(self), std::move(cluster));
}

ApplyContext Reconciler::context_for(const ObjectPtr& self, const api::WorkloadCluster& cluster, const Observed& observed) {
  ApplyContext context;
  context.hub = d_.hub;
  context.hub_mapper = &d_.hub_mapper;
  context.recording = d_.recording;
  context.hub_store_of = d_.store_of;
  context.self = self;
  context.applied = &d_.applied;
  context.remotes[Role::Management] = management_of(observed, cluster);
  context.remotes[Role::Workload] = d_.remotes.find({cluster.uid, Role::Workload});
  return context;
}

Awaitable<Result<Outcome>> Reconciler::carry_out(ObjectPtr self, ClusterPtr cluster) {
  const Observed observed = observe(self, *cluster);
  const bool starting = d_.clock.now() - started_ < kSettling;
  if (settling(observed, cluster->status, starting)) co_return Outcome{kSettling};
  const bool deleting = kube::is_deleting(*self);
  const Env now{d_.clock.wall()};
  const Input in{*cluster, observed, now};
  const auto table = deleting ? deletion_steps() : creation_steps();
  const bool existed = observed.management.get(kube::res::kClusters, cluster_key(*cluster)) != nullptr;
  Pass pass = make_pass(infos(table), walk(table, in), {cluster->status, cluster->spec.deadlines, cluster->generation, now.now, !deleting && !existed});

  Status applied;
  if (std::vector<Intent> intents = intents_of(pass); !intents.empty()) {
    applied = co_await apply_intents(context_for(self, *cluster, observed), std::move(intents));
    if (!applied && applied.error().is(Disposition::Canceled)) co_return fail(applied.error());
    if (!applied) note_error(pass, applied.error(), now.now);
  }
  if (deleting && pass.walk.finished()) co_return co_await release(self, cluster);

  Result<bool> written = co_await write_status(self, cluster, make_status(in, pass, deleting), &pass);
  if (!written) co_return fail(std::move(written).error());
  // One retry path for both: the controller's backoff.
  if (!applied) co_return fail(applied.error().retryable() ? applied.error() : Error(Disposition::Transient, applied.error().message()));
  co_return Outcome{earlier(until_expiry(pass, now.now), until_reported(reliances_of(in)))};
}

Awaitable<Result<Outcome>> Reconciler::release(ObjectPtr self, ClusterPtr cluster) {
  const bool orphan = cluster->spec.deletionPolicy == "Orphan";
  const ObjectPtr copy = d_.caches.secrets->get(kubeconfig_key(*cluster));
  if (orphan && copy && kube::label(*copy, "slipway.dev/workload-cluster") == cluster->name) {
    // The way into a cluster that stays, stays.
    json::Value body;
    body.ref({"metadata", "ownerReferences"});
    ApplyContext context;
    context.hub = d_.hub;
    context.hub_mapper = &d_.hub_mapper;
    std::vector<Intent> intents;
    intents.push_back(Merge{Role::Hub, kube::res::kSecrets, kubeconfig_key(*cluster), std::move(body), std::string(kube::uid_of(*copy))});
    Status freed = co_await apply_intents(std::move(context), std::move(intents));
    if (!freed) co_return fail(std::move(freed).error());
  }
  auto removed = co_await runtime::remove_finalizer(d_.hub, kWorkloads, self, api::kFinalizer);
  if (!removed && !removed.error().is(Disposition::NotFound)) co_return fail(std::move(removed).error());
  d_.events.normal(*self, "Released", orphan ? "the cluster is left alone" : "the cluster and everything of it is gone");
  log::info("workload cluster released", {{"controller", "workloadcluster"}, {"name", cluster->name}, {"namespace", cluster->namespace_}});
  forget(cluster_key(*cluster));
  co_return Outcome{};
}

Awaitable<Result<Outcome>> Reconciler::say(ObjectPtr self, ClusterPtr cluster, Summary summary) {
  Result<bool> written = co_await write_status(self, cluster, quiet_status(*cluster, summary, d_.clock.wall()), nullptr);
  if (!written) co_return fail(std::move(written).error());
  const bool said_before =
      std::ranges::any_of(cluster->status.conditions, [&](const api::Condition& c) { return c.type == "Stalled" && c.message == summary.message; });
  if (*written && summary.state == Summary::State::Stalled && !said_before) d_.events.warning(*self, summary.reason, summary.message);
  co_return Outcome{};
}

Awaitable<Result<bool>> Reconciler::write_status(ObjectPtr self, ClusterPtr cluster, api::ClusterStatus status, const Pass* pass) {
  Result<bool> written = co_await writer_.write(self, status);
  if (!written || !*written) co_return written;
  const std::vector<Edge> happened = edges(cluster->status.steps, status.steps);
  metrics_.observe(cluster->uid, status, happened);
  if (pass != nullptr) {
    announce(d_.events, *self, *pass, cluster->status, status);
    for (const Edge& edge : happened)
      log::info("step " + to_lower(edge.state), {{"controller", "workloadcluster"},
                                                 {"namespace", cluster->namespace_},
                                                 {"name", cluster->name},
                                                 {"step", status.steps[edge.step].name},
                                                 {"message", edge.message}});
  }
  co_return written;
}

}  // namespace slipway::controllers::workloadcluster
