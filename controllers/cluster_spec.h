// What both kinds say about a cluster, made ready for pkg/topology: defaults that depend on each other, and the checks of a Cluster against it. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/cluster_view.h"
#include "controllers/step.h"
#include "pkg/base/time.h"
#include "pkg/topology/topology.h"

namespace slipway::controllers {

struct ClusterWish {
  ObjectKey key;
  const std::string& plan;
  const std::string& release;
  const api::ClusterSpec& cluster;
  api::Infrastructure infrastructure;
  const std::optional<api::Proxy>& proxy;
  const std::optional<api::Registry>& registry;
  bool management = false;
};
// The Cluster object. What is written once, at creation, is taken from `live` where it is there.
[[nodiscard]] Object render(const ClusterWish& wish, const ObjectPtr& live, WallTime now);

[[nodiscard]] std::string effective_class(const api::ClusterSpec& cluster, const api::Infrastructure& infrastructure);
[[nodiscard]] std::string effective_version(const api::ClusterSpec& cluster, std::string_view release);
[[nodiscard]] std::string version_of_release(std::string_view release);  // "v1.24.9---vmware.1-tkg.1" -> "v1.24.9+vmware.1"

// How many machines the spec wants; nothing where a manifest or an autoscaler says it.
struct MachineCount {
  std::optional<std::int64_t> control_plane;
  std::optional<std::int64_t> workers;
  std::int64_t pools = 0;
};
[[nodiscard]] MachineCount wanted_machines(const std::string& plan, const api::ClusterSpec& cluster);
// Control plane and pools are told the wanted numbers, all replicas are ready, all machines are nodes.
[[nodiscard]] StepPlan cluster_complete(const ClusterView& view, const ObjectKey& cluster, const MachineCount& wanted);
// The Deployment that stands for the pod network. Done, waiting, or skipped for "none".
[[nodiscard]] StepPlan pod_network(const ClusterView& view, const std::string& cni);

}  // namespace slipway::controllers
