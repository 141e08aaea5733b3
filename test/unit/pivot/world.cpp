#include "test/unit/pivot/world.h"

#include <algorithm>
#include <stdexcept>

#include "pkg/base/strings.h"

namespace slipway::test {
namespace {

const std::string kClusterctl = "clusterctl.cluster.x-k8s.io";
const std::string kHierarchy = "clusterctl.cluster.x-k8s.io/move-hierarchy";
const std::string kBootstrap = "bootstrap.cluster.x-k8s.io/v1beta1";
const std::string kControlPlane = "controlplane.cluster.x-k8s.io/v1beta1";
const std::string kIpam = "ipam.cluster.x-k8s.io/v1alpha1";
const std::string kAddons = "addons.cluster.x-k8s.io/v1beta1";
const std::string kCertManager = "cert-manager.io/v1";

json::Value ref(const std::string& api_version, const std::string& kind, const std::string& name) {
  return json::Object{{"apiVersion", api_version}, {"kind", kind}, {"name", name}};
}

void managed(Object& object, const std::string& manager) {
  json::Value entry = json::Object{{"manager", manager}, {"operation", "Apply"}, {"apiVersion", object["apiVersion"]}, {"fieldsType", "FieldsV1"}};
  entry.ref({"fieldsV1", "f:spec"}) = json::Object();
  object.ref({"metadata", "managedFields"}).push_back(std::move(entry));
}

void add_cert_manager(World& w) {
  w.add(kCertManager, "ClusterIssuer", "", "bootstrap-issuer").ref({"spec", "selfSigned"}) = json::Object();
  const std::vector<std::string> providers{"capi", "capi-kubeadm-bootstrap", "capi-kubeadm-control-plane", "capv"};
  for (std::size_t i = 0; i < providers.size(); ++i) {
    const std::string& p = providers[i];
    const std::string ns = p + "-system";
    if (i < 3) w.add(kCertManager, "Issuer", ns, p + "-selfsigned-issuer").ref({"spec", "selfSigned"}) = json::Object();
    w.add(kCertManager, "Certificate", ns, p + "-serving-cert").ref({"spec", "secretName"}) = p + "-webhook-service-cert";
    Object& request = w.add(kCertManager, "CertificateRequest", ns, p + "-serving-cert-1");
    request.ref({"spec", "request"}) = "bm90IGEgcmVhbCBvbmU=";
    w.own(request, "Certificate", p + "-serving-cert");
    w.add("v1", "Secret", ns, p + "-webhook-service-cert").ref({"data", "tls.crt"}) = "Y2VydA==";
  }
}

void add_providers(World& w) {
  struct P {
    std::string ns, label, name, type, version;
  };
  for (const auto& p : std::vector<P>{{"capi-system", "cluster-api", "cluster-api", "CoreProvider", "v1.2.8"},
                                      {"capi-kubeadm-bootstrap-system", "bootstrap-kubeadm", "kubeadm", "BootstrapProvider", "v1.2.8"},
                                      {"capi-kubeadm-control-plane-system", "control-plane-kubeadm", "kubeadm", "ControlPlaneProvider", "v1.2.8"},
                                      {"capv-system", "infrastructure-vsphere", "vsphere", "InfrastructureProvider", "v1.5.1"},
                                      {"caip-in-cluster-system", "ipam-in-cluster", "in-cluster", "IPAMProvider", "v0.1.0"}}) {
    Object& o = w.add("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", p.ns, p.label);
    o.set("providerName", p.name);
    o.set("type", p.type);
    o.set("version", p.version);
  }
}

void add_class(World& w) {
  const std::string name = "tkg-vsphere-default-v1.0.0";
  Object& cc = w.add(kCapi, "ClusterClass", kSystem, name);
  cc.ref({"spec", "infrastructure", "ref"}) = ref(kInfra, "VSphereClusterTemplate", name + "-cluster");
  cc.ref({"spec", "controlPlane", "ref"}) = ref(kControlPlane, "KubeadmControlPlaneTemplate", name + "-kcp");
  cc.ref({"spec", "controlPlane", "machineInfrastructure", "ref"}) = ref(kInfra, "VSphereMachineTemplate", name + "-control-plane");
  cc.ref({"metadata", "annotations"}).set("owner.example/team", "platform");
  managed(cc, "kapp-controller");
  const std::vector<std::pair<std::string, std::string>> templates{{"VSphereClusterTemplate", "-cluster"},
                                                                   {"KubeadmControlPlaneTemplate", "-kcp"},
                                                                   {"VSphereMachineTemplate", "-control-plane"},
                                                                   {"VSphereMachineTemplate", "-worker"},
                                                                   {"KubeadmConfigTemplate", "-md-config"}};
  for (const auto& [kind, suffix] : templates) {
    const std::string version = kind.starts_with("VSphere") ? kInfra : kind.starts_with("KubeadmControlPlane") ? kControlPlane : kBootstrap;
    Object& t = w.add(version, kind, kSystem, name + suffix);
    t.ref({"spec", "template", "spec"}) = json::Object{{"of", suffix}};
    w.own(t, "ClusterClass", name);
  }
}

Object& owned(World& w, const std::string& version, const std::string& kind, const std::string& name, const std::string& owner_kind, const std::string& owner) {
  Object& o = w.add(version, kind, kSystem, name);
  o.ref({"metadata", "labels"}).set("cluster.x-k8s.io/cluster-name", kCluster);
  o.ref({"spec", "clusterName"}) = kCluster;
  w.own(o, owner_kind, owner);
  managed(o, "manager");
  return o;
}

void add_machine(World& w, const std::string& name, const std::string& owner_kind, const std::string& owner) {
  Object& m = owned(w, kCapi, "Machine", name, owner_kind, owner);
  m.ref({"spec", "infrastructureRef"}) = ref(kInfra, "VSphereMachine", name);
  m.ref({"spec", "bootstrap", "configRef"}) = ref(kBootstrap, "KubeadmConfig", name);
  m.ref({"spec", "bootstrap", "dataSecretName"}) = name + "-data";
  m.ref({"spec", "providerID"}) = "vsphere://" + name;
  m.ref({"status", "nodeRef"}) = json::Object{{"kind", "Node"}, {"name", name}};
  m.ref({"metadata", "finalizers"}).push_back("machine.cluster.x-k8s.io");
  Object& vm = owned(w, kInfra, "VSphereMachine", name, "Machine", name);
  vm.ref({"metadata", "finalizers"}).push_back("vspheremachine.infrastructure.cluster.x-k8s.io");
  owned(w, kBootstrap, "KubeadmConfig", name, "Machine", name);
  owned(w, kInfra, "VSphereVM", name + "-vm", "VSphereMachine", name).ref({"metadata", "finalizers"}).push_back("vspherevm.infrastructure.cluster.x-k8s.io");
  Object& data = w.add("v1", "Secret", kSystem, name + "-data");
  data.set("type", "cluster.x-k8s.io/secret");
  data.ref({"data", "value"}) = "Ym9vdHN0cmFw";
  w.own(data, "KubeadmConfig", name);
}

void add_cluster(World& w) {
  Object& identity = w.add(kInfra, "VSphereClusterIdentity", "", "tkg-identity");
  identity.ref({"spec", "secretName"}) = "tkg-identity-secret";
  w.add("v1", "Secret", "capv-system", "tkg-identity-secret").ref({"data", "password"}) = "c2VjcmV0";
  w.own(w.at("Secret", "tkg-identity-secret"), "VSphereClusterIdentity", "tkg-identity");
  Object& cluster = w.add(kCapi, "Cluster", kSystem, kCluster);
  cluster.ref({"spec", "topology"}) = json::Object{{"class", "tkg-vsphere-default-v1.0.0"}, {"version", "v1.24.9+vmware.1"}};
  cluster.ref({"spec", "infrastructureRef"}) = ref(kInfra, "VSphereCluster", kCluster);
  cluster.ref({"spec", "controlPlaneRef"}) = ref(kControlPlane, "KubeadmControlPlane", kCluster + "-kcp");
  cluster.ref({"metadata", "labels"}).set("cluster-role.tkg.tanzu.vmware.com/management", "");
  cluster.ref({"metadata", "finalizers"}).push_back("cluster.cluster.x-k8s.io");
  cluster.ref({"status", "infrastructureReady"}) = true;
  json::Value condition = json::Object{{"type", "ControlPlaneInitialized"}, {"status", "True"}};
  cluster.ref({"status", "conditions"}).push_back(std::move(condition));
  managed(cluster, "slipway");
  Object& infra = owned(w, kInfra, "VSphereCluster", kCluster, "Cluster", kCluster);
  infra.ref({"spec", "identityRef"}) = json::Object{{"kind", "VSphereClusterIdentity"}, {"name", "tkg-identity"}};
  infra.ref({"metadata", "finalizers"}).push_back("vspherecluster.infrastructure.cluster.x-k8s.io");
  w.add("v1", "Secret", kSystem, kCluster).ref({"data", "username"}) = "YWRtaW4=";
  w.own(w.at("Secret", kCluster), "VSphereCluster", kCluster);
  owned(w, kInfra, "VSphereMachineTemplate", kCluster + "-control-plane", "Cluster", kCluster);
  owned(w, kInfra, "VSphereMachineTemplate", kCluster + "-md-0", "Cluster", kCluster);
  owned(w, kBootstrap, "KubeadmConfigTemplate", kCluster + "-md-0", "Cluster", kCluster);
  Object& kcp = owned(w, kControlPlane, "KubeadmControlPlane", kCluster + "-kcp", "Cluster", kCluster);
  kcp.ref({"spec", "machineTemplate", "infrastructureRef"}) = ref(kInfra, "VSphereMachineTemplate", kCluster + "-control-plane");
  kcp.ref({"metadata", "finalizers"}).push_back("kubeadm.controlplane.cluster.x-k8s.io");
  owned(w, kCapi, "MachineHealthCheck", kCluster + "-control-plane", "Cluster", kCluster);
  owned(w, kCapi, "MachineHealthCheck", kCluster + "-md-0", "Cluster", kCluster);
  owned(w, kCapi, "MachineDeployment", kCluster + "-md-0", "Cluster", kCluster);
  owned(w, kCapi, "MachineSet", kCluster + "-md-0-x7k2", "MachineDeployment", kCluster + "-md-0");
  add_machine(w, kCluster + "-kcp-5h8zq", "KubeadmControlPlane", kCluster + "-kcp");
  add_machine(w, kCluster + "-md-0-x7k2-9dvtl", "MachineSet", kCluster + "-md-0-x7k2");
  for (const auto* purpose : {"-ca", "-etcd", "-sa", "-proxy", "-kubeconfig"}) {
    Object& secret = w.add("v1", "Secret", kSystem, kCluster + purpose);
    secret.ref({"data", "value"}) = base64_encode(std::string("the") + purpose);
    if (std::string_view(purpose) == "-kubeconfig") w.own(secret, "KubeadmControlPlane", kCluster + "-kcp");
  }
  w.add("v1", "Secret", kSystem, kCluster + "-apiserver-etcd-client").ref({"data", "tls.key"}) = "a2V5";
}

void add_neighbours(World& w) {
  Object& crs = w.add(kAddons, "ClusterResourceSet", kSystem, "storage");
  json::Value resource = json::Object{{"kind", "ConfigMap"}, {"name", "storage-class"}};
  crs.ref({"spec", "resources"}).push_back(std::move(resource));
  Object& map = w.add("v1", "ConfigMap", kSystem, "storage-class");
  map.ref({"data", "sc.yaml"}) = "kind: StorageClass";
  w.own(map, "ClusterResourceSet", "storage");
  Object& binding = w.add(kAddons, "ClusterResourceSetBinding", kSystem, kCluster);
  binding.ref({"spec", "clusterName"}) = kCluster;
  w.own(binding, "ClusterResourceSet", "storage");
  w.add(kIpam, "InClusterIPPool", kSystem, "nodes").ref({"spec", "prefix"}) = 24;
  for (const std::string machine : {"-kcp-5h8zq", "-md-0-x7k2-9dvtl"}) {
    Object& claim = w.add(kIpam, "IPAddressClaim", kSystem, kCluster + machine);
    claim.ref({"spec", "poolRef"}) = json::Object{{"apiGroup", "ipam.cluster.x-k8s.io"}, {"kind", "InClusterIPPool"}, {"name", "nodes"}};
    w.own(claim, "VSphereVM", kCluster + machine + "-vm");
    Object& address = w.add(kIpam, "IPAddress", kSystem, kCluster + machine);
    address.ref({"spec", "claimRef"}) = json::Object{{"name", kCluster + machine}};
    w.own(address, "IPAddressClaim", kCluster + machine);
    w.own(address, "InClusterIPPool", "nodes");
    address.ref({"metadata", "finalizers"}).push_back("ipam.cluster.x-k8s.io/protect-address");
  }
  w.add(kInfra, "VSphereFailureDomain", "", "zone-a").ref({"spec", "region"}) = "r1";
  w.add(kInfra, "VSphereDeploymentZone", "", "zone-a").ref({"spec", "failureDomain"}) = "zone-a";
  w.add("runtime.cluster.x-k8s.io/v1alpha1", "ExtensionConfig", "", "extension").ref({"spec", "settings"}) = json::Object();
}

// The many that no Cluster owns: package values, service account tokens, root CAs.
void fill(World& w, std::size_t secrets, std::size_t config_maps) {
  const std::vector<std::string> namespaces{"cert-manager", "default", "kube-system", kSystem, "tkg-package-repo-global"};
  for (std::size_t i = 0; w.count("Secret") < secrets; ++i)
    w.add("v1", "Secret", namespaces[i % namespaces.size()], "package-" + std::to_string(i) + "-data-values").ref({"data", "values.yaml"}) = "e30=";
  for (std::size_t i = 0; w.count("ConfigMap") < config_maps; ++i)
    w.add("v1", "ConfigMap", namespaces[i % namespaces.size()], "tkg-bom-" + std::to_string(i)).ref({"data", "bom"}) = "release";
}

}  // namespace

Object make_crd(const CrdSpec& spec) {
  Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", spec.plural + "." + spec.group});
  for (const auto& label : spec.labels) crd.ref({"metadata", "labels"}).set(label, "");
  json::Value& body = crd.ref("spec");
  body.set("group", spec.group);
  body.set("scope", spec.namespaced ? "Namespaced" : "Cluster");
  body.set("names", json::Object{{"kind", spec.kind}, {"listKind", spec.kind + "List"}, {"plural", spec.plural}, {"singular", to_lower(spec.kind)}});
  for (std::size_t i = 0; i < spec.versions.size(); ++i) {
    json::Value version = json::Object{{"name", spec.versions[i]}, {"served", true}, {"storage", i + 1 == spec.versions.size()}};
    version.ref({"subresources", "status"}) = json::Object();
    version.ref({"schema", "openAPIV3Schema"}) = json::Object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
    body.ref("versions").push_back(std::move(version));
  }
  return crd;
}

std::vector<CrdSpec> reference_crds() {
  const std::string capi = "cluster.x-k8s.io", infra = "infrastructure.cluster.x-k8s.io", bootstrap = "bootstrap.cluster.x-k8s.io",
                    control = "controlplane.cluster.x-k8s.io", ipam = "ipam.cluster.x-k8s.io", addons = "addons.cluster.x-k8s.io", cert = "cert-manager.io";
  const std::vector<std::string> hierarchy{kClusterctl, kHierarchy};
  return {{capi, "Cluster", "clusters"},
          {capi, "ClusterClass", "clusterclasses"},
          {capi, "Machine", "machines"},
          {capi, "MachineSet", "machinesets"},
          {capi, "MachineDeployment", "machinedeployments"},
          {capi, "MachineHealthCheck", "machinehealthchecks"},
          {bootstrap, "KubeadmConfig", "kubeadmconfigs"},
          {bootstrap, "KubeadmConfigTemplate", "kubeadmconfigtemplates"},
          {control, "KubeadmControlPlane", "kubeadmcontrolplanes"},
          {control, "KubeadmControlPlaneTemplate", "kubeadmcontrolplanetemplates"},
          {infra, "VSphereCluster", "vsphereclusters"},
          {infra, "VSphereClusterTemplate", "vsphereclustertemplates"},
          {infra, "VSphereMachine", "vspheremachines"},
          {infra, "VSphereMachineTemplate", "vspheremachinetemplates"},
          {infra, "VSphereVM", "vspherevms"},
          {infra, "VSphereClusterIdentity", "vsphereclusteridentities", false, {"v1beta1"}, hierarchy},
          {infra, "VSphereFailureDomain", "vspherefailuredomains", false},
          {infra, "VSphereDeploymentZone", "vspheredeploymentzones", false},
          {ipam, "InClusterIPPool", "inclusterippools", true, {"v1alpha1"}, hierarchy},
          {ipam, "IPAddressClaim", "ipaddressclaims", true, {"v1alpha1"}},
          {ipam, "IPAddress", "ipaddresses", true, {"v1alpha1"}},
          {addons, "ClusterResourceSet", "clusterresourcesets"},
          {addons, "ClusterResourceSetBinding", "clusterresourcesetbindings"},
          {"runtime.cluster.x-k8s.io", "ExtensionConfig", "extensionconfigs", false, {"v1alpha1"}},
          {"clusterctl.cluster.x-k8s.io", "Provider", "providers", true, {"v1alpha3"}},
          {cert, "Issuer", "issuers", true, {"v1"}},
          {cert, "ClusterIssuer", "clusterissuers", false, {"v1"}},
          {cert, "Certificate", "certificates", true, {"v1"}},
          {cert, "CertificateRequest", "certificaterequests", true, {"v1"}}};
}

Object& World::add(const std::string& api_version, const std::string& kind, const std::string& ns, const std::string& name) {
  objects.push_back(kube::make_object(api_version, kind, {ns, name}));
  objects.back().ref({"metadata", "uid"}) = "uid-" + kind + "-" + ns + "-" + name;
  return objects.back();
}

Object& World::at(const std::string& kind, const std::string& name) {
  const auto found = std::ranges::find_if(objects, [&](const Object& o) { return kube::kind_of(o) == kind && kube::name_of(o) == name; });
  if (found == objects.end()) throw std::runtime_error("no " + kind + " " + name + " in this world");
  return *found;
}

void World::own(Object& object, const std::string& kind, const std::string& name) {
  const bool first = object["metadata"]["ownerReferences"].size() == 0;  // one owner alone may be the controller
  object.ref({"metadata", "ownerReferences"}).push_back(kube::owner_reference(at(kind, name), first, true));
}

void World::remove(const std::string& kind, const std::string& name) {
  const Object* gone = &at(kind, name);
  objects.erase(objects.begin() + (gone - objects.data()));
}

std::size_t World::count(const std::string& kind) const {
  return static_cast<std::size_t>(std::ranges::count_if(objects, [&](const Object& o) { return kube::kind_of(o) == kind; }));
}

pivot::Inventory World::inventory() const {
  pivot::Inventory out;
  out.kinds = {pivot::secret_kind(), pivot::config_map_kind()};
  for (const auto& crd : crds)
    if (auto kind = pivot::kind_of_crd(make_crd(crd))) out.kinds.push_back(std::move(*kind));
  for (std::size_t k = 0; k < out.kinds.size(); ++k) {
    for (const auto& object : objects) {
      if (!out.kinds[k].is(kube::gvk_of(object).group, kube::kind_of(object))) continue;
      pivot::Item item = pivot::read_item(k, out.kinds[k], object);
      if (pivot::could_move(out.kinds[k], item)) item.text = json::dump(object);
      out.items.push_back(std::move(item));
    }
  }
  return out;
}

World reference_world() {
  World w;
  w.objects.reserve(256);
  add_providers(w);
  add_cert_manager(w);
  add_class(w);
  add_cluster(w);
  add_neighbours(w);
  fill(w, 51, 42);
  return w;
}

World small_world() {
  World w;
  w.objects.reserve(64);
  add_class(w);
  for (const auto* suffix : {"-kcp", "-worker", "-md-config"}) std::erase_if(w.objects, [&](const Object& o) { return kube::name_of(o).ends_with(suffix); });
  add_cluster(w);
  std::erase_if(w.objects, [](const Object& o) {
    const auto kind = kube::kind_of(o);
    return kind == "MachineHealthCheck" || kube::name_of(o).find("md-0") != std::string_view::npos || kind == "VSphereVM";
  });
  return w;
}

std::string print(const pivot::Plan& plan, pivot::Fate fate) {
  std::vector<std::string> lines;
  for (const auto& o : plan.objects) {
    if (o.fate != fate) continue;
    std::string line = o.kind + " " + o.key.to_string();
    if (fate != pivot::Fate::Exclude) line = std::to_string(o.group) + " " + line;
    if (fate != pivot::Fate::Move) line += ": " + o.reason;
    lines.push_back(std::move(line));
  }
  std::ranges::sort(lines);
  return join(lines, "\n") + "\n";
}

const pivot::PlannedObject& planned(const pivot::Plan& plan, const std::string& kind, const std::string& name) {
  for (const auto& o : plan.objects)
    if (o.kind == kind && o.key.name == name) return o;
  throw std::runtime_error("no " + kind + " " + name + " in the plan");
}

}  // namespace slipway::test
