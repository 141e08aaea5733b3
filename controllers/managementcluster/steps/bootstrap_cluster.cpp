// The bootstrap cluster answers and its caches are filled. It is never created twice for one Cluster: where it is gone although it held the Cluster, a person
// is needed.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

StepPlan lost(const Input& in) {
  return stuck("BootstrapLost", "the bootstrap cluster is gone, but Cluster " + cluster_key(in.request).to_string() +
                                    " was created from it, and its machines may still run; remove them, then remove the annotation " +
                                    std::string(kCustodyAnnotation) + " to start again");
}

StepPlan connected(const Input& in) {
  const ClusterView& view = in.observed.bootstrap;
  if (view.synced) return done("BootstrapReady", in.observed.bootstrap_state.message);
  return waiting("BootstrapConnecting", view.trouble.empty() ? "reading the bootstrap cluster" : view.trouble);
}

StepPlan by_state(const Input& in, bool may_create) {
  const bootstrap::State& state = in.observed.bootstrap_state;
  using Phase = bootstrap::State::Phase;
  switch (state.phase) {
    case Phase::Ready: return connected(in);
    case Phase::Creating: return running(state.reason.empty() ? "BootstrapCreating" : state.reason, state.message, {EnsureBootstrap{}});
    case Phase::Deleting: return waiting("BootstrapDestroying", "an earlier bootstrap cluster is still being taken down");
    case Phase::Failed: return failed(state.reason.empty() ? "BootstrapFailed" : state.reason, state.message);
    case Phase::Absent: break;
  }
  if (!may_create && recorded_custody(*in.observed.self) == Custody::None)
    return stuck("ClusterExists", "Secret " + kubeconfig_key(in.request).to_string() +
                                      " is there, so a cluster of this name is too; this request did not create it. " +
                                      "Remove the Secret to build another cluster, or choose another name");
  if (!may_create) return lost(in);
  return running("BootstrapCreating", "creating the bootstrap cluster", {EnsureBootstrap{}});
}

}  // namespace

StepPlan bootstrap_cluster(const Input& in) {
  const Observed& o = in.observed;
  if (!o.journal_known) return waiting("BootstrapConnecting", "reading the journal of the pivot");
  if (o.bootstrap_state.phase != bootstrap::State::Phase::Absent || custody_of(in) == Custody::None) {
    // A kubeconfig in the hub, but no record and no bootstrap cluster: the record was lost. Only the cluster itself can tell.
    const bool unknown = o.bootstrap_state.phase == bootstrap::State::Phase::Absent && o.hub.get(kube::res::kSecrets, kubeconfig_key(in.request)) != nullptr;
    if (unknown && !o.target.synced)
      return waiting("TargetConnecting",
                     "Secret " + kubeconfig_key(in.request).to_string() + " is there, so a cluster may be too; asking it. " + o.target.trouble);
    return by_state(in, !unknown);
  }
  return by_state(in, false);
}

// At deletion, for the way back.
StepPlan bootstrap_again(const Input& in) { return by_state(in, true); }

}  // namespace slipway::controllers::managementcluster
