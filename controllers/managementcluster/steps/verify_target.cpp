// The management cluster manages itself: its Cluster is there, unpaused and ready, with all machines as nodes and every provider in its inventory. Asked again
// on every reconcile, for ever.
#include "controllers/cluster_spec.h"
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan verify_target(const Input& in) {
  const ClusterView& target = in.observed.target;
  const ObjectKey key = cluster_key(in.request);
  const ObjectPtr cluster = target.get(kube::res::kClusters, key);
  if (!cluster) return failed("ClusterMissing", "Cluster " + key.to_string() + " is not on the management cluster");
  if ((*cluster)["spec"]["paused"].as_bool()) return failed("ClusterPaused", kube::describe(*cluster) + " is paused (spec.paused); unpause it");
  for (const Resolved& provider : in.observed.providers) {
    if (!provider.components) continue;
    const ObjectKey entry = kube::key_of(providers::inventory_object(*provider.components));
    if (!target.get(kube::res::kProviders, entry)) return failed("ProviderMissing", provider.title + " is not in the management cluster's inventory");
  }
  if (topology::Readiness r = topology::cluster_initialized(*cluster); !r.ready) return from(std::move(r));
  StepPlan plan = cluster_complete(target, key, wanted_machines(in.request.spec.plan, in.request.spec.cluster));
  if (plan.state == StepState::Done) plan.reason = "TargetVerified", plan.message = "the management cluster manages itself; " + plan.message;
  return plan;
}

}  // namespace slipway::controllers::managementcluster
