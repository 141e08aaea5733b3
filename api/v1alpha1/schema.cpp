#include "api/v1alpha1/schema.h"

#include "api/v1alpha1/reflect.h"

namespace slipway::api {
namespace {

constexpr std::string_view kReadyStatus = R"(.status.conditions[?(@.type=="Ready")].status)";
constexpr std::string_view kReadyReason = R"(.status.conditions[?(@.type=="Ready")].reason)";
constexpr std::string_view kReadyMessage = R"(.status.conditions[?(@.type=="Ready")].message)";

std::vector<Column> first_columns() {
  return {
      {"Phase", "string", ".status.phase", "Where the cluster is in its life."},
      {"Progress", "string", ".status.progress", "Steps done of all."},
      {"Ready", "string", kReadyStatus, "Status of the condition Ready."},
      {"ControlPlane", "string", ".status.controlPlane", "Control plane machines, ready of all."},
      {"Workers", "string", ".status.workers", "Workers, ready of all."},
      {"Version", "string", ".status.version", "Kubernetes version that runs."},
  };
}

void last_columns(std::vector<Column>& columns) {
  columns.push_back({"Age", "date", ".metadata.creationTimestamp", "Time since the resource was created."});
  columns.push_back({"Reason", "string", kReadyReason, "Reason of the condition Ready.", true});
  columns.push_back({"Message", "string", kReadyMessage, "Message of the condition Ready.", true});
}

}  // namespace

const FieldInfo* TypeInfo::find(std::string_view field) const noexcept {
  for (const FieldInfo& f : fields)
    if (f.name == field) return &f;
  return nullptr;
}

const Resource& management_cluster_requests() {
  static const Resource resource = [] {
    Resource r{"ManagementClusterRequest",
               "managementclusterrequests",
               "managementclusterrequest",
               "mcr",
               "ManagementClusterRequest asks for a Cluster API management cluster: it is raised from a bootstrap cluster, which is taken down afterwards.",
               &reflect::type_info<ManagementClusterRequestSpec>(),
               &reflect::type_info<ClusterStatus>(),
               first_columns()};
    last_columns(r.columns);
    return r;
  }();
  return resource;
}

const Resource& workload_clusters() {
  static const Resource resource = [] {
    Resource r{"WorkloadCluster",
               "workloadclusters",
               "workloadcluster",
               "wlc",
               "WorkloadCluster asks a management cluster for a cluster that runs workloads.",
               &reflect::type_info<WorkloadClusterSpec>(),
               &reflect::type_info<ClusterStatus>(),
               first_columns()};
    // With NAME, NAMESPACE (-A) and PHASE these are all the columns of `tanzu cluster list`.
    r.columns.push_back({"Roles", "string", ".status.roles", "Roles of the cluster."});
    r.columns.push_back({"Plan", "string", ".spec.plan", "Plan of the cluster."});
    r.columns.push_back({"TKR", "string", ".status.release", "TanzuKubernetesRelease that runs."});
    last_columns(r.columns);
    return r;
  }();
  return resource;
}

void apply_defaults(const TypeInfo& type, json::Value& object) {
  if (type.shape == Shape::List && type.element->shape == Shape::Object && object.is_array()) {
    for (json::Value& element : object.make_array()) apply_defaults(*type.element, element);
  }
  if (type.shape != Shape::Object || !object.is_object()) return;
  for (const FieldInfo& field : type.fields) {
    json::Value* value = object.find_mut(field.name);
    if (field.fallback && (value == nullptr || value->is_null())) {
      object.set(field.name, *field.fallback);
      value = object.find_mut(field.name);
    }
    if (value != nullptr) apply_defaults(*field.type, *value);
  }
}

}  // namespace slipway::api
