#include "test/real/pivot/real_world.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"

namespace slipway::test {
namespace {

constexpr std::string_view kTime = "2026-01-01T00:00:00Z";

json::Value parsed(const std::string& text) {
  auto value = json::parse(text);
  if (!value) throw std::runtime_error(value.error().message() + ": " + text);
  return std::move(*value);
}

json::Value v1beta2_ref(const std::string& group, const std::string& kind, const std::string& name) {
  return json::Object{{"apiGroup", group + ".cluster.x-k8s.io"}, {"kind", kind}, {"name", name}};
}

json::Value machine_spec(const std::string& name) {
  json::Value spec = json::Object{{"clusterName", kCluster}, {"infrastructureRef", v1beta2_ref("infrastructure", "VSphereMachine", name)}};
  spec.ref("providerID") = "vsphere://" + name;
  spec.ref({"bootstrap", "configRef"}) = v1beta2_ref("bootstrap", "KubeadmConfig", name);
  spec.ref({"bootstrap", "dataSecretName"}) = name + "-data";
  return spec;
}

json::Value set_spec() {
  json::Value spec = parsed(R"({"replicas":1,"selector":{"matchLabels":{"pool":"md-0"}},"template":{"metadata":{"labels":{"pool":"md-0"}}}})");
  spec.set("clusterName", kCluster);
  json::Value& machine = spec.ref({"template", "spec"});
  machine.set("clusterName", kCluster);
  machine.set("infrastructureRef", v1beta2_ref("infrastructure", "VSphereMachineTemplate", kCluster + "-md-0"));
  machine.ref({"bootstrap", "configRef"}) = v1beta2_ref("bootstrap", "KubeadmConfigTemplate", kCluster + "-md-0");
  return spec;
}

json::Value health_check_spec() {
  json::Value spec = parsed(R"({"selector":{"matchLabels":{"pool":"md-0"}}})");
  spec.set("clusterName", kCluster);
  return spec;
}

json::Value control_plane_spec() {
  json::Value spec = parsed(R"({"replicas":1,"version":"v1.24.9+vmware.1"})");
  spec.ref({"machineTemplate", "spec", "infrastructureRef"}) = v1beta2_ref("infrastructure", "VSphereMachineTemplate", kCluster + "-control-plane");
  return spec;
}

json::Value class_spec(const std::string& name) {
  const auto ref = [&](const std::string& group, const std::string& kind, const std::string& suffix) {
    return json::Object{
        {"apiVersion", group + ".cluster.x-k8s.io/" + (group == "infrastructure" ? "v1beta1" : "v1beta2")}, {"kind", kind}, {"name", name + suffix}};
  };
  json::Value spec;
  spec.ref({"infrastructure", "templateRef"}) = ref("infrastructure", "VSphereClusterTemplate", "-cluster");
  spec.ref({"controlPlane", "templateRef"}) = ref("controlplane", "KubeadmControlPlaneTemplate", "-kcp");
  spec.ref({"controlPlane", "machineInfrastructure", "templateRef"}) = ref("infrastructure", "VSphereMachineTemplate", "-control-plane");
  return spec;
}

json::Value cluster_spec(const std::string& name) {
  json::Value spec = json::Object{{"infrastructureRef", v1beta2_ref("infrastructure", "VSphereCluster", name)},
                                  {"controlPlaneRef", v1beta2_ref("controlplane", "KubeadmControlPlane", name + "-kcp")}};
  spec.ref({"topology", "classRef", "name"}) = "tkg-vsphere-default-v1.0.0";
  spec.ref({"topology", "version"}) = "v1.24.9+vmware.1";
  return spec;
}

json::Value cluster_status() {
  json::Value status = parsed(R"({"initialization":{"infrastructureProvisioned":true,"controlPlaneInitialized":true}})");
  json::Value condition =
      json::Object{{"type", "ControlPlaneInitialized"}, {"status", "True"}, {"reason", "Initialized"}, {"message", ""}, {"lastTransitionTime", kTime}};
  status.ref("conditions").push_back(std::move(condition));
  return status;
}

using Spec = std::function<json::Value(const std::string& name)>;

Spec constant(const std::string& text) {
  return [text](const std::string&) { return parsed(text); };
}

const std::map<std::string, Spec>& specs() {
  static const std::map<std::string, Spec> kSpecs{
      {"Cluster", cluster_spec},
      {"ClusterClass", class_spec},
      {"Machine", machine_spec},
      {"MachineSet", [](const std::string&) { return set_spec(); }},
      {"MachineDeployment", [](const std::string&) { return set_spec(); }},
      {"MachineHealthCheck", [](const std::string&) { return health_check_spec(); }},
      {"KubeadmConfig", constant(R"({"clusterConfiguration":{"certificatesDir":"/etc/kubernetes/pki"}})")},
      {"KubeadmConfigTemplate", constant(R"({"template":{"spec":{"joinConfiguration":{"nodeRegistration":{"name":"n"}}}}})")},
      {"KubeadmControlPlane", [](const std::string&) { return control_plane_spec(); }},
      {"KubeadmControlPlaneTemplate",
       constant(R"({"template":{"spec":{"kubeadmConfigSpec":{"clusterConfiguration":{"certificatesDir":"/etc/kubernetes/pki"}}}}})")},
      {"ClusterResourceSet", constant(R"({"clusterSelector":{"matchLabels":{"cni":"x"}},"resources":[{"kind":"ConfigMap","name":"storage-class"}]})")},
      {"ClusterResourceSetBinding", constant(R"({"clusterName":"tkg-mgmt-vc"})")},
      {"IPAddressClaim", constant(R"({"poolRef":{"apiGroup":"ipam.cluster.x-k8s.io","kind":"InClusterIPPool","name":"nodes"}})")},
      {"ExtensionConfig", constant(R"({"clientConfig":{"url":"https://extension.example:9443/hooks"}})")},
      {"Certificate", constant(R"({"secretName":"serving-cert","issuerRef":{"name":"selfsigned-issuer"}})")},
      {"CertificateRequest", constant(R"({"request":"bm90IGEgcmVhbCBvbmU=","issuerRef":{"name":"selfsigned-issuer"}})")}};
  return kSpecs;
}

json::Value address_spec(const std::string& name) {
  json::Value spec = parsed(R"({"address":"192.0.2.7","prefix":24,"poolRef":{"apiGroup":"ipam.cluster.x-k8s.io","kind":"InClusterIPPool","name":"nodes"}})");
  spec.ref({"claimRef", "name"}) = name;
  return spec;
}

bool speaks_v1beta2(const std::string& api_version, const std::string& kind) {
  return kind != "InClusterIPPool" && !api_version.starts_with("infrastructure.") && !api_version.starts_with("clusterctl.") &&
         api_version.find("cluster.x-k8s.io/") != std::string::npos;
}

std::string upgraded(const std::string& api_version, const std::string& kind) {
  return speaks_v1beta2(api_version, kind) ? api_version.substr(0, api_version.find('/')) + "/v1beta2" : api_version;
}

void make_real(Object& object) {
  const std::string kind(kube::kind_of(object)), name(kube::name_of(object));
  object.set("apiVersion", upgraded(object["apiVersion"].str(), kind));
  object.ref("metadata").erase("managedFields");
  if (json::Value* owners = object.find_mut("metadata")->find_mut("ownerReferences"))
    for (auto& owner : owners->make_array()) owner.set("apiVersion", upgraded(owner["apiVersion"].str(), owner["kind"].str()));
  if (const auto spec = specs().find(kind); spec != specs().end()) object.set("spec", spec->second(name));
  if (kind == "IPAddress") object.set("spec", address_spec(name));
  if (kind == "Cluster") object.set("status", cluster_status());
  if (kind == "Machine") object.set("status", json::Object{{"nodeRef", json::Object{{"name", name}}}});
}

Object user_cluster(const std::string& name, bool paused) {
  Object cluster = kube::make_object("cluster.x-k8s.io/v1beta2", "Cluster", {kSystem, name});
  cluster.ref({"metadata", "uid"}) = "uid-" + name;
  cluster.set("spec", json::Object{{"paused", paused}});
  cluster.set("status", cluster_status());
  return cluster;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("no " + file.string() + ": hack/realkube/components makes it");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> split_documents(const std::string& text) {
  constexpr std::string_view kMark = "\n---\n";
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kMark, at), text.size());
    out.push_back("\n" + text.substr(at, end - at) + "\n");
    at = end == text.size() ? end : end + kMark.size();
  }
  return out;
}

// The newest version's manifest of a folder of the repository.
std::filesystem::path manifest(const std::filesystem::path& provider, const std::string& file) {
  std::vector<std::filesystem::path> versions;
  for (const auto& entry : std::filesystem::directory_iterator(provider)) versions.push_back(entry.path());
  std::ranges::sort(versions);
  if (versions.empty()) throw std::runtime_error("nothing in " + provider.string());
  return versions.back() / file;
}

}  // namespace

World real_world() {
  World world = reference_world();
  for (auto& object : world.objects) make_real(object);
  world.at("ClusterClass", "tkg-vsphere-default-v1.0.0").ref({"metadata", "annotations"}).set("cluster.x-k8s.io/paused", "by its user");
  world.objects.push_back(user_cluster("user-paused", true));
  world.objects.push_back(user_cluster("user-unpaused", false));
  return world;
}

std::vector<Object> real_crds(const World& world, const std::string& repository) {
  std::map<std::string, Object> real;
  const std::filesystem::path root(repository);
  for (const auto& file : {manifest(root / "cluster-api", "core-components.yaml"), manifest(root / "bootstrap-kubeadm", "bootstrap-components.yaml"),
                           manifest(root / "control-plane-kubeadm", "control-plane-components.yaml"), manifest(root / "cert-manager", "cert-manager.yaml")}) {
    // The CRDs alone: the rest of a manifest is nothing to us.
    for (const auto& text : split_documents(read(file))) {
      if (text.find("\nkind: CustomResourceDefinition\n") == std::string::npos) continue;
      auto crd = yaml::parse(text, file.string());
      if (!crd) throw std::runtime_error(crd.error().message());
      real.emplace(kube::name_of(*crd), std::move(*crd));
    }
  }
  std::vector<Object> out;
  for (const auto& spec : world.crds) {
    const auto found = real.find(spec.plural + "." + spec.group);
    out.push_back(found == real.end() ? make_crd(spec) : found->second);
    for (const auto& label : spec.labels) out.back().ref({"metadata", "labels"}).set(label, "");
  }
  return out;
}

std::vector<Object> provider_deployments() {
  std::vector<Object> out;
  for (const auto& [name, provider, replicas] : {std::tuple("capi", "cluster-api", 1), std::tuple("capv", "infrastructure-vsphere", 2)}) {
    const std::string full = std::string(name) + "-controller-manager";
    Object d = kube::make_object("apps/v1", "Deployment", {std::string(name) + "-system", full});
    d.ref({"metadata", "labels"}).set("cluster.x-k8s.io/provider", provider);
    d.ref({"spec", "replicas"}) = replicas;
    d.ref({"spec", "selector", "matchLabels", "app"}) = full;
    d.ref({"spec", "template", "metadata", "labels", "app"}) = full;
    json::Value container = json::Object{{"name", "manager"}, {"image", "registry.example/manager:v1"}};
    d.ref({"spec", "template", "spec", "containers"}).push_back(std::move(container));
    json::Value available = json::Object{{"type", "Available"}, {"status", "True"}};
    d.ref({"status", "conditions"}).push_back(std::move(available));
    out.push_back(std::move(d));
  }
  return out;
}

Object provider_webhooks() {
  Object config = kube::make_object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"", "capi-validating-webhook-configuration"});
  config.ref({"metadata", "labels"}).set("cluster.x-k8s.io/provider", "cluster-api");
  for (const auto* policy : {"Fail", "Ignore"}) {
    json::Value webhook = json::Object{
        {"name", policy == std::string("Fail") ? "cluster.example.com" : "machine.example.com"}, {"failurePolicy", policy}, {"sideEffects", "None"}};
    webhook.ref("admissionReviewVersions").push_back("v1");
    webhook.ref({"clientConfig", "service"}) = json::Object{{"namespace", "capi-system"}, {"name", "capi-webhook-service"}};
    config.ref("webhooks").push_back(std::move(webhook));
  }
  return config;
}

}  // namespace slipway::test
