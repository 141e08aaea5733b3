#include "pkg/simcloud/crds.h"

#include "pkg/base/strings.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {

kube::Object make_crd(const CrdRow& row) {
  const std::string plural = plural_of(row.kind);
  kube::Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", plural + "." + std::string(row.group)});
  const json::Value any = object_of({{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}});
  json::Value schema = object_of({{"type", "object"}, {"properties", object_of({{"spec", any}, {"status", any}})}});
  json::Value version = object_of({{"name", row.version},
                                   {"served", true},
                                   {"storage", true},
                                   {"schema", object_of({{"openAPIV3Schema", std::move(schema)}})},
                                   {"subresources", object_of({{"status", json::Value(json::Object())}})}});
  for (const Column& column : row.columns)
    version.ref("additionalPrinterColumns").push_back(object_of({{"name", column.name}, {"type", column.type}, {"jsonPath", column.path}}));
  version.ref("additionalPrinterColumns").push_back(object_of({{"name", "Age"}, {"type", "date"}, {"jsonPath", ".metadata.creationTimestamp"}}));
  crd.set(
      "spec",
      object_of({{"group", row.group},
                 {"scope", row.namespaced ? "Namespaced" : "Cluster"},
                 {"names", object_of({{"kind", row.kind}, {"listKind", std::string(row.kind) + "List"}, {"plural", plural}, {"singular", to_lower(row.kind)}})},
                 {"versions", list_of({version})}}));
  if (!row.short_name.empty()) crd.ref({"spec", "names", "shortNames"}) = list_of({row.short_name});
  return crd;
}

namespace {

std::vector<kube::Object> make_all(std::initializer_list<CrdRow> rows) {
  std::vector<kube::Object> out;
  for (const CrdRow& row : rows) out.push_back(make_crd(row));
  return out;
}

}  // namespace

kube::Object simulated_cluster_crd() {
  return make_crd({"sim.slipway.dev",
                   "v1alpha1",
                   "SimulatedCluster",
                   true,
                   {{"Phase", "string", ".status.phase"}, {"Version", "string", ".spec.kubernetesVersion"}, {"Message", "string", ".status.message"}}});
}

std::vector<kube::Object> kapp_controller_crds() {
  return make_all({{"packaging.carvel.dev",
                    "v1alpha1",
                    "PackageInstall",
                    true,
                    {{"Package name", "string", ".spec.packageRef.refName"},
                     {"Package version", "string", ".status.version"},
                     {"Description", "string", ".status.friendlyDescription"}},
                    "pkgi"},
                   {"packaging.carvel.dev", "v1alpha1", "PackageRepository", true, {{"Description", "string", ".status.friendlyDescription"}}, "pkgr"}});
}

std::vector<kube::Object> release_crds() {
  return make_all({{"run.tanzu.vmware.com",
                    "v1alpha3",
                    "TanzuKubernetesRelease",
                    false,
                    {{"Version", "string", ".spec.version"},
                     {"Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"},
                     {"Compatible", "string", ".status.conditions[?(@.type==\"Compatible\")].status"}},
                    "tkr"},
                   {"run.tanzu.vmware.com", "v1alpha3", "OSImage", false, {{"K8s version", "string", ".spec.kubernetesVersion"}}},
                   {"run.tanzu.vmware.com",
                    "v1alpha3",
                    "ClusterBootstrap",
                    true,
                    {{"CNI", "string", ".spec.cni.refName"}, {"Resolved_TKR", "string", ".status.resolvedTKR"}}},
                   {"run.tanzu.vmware.com", "v1alpha3", "ClusterBootstrapTemplate", true, {{"CNI", "string", ".spec.cni.refName"}}}});
}

std::vector<kube::Object> addons_crds() {
  return make_all({{"run.tanzu.vmware.com", "v1alpha3", "KappControllerConfig", true, {}},
                   {"cni.tanzu.vmware.com", "v1alpha1", "AntreaConfig", true, {}},
                   {"cni.tanzu.vmware.com", "v1alpha1", "CalicoConfig", true, {}},
                   {"cpi.tanzu.vmware.com", "v1alpha1", "VSphereCPIConfig", true, {}},
                   {"csi.tanzu.vmware.com", "v1alpha1", "VSphereCSIConfig", true, {}}});
}

}  // namespace slipway::simcloud
