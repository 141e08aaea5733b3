// The control plane, the way into it, and the machines.
#include "controllers/cluster_spec.h"
#include "controllers/workloadcluster/steps/steps.h"

namespace slipway::controllers::workloadcluster {

StepPlan control_plane(const Input& in) {
  const ObjectKey key = cluster_key(in.cluster);
  return from(topology::control_plane_available(in.observed.management.of_cluster(kube::res::kKubeadmControlPlanes, key),
                                                in.observed.management.of_cluster(kube::res::kMachines, key)));
}

// A copy in the hub that follows the cluster's own Secret, which Cluster API rotates.
StepPlan kubeconfig(const Input& in) {
  const ObjectKey key = kubeconfig_key(in.cluster);
  const ObjectPtr want = in.observed.management.get(kube::res::kSecrets, key);
  const ObjectPtr have = in.observed.in_hub ? want : in.observed.hub.get(kube::res::kSecrets, key);
  if (!want) return waiting("WaitingForKubeconfig", "Secret " + key.to_string() + " does not exist on the management cluster yet");
  if (!have || (*have)["data"] != (*want)["data"]) {
    json::Value labels;
    labels.set("slipway.dev/workload-cluster", in.cluster.name);
    return running("WaitingForKubeconfig", "copying Secret " + key.to_string(), {CopySecret{Role::Management, key, Role::Hub, key, std::move(labels), true}});
  }
  const ClusterView& workload = in.observed.workload;
  if (!workload.connected) return failed("InvalidKubeconfig", "Secret " + key.to_string() + ": " + workload.trouble);
  if (!workload.synced) return waiting("TargetConnecting", workload.trouble.empty() ? "reading the cluster" : workload.trouble);
  return done("KubeconfigPublished", "the cluster answers at " + workload.server);
}

StepPlan nodes(const Input& in) {
  return cluster_complete(in.observed.management, cluster_key(in.cluster), wanted_machines(in.cluster.spec.plan, in.cluster.spec.cluster));
}

}  // namespace slipway::controllers::workloadcluster
