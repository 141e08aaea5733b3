// status of a ManagementClusterRequest: from what was, what was observed and what the walk found. Pure; any thread.
#pragma once

#include "controllers/managementcluster/observed.h"
#include "controllers/pass.h"

namespace slipway::controllers::managementcluster {

[[nodiscard]] api::ClusterStatus make_status(const Input& in, const Pass& pass, bool deleting);
[[nodiscard]] api::ClusterStatus quiet_status(const api::ManagementClusterRequest& request, const Summary& summary, WallTime now);

}  // namespace slipway::controllers::managementcluster
