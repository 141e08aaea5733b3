// The pod network of the management cluster (tanzu.md 1.1 step 21).
#include "controllers/cluster_spec.h"
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan addons(const Input& in) { return pod_network(in.observed.target, in.request.spec.cluster.network.cni); }

}  // namespace slipway::controllers::managementcluster
