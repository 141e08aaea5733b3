// What controllers do on another API server of the world: the addons manager and kapp-controller on a workload cluster. Thread: the loop's only.
#pragma once

#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

// A PackageInstall with spec.cluster puts kapp-controller there. False while its Deployment is not Available yet, or the cluster is not up.
Awaitable<Result<bool>> deploy_to_cluster(Env env, ObjectPtr install);
// The name in the world of the API server of a Cluster.
[[nodiscard]] std::string cluster_server(const ObjectKey& cluster);

}  // namespace slipway::simcloud
