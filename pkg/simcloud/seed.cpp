#include "pkg/simcloud/seed.h"

#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

void append_kubeadm(std::vector<Brought>& out, const std::string& version) {
  for (const char* ns : {"default", "kube-system", "kube-public", "kube-node-lease"})
    out.push_back({res::kNamespaces, kube::make_object("v1", "Namespace", {"", ns})});
  const auto config = [&](const char* ns, const char* name, Pairs data) { out.push_back({res::kConfigMaps, make_config_map({ns, name}, data)}); };
  config("kube-system", "coredns", {{"Corefile", ".:53 {\n    errors\n    health\n    kubernetes cluster.local\n}\n"}});
  config("kube-system", "extension-apiserver-authentication", {{"client-ca-file", placeholder_pem("CERTIFICATE", "kubernetes")}});
  config("kube-system", "kube-proxy", {{"config.conf", "kind: KubeProxyConfiguration\n"}});
  config("kube-system", "kubeadm-config", {{"ClusterConfiguration", "kubernetesVersion: " + version + "\n"}});
  config("kube-system", "kubelet-config", {{"kubelet", "kind: KubeletConfiguration\n"}});
  config("kube-public", "cluster-info", {{"kubeconfig", "kind: Config\n"}});
  out.push_back({res::kDeployments, make_deployment({"kube-system", "coredns"})});
}

}  // namespace

std::vector<Brought> bootstrap_seed(const std::string& version) {
  std::vector<Brought> out;
  append_kubeadm(out, version);
  out.push_back({res::kNamespaces, kube::make_object("v1", "Namespace", {"", "local-path-storage"})});
  out.push_back({res::kConfigMaps, make_config_map({"local-path-storage", "local-path-config"}, {{"config.json", "{}"}})});
  out.push_back({res::kDeployments, make_deployment({"local-path-storage", "local-path-provisioner"})});
  out.push_back({res::kSecrets, make_secret({"kube-system", "bootstrap-token-abcdef"}, "bootstrap.kubernetes.io/token", {{"token-id", "abcdef"}})});
  return out;
}

std::vector<Brought> cluster_seed(const std::string& version, const std::string& cni) {
  std::vector<Brought> out;
  append_kubeadm(out, version);
  if (cni == "antrea") {
    out.push_back({res::kConfigMaps, make_config_map({"kube-system", "antrea-config"}, {{"antrea-agent.conf", "\n"}})});
    out.push_back({res::kDeployments, make_deployment({"kube-system", "antrea-controller"})});
  } else if (cni == "calico") {
    out.push_back({res::kDeployments, make_deployment({"kube-system", "calico-kube-controllers"})});
  }
  return out;
}

}  // namespace slipway::simcloud
