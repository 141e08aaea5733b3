// The management cluster exists, holds its own objects, and answers. A cluster that is there already is not held up by work on its management cluster.
#include "controllers/workloadcluster/steps/steps.h"

namespace slipway::controllers::workloadcluster {

StepPlan management_cluster(const Input& in) {
  const Observed& o = in.observed;
  const auto not_ready = [](std::string message) { return waiting("ManagementClusterNotReady", std::move(message)); };
  const std::string name = in.observed.in_hub ? "the cluster that this object lives in" : "ManagementClusterRequest " + request_key(in.cluster).to_string();
  if (!o.in_hub) {
    if (!o.request) return waiting("ManagementClusterMissing", "spec.managementClusterRef: " + name + " does not exist yet");
    if (kube::annotation(*o.request, api::kCustodyAnnotation) != "target") return not_ready(name + " has not become a management cluster yet");
  }
  if (!o.management.synced) return not_ready(name + (o.management.trouble.empty() ? " is being reached" : ": " + o.management.trouble));
  const bool exists = o.management.get(kube::res::kClusters, cluster_key(in.cluster)) != nullptr;
  if (exists || o.in_hub || kube::condition_true(*o.request, "TargetVerified"))
    return done("ManagementClusterReady", name + " answers at " + o.management.server);
  if (kube::is_deleting(*o.request)) return not_ready(name + " is being deleted");
  return not_ready(name + " is not verified yet");
}

}  // namespace slipway::controllers::workloadcluster
