// The first control plane machine's API server answers (tanzu.md 1.1 step 13).
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan control_plane(const Input& in) {
  const ClusterView& view = in.observed.bootstrap;
  const ObjectKey key = cluster_key(in.request);
  return from(topology::control_plane_available(view.of_cluster(kube::res::kKubeadmControlPlanes, key), view.of_cluster(kube::res::kMachines, key)));
}

// Infrastructure and control plane, as the Cluster itself says (step 16).
StepPlan cluster_initialized(const Input& in) {
  const ObjectPtr cluster = in.observed.bootstrap.get(kube::res::kClusters, cluster_key(in.request));
  if (!cluster) return waiting("ClusterMissing", "Cluster " + cluster_key(in.request).to_string() + " does not exist yet");
  return from(topology::cluster_initialized(*cluster));
}

}  // namespace slipway::controllers::managementcluster
