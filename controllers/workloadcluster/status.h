// status of a WorkloadCluster. Pure; any thread.
#pragma once

#include "controllers/pass.h"
#include "controllers/workloadcluster/observed.h"

namespace slipway::controllers::workloadcluster {

[[nodiscard]] api::ClusterStatus make_status(const Input& in, const Pass& pass, bool deleting);
[[nodiscard]] api::ClusterStatus quiet_status(const api::WorkloadCluster& cluster, const Summary& summary, WallTime now);

}  // namespace slipway::controllers::workloadcluster
