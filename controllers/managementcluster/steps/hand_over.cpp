// Where the operator runs in the bootstrap cluster itself, it would have to move along. Not in this version: it stays where it is, and says so.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan hand_over(const Input& in) {
  if (!in.request.spec.bootstrap.inCluster) return skipped("the operator does not run in the bootstrap cluster");
  return skipped("the operator stays in this cluster; to run it on the management cluster, install it there and create this request there too",
                 "HandOverNotSupported");
}

}  // namespace slipway::controllers::managementcluster
