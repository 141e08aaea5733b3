// The ClusterClass that package tkg-clusterclass-<infra> brings. The same bytes on every cluster, so that a class that is there already on both sides of a move
// is the same class.
#include "pkg/simcloud/brought.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kCoreVersion = "cluster.x-k8s.io/v1beta1";
constexpr std::string_view kBootstrapVersion = "bootstrap.cluster.x-k8s.io/v1beta1";
constexpr std::string_view kControlPlaneVersion = "controlplane.cluster.x-k8s.io/v1beta1";

struct ClassNames {
  explicit ClassNames(const InfraKind& infra) : base("tkg-" + std::string(infra.name) + "-default-v1.0.0") {}
  [[nodiscard]] ObjectKey key(std::string_view part) const { return {std::string(kSystemNamespace), base + std::string(part)}; }
  std::string base;
};

json::Value reference(std::string_view api_version, std::string kind, const ObjectKey& key) {
  return object_of({{"apiVersion", api_version}, {"kind", std::move(kind)}, {"name", key.name}, {"namespace", key.ns}});
}

Object make_template(std::string_view api_version, std::string kind, const ObjectKey& key, json::Value spec) {
  Object object = kube::make_object(api_version, kind, key);
  object.ref({"spec", "template", "spec"}) = std::move(spec);
  return object;
}

json::Value machine_spec(const InfraKind& infra, std::int64_t memory) {
  if (infra.name == "vsphere")
    return object_of({{"cloneMode", "fullClone"},
                      {"datacenter", "/dc0"},
                      {"datastore", "/dc0/datastore/sharedVmfs-0"},
                      {"diskGiB", 40},
                      {"memoryMiB", memory},
                      {"numCPUs", 2},
                      {"network", object_of({{"devices", list_of({object_of({{"dhcp4", true}, {"networkName", "/dc0/network/VM Network"}})})}})},
                      {"resourcePool", "/dc0/host/cluster0/Resources/tkg"},
                      {"template", "/dc0/vm/ubuntu-2004-kube-v1.24.9"}});
  if (infra.name == "docker") return object_of({{"customImage", "registry.example.com/tkg/kind/node:v1.24.9_vmware.1"}});
  return object_of({{"instanceType", infra.name == "aws" ? "t3.large" : "Standard_D2s_v3"}});
}

json::Value health_check() {
  json::Value conditions = list_of(
      {object_of({{"type", "Ready"}, {"status", "Unknown"}, {"timeout", "5m0s"}}), object_of({{"type", "Ready"}, {"status", "False"}, {"timeout", "12m0s"}})});
  return object_of({{"maxUnhealthy", "100%"}, {"nodeStartupTimeout", "20m0s"}, {"unhealthyConditions", std::move(conditions)}});
}

Object make_class(const InfraKind& infra, const ClassNames& names) {
  const std::string machine_template = std::string(infra.machine) + "Template";
  Object object = kube::make_object(kCoreVersion, "ClusterClass", names.key(""));
  object.ref({"metadata", "annotations", "run.tanzu.vmware.com/resolve-tkr"}) = "";
  json::Value control_plane =
      object_of({{"ref", reference(kControlPlaneVersion, "KubeadmControlPlaneTemplate", names.key("-kcp"))},
                 {"machineInfrastructure", object_of({{"ref", reference(infra.api_version(), machine_template, names.key("-control-plane"))}})},
                 {"machineHealthCheck", health_check()}});
  json::Value worker =
      object_of({{"class", infra.worker_class},
                 {"machineHealthCheck", health_check()},
                 {"template", object_of({{"bootstrap", object_of({{"ref", reference(kBootstrapVersion, "KubeadmConfigTemplate", names.key("-md-config"))}})},
                                         {"infrastructure", object_of({{"ref", reference(infra.api_version(), machine_template, names.key("-worker"))}})},
                                         {"metadata", json::Value(json::Object())}})}});
  object.set(
      "spec",
      object_of({{"controlPlane", std::move(control_plane)},
                 {"infrastructure", object_of({{"ref", reference(infra.api_version(), std::string(infra.cluster) + "Template", names.key("-cluster"))}})},
                 {"workers", object_of({{"machineDeployments", list_of({worker})}})}}));
  return object;
}

void append_vcenter(std::vector<Brought>& out) {
  for (const std::string_view zone : {"zone-a", "zone-b"}) {
    Object domain = kube::make_object("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereFailureDomain", {"", "tkg-" + std::string(zone)});
    domain.set("spec", object_of({{"region", object_of({{"name", "region-1"}, {"tagCategory", "k8s-region"}, {"type", "Datacenter"}})},
                                  {"zone", object_of({{"name", zone}, {"tagCategory", "k8s-zone"}, {"type", "ComputeCluster"}})},
                                  {"topology", object_of({{"datacenter", "/dc0"}, {"computeCluster", "cluster0"}})}}));
    out.push_back({kVSphereFailureDomains, std::move(domain)});
    Object deployment_zone = kube::make_object("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereDeploymentZone", {"", "tkg-" + std::string(zone)});
    deployment_zone.set("spec", object_of({{"server", "vcenter.example.com"}, {"failureDomain", "tkg-" + std::string(zone)}, {"controlPlane", true}}));
    out.push_back({kVSphereDeploymentZones, std::move(deployment_zone)});
  }
  Object identity = kube::make_object("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereClusterIdentity", {"", "tkg-vcenter"});
  identity.set("spec", object_of({{"secretName", "capv-manager-bootstrap-credentials"}}));
  out.push_back({kVSphereClusterIdentities, std::move(identity)});
}

}  // namespace

std::vector<Brought> cluster_class_objects(const InfraKind& infra) {
  const ClassNames names(infra);
  const std::string machine_template = std::string(infra.machine) + "Template";
  const std::string cluster_template = std::string(infra.cluster) + "Template";
  std::vector<Brought> out;
  out.push_back({infra.templates_of(infra.cluster), make_template(infra.api_version(), cluster_template, names.key("-cluster"), json::Value(json::Object()))});
  for (const auto& [part, memory] : {std::pair{"-control-plane", 8192}, std::pair{"-worker", 4096}})
    out.push_back({infra.templates_of(infra.machine), make_template(infra.api_version(), machine_template, names.key(part), machine_spec(infra, memory))});
  json::Value kubeadm = object_of({{"clusterConfiguration", object_of({{"imageRepository", "registry.example.com/tkg"}})}, {"useExperimentalRetryJoin", true}});
  out.push_back({kKubeadmControlPlaneTemplates,
                 make_template(kControlPlaneVersion, "KubeadmControlPlaneTemplate", names.key("-kcp"), object_of({{"kubeadmConfigSpec", kubeadm}}))});
  out.push_back({kKubeadmConfigTemplates,
                 make_template(kBootstrapVersion, "KubeadmConfigTemplate", names.key("-md-config"), object_of({{"useExperimentalRetryJoin", true}}))});
  out.push_back({res::kClusterClasses, make_class(infra, names)});
  if (infra.name == "vsphere") append_vcenter(out);
  return out;
}

}  // namespace slipway::simcloud
