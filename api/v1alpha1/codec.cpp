#include "api/v1alpha1/codec.h"

#include "api/v1alpha1/check.h"
#include "api/v1alpha1/reflect.h"
#include "pkg/base/strings.h"

namespace slipway::api {
namespace {

void check_envelope(const Resource& resource, const json::Value& object, std::vector<FieldError>& errors) {
  const auto expect = [&](std::string_view field, std::string_view wanted) {
    const json::Value* value = object.find(field);  // absent in elements of a list: fine
    if (value != nullptr && value->as_string() != wanted) errors.push_back({std::string(field), "must be " + std::string(wanted)});
  };
  expect("apiVersion", kGroupVersion);
  expect("kind", resource.kind);
  std::size_t unknown = 0;
  for (const json::Member& member : object.object()) {
    if (member.key == "apiVersion" || member.key == "kind" || member.key == "metadata" || member.key == "spec" || member.key == "status") continue;
    if (++unknown <= kMaxErrors) errors.push_back({quoted(member.key), "unknown field; known here: apiVersion, kind, metadata, spec"});
  }
  if (!object["spec"].is_object()) errors.push_back({"spec", object.contains("spec") ? "must be an object" : "is required"});
}

// The spec with its defaults; an empty object where there is none.
json::Value defaulted_spec(const Resource& resource, const json::Value& object) {
  json::Value spec = object["spec"].is_object() ? object["spec"] : json::Value(json::Object{});
  apply_defaults(*resource.spec, spec);
  return spec;
}

template <class T>
T decode(const Resource& resource, const json::Value& object, std::vector<FieldError>& errors) {
  check_envelope(resource, object, errors);
  const json::Value spec = defaulted_spec(resource, object);
  check_value(*resource.spec, spec, nullptr, "spec", Checks::Types, errors);
  T out;
  const json::Value& metadata = object["metadata"];
  out.name = metadata["name"].str();
  out.namespace_ = metadata["namespace"].str();
  out.uid = metadata["uid"].str();
  out.generation = metadata["generation"].as_int();
  reflect::read(spec, out.spec);
  out.status = decode_status(object["status"]);
  return out;
}

template <class T>
json::Value encode_object(const Resource& resource, const T& from) {
  json::Value object;
  object.set("apiVersion", kGroupVersion);
  object.set("kind", resource.kind);
  object.ref("metadata").set("name", from.name);
  if (!from.namespace_.empty()) object.ref("metadata").set("namespace", from.namespace_);
  object.set("spec", reflect::write(from.spec));
  return object;
}

template <class T>
std::vector<FieldError> validate_object(const Resource& resource, const T& from) {
  std::vector<FieldError> errors;
  const json::Value object = encode_object(resource, from);
  check_resource_rules(resource, object, errors);
  check_value(*resource.spec, object["spec"], nullptr, "spec", Checks::Values, errors);
  return errors;
}

std::int64_t by_plan(const std::string& plan) { return plan == "prod" ? 3 : 1; }

}  // namespace

ManagementClusterRequest decode_management_cluster_request(const json::Value& object, std::vector<FieldError>& errors) {
  return decode<ManagementClusterRequest>(management_cluster_requests(), object, errors);
}
WorkloadCluster decode_workload_cluster(const json::Value& object, std::vector<FieldError>& errors) {
  return decode<WorkloadCluster>(workload_clusters(), object, errors);
}

std::vector<FieldError> validate(const ManagementClusterRequest& request) { return validate_object(management_cluster_requests(), request); }
std::vector<FieldError> validate(const WorkloadCluster& cluster) { return validate_object(workload_clusters(), cluster); }

std::vector<FieldError> check(const json::Value& object, const json::Value* old) {
  std::vector<FieldError> errors;
  const std::string_view kind = object["kind"].as_string();
  const bool management = kind == management_cluster_requests().kind;
  if (!management && kind != workload_clusters().kind) {
    errors.push_back({"kind", "must be ManagementClusterRequest or WorkloadCluster"});
    return errors;
  }
  const Resource& resource = management ? management_cluster_requests() : workload_clusters();
  check_envelope(resource, object, errors);
  if (!object["spec"].is_object()) return errors;
  check_resource_rules(resource, object, errors);
  const json::Value old_spec = old == nullptr ? json::Value() : defaulted_spec(resource, *old);
  check_value(*resource.spec, defaulted_spec(resource, object), old == nullptr ? nullptr : &old_spec, "spec", Checks::All, errors);
  return errors;
}

std::string to_string(const std::vector<FieldError>& errors) {
  std::vector<std::string> parts;
  parts.reserve(errors.size());
  for (const FieldError& error : errors) parts.push_back(error.to_string());
  return join(parts, "; ");
}

json::Value encode(const ManagementClusterRequest& request) { return encode_object(management_cluster_requests(), request); }
json::Value encode(const WorkloadCluster& cluster) { return encode_object(workload_clusters(), cluster); }

json::Value encode(const ClusterStatus& status) { return reflect::write(status); }

ClusterStatus decode_status(const json::Value& status) {
  ClusterStatus out;
  reflect::read(status, out);
  return out;
}

std::int64_t control_plane_replicas(const std::string& plan, const ClusterSpec& cluster) { return cluster.controlPlane.replicas.value_or(by_plan(plan)); }

std::int64_t worker_replicas(const std::string& plan, const WorkerPool& pool) {
  return pool.replicas.value_or(pool.autoscaler ? pool.autoscaler->min : by_plan(plan));
}

std::vector<WorkerPool> worker_pools(const ClusterSpec& cluster) {
  if (!cluster.workers.empty() || cluster.manifestRef) return cluster.workers;
  WorkerPool pool;
  pool.name = "md-0";
  return {pool};
}

}  // namespace slipway::api
