#include "controllers/workloadcluster/observed.h"

namespace slipway::controllers::workloadcluster {

ObjectKey cluster_key(const api::WorkloadCluster& cluster) { return {cluster.namespace_, cluster.name}; }
ObjectKey kubeconfig_key(const api::WorkloadCluster& cluster) { return {cluster.namespace_, cluster.name + "-kubeconfig"}; }

ObjectKey request_key(const api::WorkloadCluster& cluster) {
  if (!cluster.spec.managementClusterRef) return {};
  const api::NamespacedRef& ref = *cluster.spec.managementClusterRef;
  return {ref.namespace_.empty() ? cluster.namespace_ : ref.namespace_, ref.name};
}

bool forced(const Input& in) { return kube::annotation(*in.observed.self, api::kForceDeleteAnnotation) == "true"; }

}  // namespace slipway::controllers::workloadcluster
