// status of a WorkloadCluster. Pure; any thread.
#pragma once

#include <vector>

#include "controllers/outage.h"
#include "controllers/pass.h"
#include "controllers/workloadcluster/observed.h"

namespace slipway::controllers::workloadcluster {

[[nodiscard]] api::ClusterStatus make_status(const Input& in, const Pass& pass, bool deleting);
// The clusters that the status rests on: they must outlive the result.
[[nodiscard]] std::vector<Reliance> reliances_of(const Input& in);
[[nodiscard]] api::ClusterStatus quiet_status(const api::WorkloadCluster& cluster, const Summary& summary, WallTime now);

}  // namespace slipway::controllers::workloadcluster
