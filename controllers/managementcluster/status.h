// status of a ManagementClusterRequest: from what was, what was observed and what the walk found. Pure; any thread.
#pragma once

#include <vector>

#include "controllers/managementcluster/observed.h"
#include "controllers/outage.h"
#include "controllers/pass.h"

namespace slipway::controllers::managementcluster {

[[nodiscard]] api::ClusterStatus make_status(const Input& in, const Pass& pass, bool deleting);
// The clusters that the status rests on: they must outlive the result.
[[nodiscard]] std::vector<Reliance> reliances_of(const Input& in);
[[nodiscard]] api::ClusterStatus quiet_status(const api::ManagementClusterRequest& request, const Summary& summary, WallTime now);

}  // namespace slipway::controllers::managementcluster
