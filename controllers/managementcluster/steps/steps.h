// Every step of a ManagementClusterRequest: pure functions, one file each. A step that serves two clusters takes the role. The order stands in ../steps.cpp.
#pragma once

#include "controllers/managementcluster/observed.h"

namespace slipway::controllers::managementcluster {

[[nodiscard]] StepPlan preflight(const Input& in);
[[nodiscard]] StepPlan bootstrap_cluster(const Input& in);
[[nodiscard]] StepPlan kapp_controller(const Input& in, Role role);
[[nodiscard]] StepPlan cert_manager(const Input& in, Role role);
[[nodiscard]] StepPlan install_providers(const Input& in, Role role);
[[nodiscard]] StepPlan install_packages(const Input& in, Role role);
[[nodiscard]] StepPlan release_present(const Input& in);
[[nodiscard]] StepPlan create_cluster(const Input& in);
[[nodiscard]] StepPlan control_plane(const Input& in);
[[nodiscard]] StepPlan target_kubeconfig(const Input& in);
[[nodiscard]] StepPlan cluster_initialized(const Input& in);
[[nodiscard]] StepPlan ready_for_move(const Input& in);
[[nodiscard]] StepPlan addons(const Input& in);
[[nodiscard]] StepPlan cluster_bootstrap(const Input& in);
[[nodiscard]] StepPlan pivot_forward(const Input& in);
[[nodiscard]] StepPlan cluster_annotations(const Input& in);
[[nodiscard]] StepPlan verify_target(const Input& in);
[[nodiscard]] StepPlan hand_over(const Input& in);
[[nodiscard]] StepPlan self_destruct(const Input& in);

// Deletion only.
[[nodiscard]] StepPlan deletion_guard(const Input& in);
[[nodiscard]] StepPlan finish_move(const Input& in);
[[nodiscard]] StepPlan bootstrap_again(const Input& in);
[[nodiscard]] StepPlan pivot_back(const Input& in);
[[nodiscard]] StepPlan delete_cluster(const Input& in);
[[nodiscard]] StepPlan destroy_bootstrap(const Input& in);

// ---- parts of steps -----------------------------------------------------------------------------------------------------------------
// Brings components about: what is not there as its hash says is applied in stages (CRDs, Namespaces, the rest, Deployments, the inventory entry last, so that
// what is last proves the others), then waited for.
[[nodiscard]] StepPlan install(const Input& in, Role role, std::span<const Resolved* const> sets);
// The first part of it, where Slipway issues certificates itself: those that are due. Nothing where none is.
[[nodiscard]] std::optional<StepPlan> issue_certificates(const Input& in, Role role, std::span<const Resolved* const> sets);
// The Cluster as the spec wants it (with the manifest's other objects where it brings one).
[[nodiscard]] std::vector<Object> wanted_cluster(const Input& in, const ClusterView& view);
}  // namespace slipway::controllers::managementcluster
