#include "controllers/managementcluster/observed.h"

namespace slipway::controllers::managementcluster {

bool Move::under_way() const noexcept {
  if (running) return true;
  if (!progress) return false;
  switch (progress->phase) {
    case pivot::Phase::Planned:
    case pivot::Phase::Completed:
    case pivot::Phase::RolledBack: return false;
    default: return true;
  }
}

Custody recorded_custody(const Object& self) {
  const auto value = kube::annotation(self, kCustodyAnnotation);
  if (value == "target") return Custody::Target;
  if (value == "bootstrap") return Custody::Bootstrap;
  if (value == "returned") return Custody::Returned;
  return value == "deleted" ? Custody::Deleted : Custody::None;
}

Custody custody_of(const Input& in) {
  switch (recorded_custody(*in.observed.self)) {
    case Custody::Deleted: return Custody::None;
    case Custody::Returned: return Custody::Bootstrap;
    case Custody::Target: return in.observed.back.completed() ? Custody::Bootstrap : Custody::Target;
    case Custody::Bootstrap: return in.observed.forward.completed() ? Custody::Target : Custody::Bootstrap;
    case Custody::None: break;
  }
  return in.observed.forward.completed() ? Custody::Target : Custody::None;
}

Intent record_custody(const Input& in, std::string_view value) {
  json::Value body;
  body.ref({"metadata", "annotations", kCustodyAnnotation}) = value;
  return Merge{Role::Hub, kube::res::kManagementClusterRequests, kube::key_of(*in.observed.self), std::move(body),
               std::string(kube::uid_of(*in.observed.self))};
}

ObjectKey cluster_key(const api::ManagementClusterRequest& request) { return {request.namespace_, request.name}; }

ObjectKey kubeconfig_key(const api::ManagementClusterRequest& request) {
  // Where the operator's own cluster is the bootstrap, "<name>-kubeconfig" is Cluster API's own Secret, which the pivot takes away.
  const bool shared = request.spec.bootstrap.inCluster.has_value();
  return {request.namespace_, request.name + (shared ? "-admin-kubeconfig" : "-kubeconfig")};
}

const ClusterView& view_of(const Input& in, Role role) {
  return role == Role::Target ? in.observed.target : role == Role::Bootstrap ? in.observed.bootstrap : in.observed.hub;
}

bool forced(const Input& in) { return kube::annotation(*in.observed.self, kForceDeleteAnnotation) == "true"; }

std::string package_namespace(const api::ManagementClusterRequestSpec& spec) {
  return spec.packages.repository ? spec.packages.repository->namespace_ : "tkg-system";
}

std::vector<Gvr> template_kinds(std::string_view infrastructure) {
  std::vector<Gvr> out{kube::res::kClusterClasses,
                       {"controlplane.cluster.x-k8s.io", "v1beta1", "kubeadmcontrolplanetemplates"},
                       {"bootstrap.cluster.x-k8s.io", "v1beta1", "kubeadmconfigtemplates"}};
  if (infrastructure.empty()) return out;
  for (const std::string_view kind : {"clustertemplates", "machinetemplates"})
    out.push_back({"infrastructure.cluster.x-k8s.io", "v1beta1", std::string(infrastructure) + std::string(kind)});
  return out;
}

}  // namespace slipway::controllers::managementcluster
