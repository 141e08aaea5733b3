// The kinds that every kube-apiserver serves, as far as the demo, kubectl and the tests ask for them: names, scopes, verbs and subresources of
// Kubernetes 1.32 (pkg/registry/*/rest). Bodies are not typed: what is written is stored.
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

namespace {

using Names = std::initializer_list<std::string_view>;

struct Row {
  std::string_view group, version, resource, kind;
  bool namespaced;
  bool has_status, has_scale, counts_generation;
  Names short_names, categories, subresources, verbs;
};

constexpr bool kNamespaced = true, kCluster = false;
constexpr bool kStatus = true, kScale = true, kGeneration = true, kNo = false;

std::vector<std::string> strings(Names names) { return {names.begin(), names.end()}; }

ResourceDef definition(const Row& row) {
  ResourceDef def;
  def.gvr = {std::string(row.group), std::string(row.version), std::string(row.resource), row.namespaced};
  def.kind = row.kind;
  def.list_kind = def.kind + "List";
  def.singular = to_lower(row.kind);
  def.short_names = strings(row.short_names);
  def.categories = strings(row.categories);
  def.storage_version = row.version;
  def.has_status = row.has_status;
  def.has_scale = row.has_scale;
  def.counts_generation = row.counts_generation;
  def.verbs = strings(row.verbs);
  def.extra_subresources = strings(row.subresources);
  return def;
}

}  // namespace

std::vector<ResourceDef> builtin_kinds() {
  // clang-format off
  const Row rows[] = {
      {"", "v1", "bindings", "Binding", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"", "v1", "configmaps", "ConfigMap", kNamespaced, kNo, kNo, kNo, {"cm"}, {}, {}, {}},
      {"", "v1", "endpoints", "Endpoints", kNamespaced, kNo, kNo, kNo, {"ep"}, {}, {}, {}},
      {"", "v1", "events", "Event", kNamespaced, kNo, kNo, kNo, {"ev"}, {}, {}, {}},
      {"", "v1", "limitranges", "LimitRange", kNamespaced, kNo, kNo, kNo, {"limits"}, {}, {}, {}},
      // Real servers have no deletecollection for namespaces.
      {"", "v1", "namespaces", "Namespace", kCluster, kStatus, kNo, kNo, {"ns"}, {}, {"finalize"},
       {"create", "delete", "get", "list", "patch", "update", "watch"}},
      {"", "v1", "nodes", "Node", kCluster, kStatus, kNo, kNo, {"no"}, {}, {}, {}},
      {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", kNamespaced, kStatus, kNo, kNo, {"pvc"}, {}, {}, {}},
      {"", "v1", "persistentvolumes", "PersistentVolume", kCluster, kStatus, kNo, kNo, {"pv"}, {}, {}, {}},
      {"", "v1", "pods", "Pod", kNamespaced, kStatus, kNo, kNo, {"po"}, {"all"}, {}, {}},
      {"", "v1", "podtemplates", "PodTemplate", kNamespaced, kNo, kNo, kGeneration, {}, {}, {}, {}},
      {"", "v1", "replicationcontrollers", "ReplicationController", kNamespaced, kStatus, kNo, kGeneration, {"rc"}, {"all"}, {}, {}},
      {"", "v1", "resourcequotas", "ResourceQuota", kNamespaced, kStatus, kNo, kNo, {"quota"}, {}, {}, {}},
      {"", "v1", "secrets", "Secret", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {}},
      {"", "v1", "serviceaccounts", "ServiceAccount", kNamespaced, kNo, kNo, kNo, {"sa"}, {}, {}, {}},
      {"", "v1", "services", "Service", kNamespaced, kStatus, kNo, kNo, {"svc"}, {"all"}, {}, {}},
      {"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", kCluster, kNo, kNo, kGeneration, {}, {"api-extensions"}, {}, {}},
      {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", kCluster, kStatus, kNo, kGeneration, {}, {"api-extensions"}, {}, {}},
      {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", kCluster, kNo, kNo, kGeneration, {}, {"api-extensions"}, {}, {}},
      {"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", kCluster, kNo, kNo, kGeneration, {}, {"api-extensions"}, {}, {}},
      {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", kCluster, kStatus, kNo, kGeneration, {"crd", "crds"}, {"api-extensions"}, {}, {}},
      {"apiregistration.k8s.io", "v1", "apiservices", "APIService", kCluster, kStatus, kNo, kNo, {}, {"api-extensions"}, {}, {}},
      {"apps", "v1", "controllerrevisions", "ControllerRevision", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {}},
      {"apps", "v1", "daemonsets", "DaemonSet", kNamespaced, kStatus, kNo, kGeneration, {"ds"}, {"all"}, {}, {}},
      {"apps", "v1", "deployments", "Deployment", kNamespaced, kStatus, kScale, kGeneration, {"deploy"}, {"all"}, {}, {}},
      {"apps", "v1", "replicasets", "ReplicaSet", kNamespaced, kStatus, kScale, kGeneration, {"rs"}, {"all"}, {}, {}},
      {"apps", "v1", "statefulsets", "StatefulSet", kNamespaced, kStatus, kScale, kGeneration, {"sts"}, {"all"}, {}, {}},
      {"authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", kCluster, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", kCluster, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", kCluster, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", kCluster, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", kCluster, kNo, kNo, kNo, {}, {}, {}, {"create"}},
      {"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", kNamespaced, kStatus, kNo, kNo, {"hpa"}, {"all"}, {}, {}},
      {"batch", "v1", "cronjobs", "CronJob", kNamespaced, kStatus, kNo, kGeneration, {"cj"}, {"all"}, {}, {}},
      {"batch", "v1", "jobs", "Job", kNamespaced, kStatus, kNo, kGeneration, {}, {"all"}, {}, {}},
      {"certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", kCluster, kStatus, kNo, kNo, {"csr"}, {}, {}, {}},
      {"coordination.k8s.io", "v1", "leases", "Lease", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {}},
      {"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", kNamespaced, kNo, kNo, kGeneration, {}, {}, {}, {}},
      {"events.k8s.io", "v1", "events", "Event", kNamespaced, kNo, kNo, kNo, {"ev"}, {}, {}, {}},
      {"networking.k8s.io", "v1", "ingressclasses", "IngressClass", kCluster, kNo, kNo, kGeneration, {}, {}, {}, {}},
      {"networking.k8s.io", "v1", "ingresses", "Ingress", kNamespaced, kStatus, kNo, kGeneration, {"ing"}, {}, {}, {}},
      {"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", kNamespaced, kNo, kNo, kGeneration, {"netpol"}, {}, {}, {}},
      {"node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", kCluster, kNo, kNo, kNo, {}, {}, {}, {}},
      {"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", kNamespaced, kStatus, kNo, kGeneration, {"pdb"}, {}, {}, {}},
      {"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", kCluster, kNo, kNo, kNo, {}, {}, {}, {}},
      {"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", kCluster, kNo, kNo, kNo, {}, {}, {}, {}},
      {"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {}},
      {"rbac.authorization.k8s.io", "v1", "roles", "Role", kNamespaced, kNo, kNo, kNo, {}, {}, {}, {}},
      {"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", kCluster, kNo, kNo, kGeneration, {"pc"}, {}, {}, {}},
      {"storage.k8s.io", "v1", "csidrivers", "CSIDriver", kCluster, kNo, kNo, kNo, {}, {}, {}, {}},
      {"storage.k8s.io", "v1", "csinodes", "CSINode", kCluster, kNo, kNo, kNo, {}, {}, {}, {}},
      {"storage.k8s.io", "v1", "storageclasses", "StorageClass", kCluster, kNo, kNo, kNo, {"sc"}, {}, {}, {}},
      {"storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", kCluster, kStatus, kNo, kNo, {}, {}, {}, {}},
  };
  // clang-format on
  std::vector<ResourceDef> kinds;
  kinds.reserve(std::size(rows));
  for (const Row& row : rows) kinds.push_back(definition(row));
  return kinds;
}

}  // namespace slipway::kubesim
