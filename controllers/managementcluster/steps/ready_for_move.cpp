// All machines are there and are nodes, as many as the spec says (tanzu.md 1.1 step 20).
#include "controllers/cluster_spec.h"
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan ready_for_move(const Input& in) {
  return cluster_complete(in.observed.bootstrap, cluster_key(in.request), wanted_machines(in.request.spec.plan, in.request.spec.cluster));
}

}  // namespace slipway::controllers::managementcluster
