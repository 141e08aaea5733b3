// Cluster API objects rendered from our specs, and the predicates over their status. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "api/v1alpha1/types.h"
#include "pkg/kube/types.h"

namespace slipway::topology {

struct ClusterRequest {  // what both resources have in common
  kube::ObjectKey key;
  std::string plan;
  std::string release;
  api::ClusterSpec cluster;
  api::Infrastructure infrastructure;
  bool management = false;      // label cluster-role.tkg.tanzu.vmware.com/management
  std::string operation_start;  // RFC 3339, for TKGOperationInfo
};
// A cluster.x-k8s.io/v1beta1 Cluster with a topology and Tanzu's annotations (tkg/plan, TKGOperationInfo, resolve-tkr; reference: tanzu.md 0.5).
[[nodiscard]] kube::Object render_cluster(const ClusterRequest& request);

// What a wait is about: done, or the reason in the words of the deepest object that tells one (Machine, infrastructure machine, then the Cluster).
struct Readiness {
  bool ready = false;
  bool failed = false;  // an object says that it will not get better by itself (failureReason, severity Error)
  std::string reason;   // CamelCase
  std::string message;
  std::int64_t have = 0;
  std::int64_t want = 0;
};
// tanzu.md 0.3, with counts where the original is vacuously true.
[[nodiscard]] Readiness cluster_initialized(const kube::Object& cluster);  // ControlPlaneReady and InfrastructureReady
[[nodiscard]] Readiness control_plane_available(std::span<const kube::ObjectPtr> kcps, std::span<const kube::ObjectPtr> machines);
[[nodiscard]] Readiness control_plane_replicas(std::span<const kube::ObjectPtr> kcps);
[[nodiscard]] Readiness workers_replicas(std::span<const kube::ObjectPtr> machine_deployments, std::int64_t expected_pools);
[[nodiscard]] Readiness machines_have_nodes(std::span<const kube::ObjectPtr> machines, std::int64_t expected);
[[nodiscard]] Readiness deployment_available(const kube::ObjectPtr& deployment, const kube::ObjectKey& key);  // Available at this generation

}  // namespace slipway::topology
