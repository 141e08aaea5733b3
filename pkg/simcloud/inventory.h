// What the bootstrap cluster of the demo holds at its pivot, object by object, and where each comes from: every object of the kinds whose CRD is labelled
// for clusterctl, and every Secret and ConfigMap, in all namespaces. 145 in all; the kinds and numbers that a recorded run of a real management cluster
// (vSphere, Cluster API v1.2.8) gives are met exactly for twenty of the kinds. The eight others, 17 objects, are kinds that such a cluster has and whose number
// there is not recorded: Provider 5, ClusterIssuer 1, InClusterIPPool 2, IPAddressClaim 2, IPAddress 2, VSphereFailureDomain 2, VSphereDeploymentZone 2,
// VSphereClusterIdentity 1. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

namespace slipway::simcloud {

struct InventoryRow {
  std::string_view kind;
  std::string_view ns;    // empty: cluster-scoped
  std::string_view name;  // "*" stands for five characters that follow from other names
  std::string_view from;  // who makes it
};
[[nodiscard]] std::span<const InventoryRow> inventory_table() noexcept;
[[nodiscard]] bool matches(const InventoryRow& row, std::string_view kind, std::string_view ns, std::string_view name) noexcept;

}  // namespace slipway::simcloud
