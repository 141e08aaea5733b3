// Every step of a WorkloadCluster: pure functions. The order stands in ../steps.cpp.
#pragma once

#include "controllers/workloadcluster/observed.h"

namespace slipway::controllers::workloadcluster {

[[nodiscard]] StepPlan preflight(const Input& in);
[[nodiscard]] StepPlan management_cluster(const Input& in);
[[nodiscard]] StepPlan release_present(const Input& in);
[[nodiscard]] StepPlan create_cluster(const Input& in);
[[nodiscard]] StepPlan cluster_initialized(const Input& in);
[[nodiscard]] StepPlan control_plane(const Input& in);
[[nodiscard]] StepPlan kubeconfig(const Input& in);
[[nodiscard]] StepPlan nodes(const Input& in);
[[nodiscard]] StepPlan addons(const Input& in);
[[nodiscard]] StepPlan core_packages(const Input& in);
[[nodiscard]] StepPlan packages(const Input& in);

// Deletion only.
[[nodiscard]] StepPlan delete_cluster(const Input& in);

}  // namespace slipway::controllers::workloadcluster
