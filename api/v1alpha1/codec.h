// JSON in and out of the two resources, and the rules that both the CRD schema and the operator check. One source: a rule that stands here is
// also in config/crd/ (hack/generate). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "api/v1alpha1/types.h"
#include "pkg/base/error.h"

namespace slipway::api {

// One wrong field: "spec.cluster.controlPlane.replicas: Invalid value: 2: an even control plane cannot keep a majority; use 1, 3 or 5".
struct FieldError {
  std::string field;
  std::string message;  // what is wrong and what to write instead
  [[nodiscard]] std::string to_string() const { return field + ": " + message; }
};

// Lenient about metadata and status, strict about spec: unknown fields and wrong types are FieldErrors (all of them, not the first; capped at kMaxErrors of
// check.h). Defaults are filled in. Where errors is not empty the object holds what could be read.
[[nodiscard]] ManagementClusterRequest decode_management_cluster_request(const json::Value& object, std::vector<FieldError>& errors);
[[nodiscard]] WorkloadCluster decode_workload_cluster(const json::Value& object, std::vector<FieldError>& errors);

// The rules beyond types: required fields, exactly one bootstrap kind, odd control plane, durations, CIDRs, known enums, unique names. Worth asking only where
// decoding found nothing: a field of a wrong type reads as absent here.
[[nodiscard]] std::vector<FieldError> validate(const ManagementClusterRequest& request);
[[nodiscard]] std::vector<FieldError> validate(const WorkloadCluster& cluster);

// Both in one go, for an object of either kind as a user wrote it: what admission says, all at once. With `old`, also the rules about changes.
[[nodiscard]] std::vector<FieldError> check(const json::Value& object, const json::Value* old = nullptr);
// "spec.a: ...; spec.b: ...", for one message. Empty for none.
[[nodiscard]] std::string to_string(const std::vector<FieldError>& errors);

// Whole objects with apiVersion, kind, metadata (name, namespace) and spec, for the command line and for tests; no status.
[[nodiscard]] json::Value encode(const ManagementClusterRequest& request);
[[nodiscard]] json::Value encode(const WorkloadCluster& cluster);
[[nodiscard]] json::Value encode(const ClusterStatus& status);
[[nodiscard]] ClusterStatus decode_status(const json::Value& status);  // tolerant: what is missing keeps its default

// Replicas by plan where the spec gives none: dev 1/1, prod 3/3. A pool with an autoscaler starts with its min.
[[nodiscard]] std::int64_t control_plane_replicas(const std::string& plan, const ClusterSpec& cluster);
[[nodiscard]] std::int64_t worker_replicas(const std::string& plan, const WorkerPool& pool);
// The pools of the spec; one pool "md-0" where it names none and brings no manifest of its own.
[[nodiscard]] std::vector<WorkerPool> worker_pools(const ClusterSpec& cluster);

}  // namespace slipway::api
