// What the steps of a WorkloadCluster read: a plain value, gathered by observe.cpp or built by a test.
#pragma once

#include <string>
#include <vector>

#include "api/v1alpha1/types.h"
#include "api/v1alpha1/vocabulary.h"
#include "controllers/applied.h"
#include "controllers/cluster_view.h"
#include "controllers/step.h"
#include "pkg/base/time.h"

namespace slipway::controllers::workloadcluster {

struct Observed {
  ObjectPtr self;
  ClusterView hub;         // Secrets and ConfigMaps of the resource's namespace
  ClusterView management;  // where the Cluster lives
  ClusterView workload;    // the cluster itself
  ObjectPtr request;       // the ManagementClusterRequest that is referred to; null where there is none
  bool in_hub = false;     // no reference: the hub manages the cluster itself
  std::vector<Object> manifest;
  std::string manifest_error;
  const AppliedMemory* applied = nullptr;
};

struct Env {
  WallTime now;
};

struct Input {
  const api::WorkloadCluster& cluster;
  const Observed& observed;
  const Env& env;
};

[[nodiscard]] ObjectKey cluster_key(const api::WorkloadCluster& cluster);     // of the Cluster: namespace and name of the resource
[[nodiscard]] ObjectKey kubeconfig_key(const api::WorkloadCluster& cluster);  // of the Secret, on the management cluster and in the hub
[[nodiscard]] ObjectKey request_key(const api::WorkloadCluster& cluster);     // of the ManagementClusterRequest
[[nodiscard]] bool forced(const Input& in);                                   // annotation slipway.dev/force-delete

}  // namespace slipway::controllers::workloadcluster
