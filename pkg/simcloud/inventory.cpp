#include "pkg/simcloud/inventory.h"

namespace slipway::simcloud {

std::span<const InventoryRow> inventory_table() noexcept {
  static constexpr InventoryRow kTable[] = {
      // Certificate: 4
      {"Certificate", "capi-system", "capi-serving-cert", "core provider cluster-api"},
      {"Certificate", "capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-serving-cert", "bootstrap provider kubeadm"},
      {"Certificate", "capi-kubeadm-control-plane-system", "capi-kubeadm-control-plane-serving-cert", "control-plane provider kubeadm"},
      {"Certificate", "capv-system", "capv-serving-cert", "infrastructure provider vsphere"},
      // CertificateRequest: 4
      {"CertificateRequest", "capi-system", "capi-serving-cert-*", "cert-manager, for core provider cluster-api"},
      {"CertificateRequest", "capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-serving-cert-*", "cert-manager, for bootstrap provider kubeadm"},
      {"CertificateRequest", "capi-kubeadm-control-plane-system", "capi-kubeadm-control-plane-serving-cert-*",
       "cert-manager, for control-plane provider kubeadm"},
      {"CertificateRequest", "capv-system", "capv-serving-cert-*", "cert-manager, for infrastructure provider vsphere"},
      // Issuer: 3
      {"Issuer", "capi-system", "capi-selfsigned-issuer", "core provider cluster-api"},
      {"Issuer", "capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-selfsigned-issuer", "bootstrap provider kubeadm"},
      {"Issuer", "capi-kubeadm-control-plane-system", "capi-kubeadm-control-plane-selfsigned-issuer", "control-plane provider kubeadm"},
      // ClusterIssuer: 1
      {"ClusterIssuer", "", "capv-selfsigned-issuer", "infrastructure provider vsphere"},
      // Provider: 5
      {"Provider", "capi-system", "cluster-api", "the operator: clusterctl inventory"},
      {"Provider", "capi-kubeadm-bootstrap-system", "bootstrap-kubeadm", "the operator: clusterctl inventory"},
      {"Provider", "capi-kubeadm-control-plane-system", "control-plane-kubeadm", "the operator: clusterctl inventory"},
      {"Provider", "capv-system", "infrastructure-vsphere", "the operator: clusterctl inventory"},
      {"Provider", "caip-in-cluster-system", "ipam-in-cluster", "the operator: clusterctl inventory"},
      // Cluster: 1
      {"Cluster", "tkg-system", "tkg-mgmt-vc", "the operator"},
      // ClusterClass: 1
      {"ClusterClass", "tkg-system", "tkg-vsphere-default-v1.0.0", "package tkg-clusterclass-vsphere"},
      // VSphereClusterTemplate: 1
      {"VSphereClusterTemplate", "tkg-system", "tkg-vsphere-default-v1.0.0-cluster", "package tkg-clusterclass-vsphere"},
      // KubeadmControlPlaneTemplate: 1
      {"KubeadmControlPlaneTemplate", "tkg-system", "tkg-vsphere-default-v1.0.0-kcp", "package tkg-clusterclass-vsphere"},
      // KubeadmConfigTemplate: 2
      {"KubeadmConfigTemplate", "tkg-system", "tkg-vsphere-default-v1.0.0-md-config", "package tkg-clusterclass-vsphere"},
      {"KubeadmConfigTemplate", "tkg-system", "tkg-mgmt-vc-md-0-bootstrap-*", "topology of the cluster"},
      // VSphereMachineTemplate: 4
      {"VSphereMachineTemplate", "tkg-system", "tkg-vsphere-default-v1.0.0-control-plane", "package tkg-clusterclass-vsphere"},
      {"VSphereMachineTemplate", "tkg-system", "tkg-vsphere-default-v1.0.0-worker", "package tkg-clusterclass-vsphere"},
      {"VSphereMachineTemplate", "tkg-system", "tkg-mgmt-vc-control-plane-*", "topology of the cluster"},
      {"VSphereMachineTemplate", "tkg-system", "tkg-mgmt-vc-md-0-infra-*", "topology of the cluster"},
      // VSphereCluster: 1
      {"VSphereCluster", "tkg-system", "tkg-mgmt-vc-*", "topology of the cluster"},
      // KubeadmControlPlane: 1
      {"KubeadmControlPlane", "tkg-system", "tkg-mgmt-vc-*", "topology of the cluster"},
      // MachineDeployment: 1
      {"MachineDeployment", "tkg-system", "tkg-mgmt-vc-md-0-*", "topology of the cluster"},
      // MachineSet: 1
      {"MachineSet", "tkg-system", "tkg-mgmt-vc-md-0-*-*", "MachineDeployment"},
      // MachineHealthCheck: 2
      {"MachineHealthCheck", "tkg-system", "tkg-mgmt-vc-*", "topology of the cluster: control plane"},
      {"MachineHealthCheck", "tkg-system", "tkg-mgmt-vc-md-0-*", "topology of the cluster: workers"},
      // Machine: 2
      {"Machine", "tkg-system", "tkg-mgmt-vc-*-*", "KubeadmControlPlane, control plane machine"},
      {"Machine", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "MachineSet, worker"},
      // KubeadmConfig: 2
      {"KubeadmConfig", "tkg-system", "tkg-mgmt-vc-*-*", "KubeadmControlPlane, control plane machine"},
      {"KubeadmConfig", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "MachineSet, worker"},
      // VSphereMachine: 2
      {"VSphereMachine", "tkg-system", "tkg-mgmt-vc-*-*", "KubeadmControlPlane, control plane machine"},
      {"VSphereMachine", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "MachineSet, worker"},
      // VSphereVM: 2
      {"VSphereVM", "tkg-system", "tkg-mgmt-vc-*-*", "VSphereMachine, control plane machine"},
      {"VSphereVM", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "VSphereMachine, worker"},
      // IPAddressClaim: 2
      {"IPAddressClaim", "tkg-system", "tkg-mgmt-vc-*-*", "VSphereVM, control plane machine"},
      {"IPAddressClaim", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "VSphereVM, worker"},
      // IPAddress: 2
      {"IPAddress", "tkg-system", "tkg-mgmt-vc-*-*", "IPAM provider in-cluster, control plane machine"},
      {"IPAddress", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "IPAM provider in-cluster, worker"},
      // InClusterIPPool: 2
      {"InClusterIPPool", "tkg-system", "tkg-mgmt-vc-control-plane", "VSphereCluster"},
      {"InClusterIPPool", "tkg-system", "tkg-mgmt-vc-workers", "VSphereCluster"},
      // VSphereFailureDomain: 2
      {"VSphereFailureDomain", "", "tkg-zone-a", "package tkg-clusterclass-vsphere"},
      // VSphereDeploymentZone: 2
      {"VSphereDeploymentZone", "", "tkg-zone-a", "package tkg-clusterclass-vsphere"},
      // VSphereFailureDomain: 2
      {"VSphereFailureDomain", "", "tkg-zone-b", "package tkg-clusterclass-vsphere"},
      // VSphereDeploymentZone: 2
      {"VSphereDeploymentZone", "", "tkg-zone-b", "package tkg-clusterclass-vsphere"},
      // VSphereClusterIdentity: 1
      {"VSphereClusterIdentity", "", "tkg-vcenter", "package tkg-clusterclass-vsphere"},
      // Secret: 51
      {"Secret", "kube-system", "bootstrap-token-abcdef", "bootstrap cluster"},
      {"Secret", "cert-manager", "cert-manager-webhook-ca", "cert-manager"},
      {"Secret", "capi-system", "capi-webhook-service-cert", "cert-manager, for core provider cluster-api"},
      {"Secret", "capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-webhook-service-cert", "cert-manager, for bootstrap provider kubeadm"},
      {"Secret", "capi-kubeadm-control-plane-system", "capi-kubeadm-control-plane-webhook-service-cert", "cert-manager, for control-plane provider kubeadm"},
      {"Secret", "capv-system", "capv-webhook-service-cert", "cert-manager, for infrastructure provider vsphere"},
      {"Secret", "capv-system", "capv-manager-bootstrap-credentials", "infrastructure provider vsphere"},
      {"Secret", "tkg-system", "kapp-controller-config", "kapp-controller"},
      {"Secret", "tkg-system", "tkg-pkg-tkg-system-values", "the operator: values of package tkg-pkg"},
      {"Secret", "tkg-system", "tkg-mgmt-vc", "the operator: credentials of the cluster"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-ca", "KubeadmControlPlane"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-etcd", "KubeadmControlPlane"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-sa", "KubeadmControlPlane"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-proxy", "KubeadmControlPlane"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-kubeconfig", "KubeadmControlPlane"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-*-*", "KubeadmConfig: bootstrap data, control plane machine"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-md-0-*-*-*", "KubeadmConfig: bootstrap data, worker"},
      {"Secret", "tkg-system", "tanzu-management-fetch-0", "kapp-controller, for the PackageRepository"},
      {"Secret", "tkg-system", "tkg-pkg-fetch-0", "kapp-controller, for package tkg-pkg"},
      {"Secret", "tkg-system", "tanzu-framework-fetch-0", "kapp-controller, for package tanzu-framework"},
      {"Secret", "tkg-system", "tanzu-featuregates-fetch-0", "kapp-controller, for package tanzu-featuregates"},
      {"Secret", "tkg-system", "tanzu-addons-manager-fetch-0", "kapp-controller, for package tanzu-addons-manager"},
      {"Secret", "tkg-system", "tkr-service-fetch-0", "kapp-controller, for package tkr-service"},
      {"Secret", "tkg-system", "tanzu-cliplugins-fetch-0", "kapp-controller, for package tanzu-cliplugins"},
      {"Secret", "tkg-system", "tanzu-auth-fetch-0", "kapp-controller, for package tanzu-auth"},
      {"Secret", "tkg-system", "tkg-clusterclass-fetch-0", "kapp-controller, for package tkg-clusterclass"},
      {"Secret", "tkg-system", "tkg-clusterclass-vsphere-fetch-0", "kapp-controller, for package tkg-clusterclass-vsphere"},
      {"Secret", "tkg-system", "tanzu-core-management-plugins-fetch-0", "kapp-controller, for package tanzu-core-management-plugins"},
      {"Secret", "tkg-system", "tkr-source-controller-fetch-0", "kapp-controller, for package tkr-source-controller"},
      {"Secret", "tkg-system", "tkr-vsphere-resolver-fetch-0", "kapp-controller, for package tkr-vsphere-resolver"},
      {"Secret", "tkg-system", "tanzu-framework-values", "values of package tanzu-framework"},
      {"Secret", "tkg-system", "tanzu-featuregates-values", "values of package tanzu-featuregates"},
      {"Secret", "tkg-system", "tanzu-addons-manager-values", "values of package tanzu-addons-manager"},
      {"Secret", "tkg-system", "tkr-service-values", "values of package tkr-service"},
      {"Secret", "tkg-system", "tanzu-cliplugins-values", "values of package tanzu-cliplugins"},
      {"Secret", "tkg-system", "tanzu-auth-values", "values of package tanzu-auth"},
      {"Secret", "tkg-system", "tkg-clusterclass-values", "values of package tkg-clusterclass"},
      {"Secret", "tkg-system", "tkg-clusterclass-vsphere-values", "values of package tkg-clusterclass-vsphere"},
      {"Secret", "tkg-system", "tanzu-core-management-plugins-values", "values of package tanzu-core-management-plugins"},
      {"Secret", "tkg-system", "tkr-source-controller-values", "values of package tkr-source-controller"},
      {"Secret", "tkg-system", "tkr-vsphere-resolver-values", "values of package tkr-vsphere-resolver"},
      {"Secret", "tkg-system", "tanzu-featuregates-webhook-server-cert", "package tanzu-featuregates"},
      {"Secret", "tkg-system", "tanzu-addons-manager-webhook-server-cert", "package tanzu-addons-manager"},
      {"Secret", "tkg-system", "tkr-resolver-cluster-webhook-server-cert", "package tkr-service"},
      {"Secret", "tkg-system", "tkr-conversion-webhook-server-cert", "package tkr-service"},
      {"Secret", "tkg-system", "tanzu-auth-webhook-server-cert", "package tanzu-auth"},
      {"Secret", "tkg-system", "tkr-vsphere-resolver-webhook-server-cert", "package tkr-vsphere-resolver"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-kapp-controller-data-values", "addons manager: ClusterBootstrap"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-antrea-data-values", "addons manager: ClusterBootstrap"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-vsphere-csi-data-values", "addons manager: ClusterBootstrap"},
      {"Secret", "tkg-system", "tkg-mgmt-vc-vsphere-cpi-data-values", "addons manager: ClusterBootstrap"},
      // ConfigMap: 42
      {"ConfigMap", "default", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "kube-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "kube-public", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "kube-node-lease", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "local-path-storage", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "cert-manager", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "capi-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "capi-kubeadm-bootstrap-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "capi-kubeadm-control-plane-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "capv-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "caip-in-cluster-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "tkg-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "tkr-system", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "tkg-system-public", "kube-root-ca.crt", "every namespace"},
      {"ConfigMap", "kube-system", "coredns", "bootstrap cluster: kubeadm"},
      {"ConfigMap", "kube-system", "extension-apiserver-authentication", "bootstrap cluster: kubeadm"},
      {"ConfigMap", "kube-system", "kube-proxy", "bootstrap cluster: kubeadm"},
      {"ConfigMap", "kube-system", "kubeadm-config", "bootstrap cluster: kubeadm"},
      {"ConfigMap", "kube-system", "kubelet-config", "bootstrap cluster: kubeadm"},
      {"ConfigMap", "kube-public", "cluster-info", "bootstrap cluster: kubeadm"},
      {"ConfigMap", "local-path-storage", "local-path-config", "bootstrap cluster"},
      {"ConfigMap", "cert-manager", "cert-manager-webhook", "cert-manager"},
      {"ConfigMap", "tkg-system", "tanzu-management-ctrl", "kapp, for the PackageRepository"},
      {"ConfigMap", "tkg-system", "tkg-pkg-ctrl", "kapp, for package tkg-pkg"},
      {"ConfigMap", "tkg-system", "tanzu-framework-ctrl", "kapp, for package tanzu-framework"},
      {"ConfigMap", "tkg-system", "tanzu-featuregates-ctrl", "kapp, for package tanzu-featuregates"},
      {"ConfigMap", "tkg-system", "tanzu-addons-manager-ctrl", "kapp, for package tanzu-addons-manager"},
      {"ConfigMap", "tkg-system", "tkr-service-ctrl", "kapp, for package tkr-service"},
      {"ConfigMap", "tkg-system", "tanzu-cliplugins-ctrl", "kapp, for package tanzu-cliplugins"},
      {"ConfigMap", "tkg-system", "tanzu-auth-ctrl", "kapp, for package tanzu-auth"},
      {"ConfigMap", "tkg-system", "tkg-clusterclass-ctrl", "kapp, for package tkg-clusterclass"},
      {"ConfigMap", "tkg-system", "tkg-clusterclass-vsphere-ctrl", "kapp, for package tkg-clusterclass-vsphere"},
      {"ConfigMap", "tkg-system", "tanzu-core-management-plugins-ctrl", "kapp, for package tanzu-core-management-plugins"},
      {"ConfigMap", "tkg-system", "tkr-source-controller-ctrl", "kapp, for package tkr-source-controller"},
      {"ConfigMap", "tkg-system", "tkr-vsphere-resolver-ctrl", "kapp, for package tkr-vsphere-resolver"},
      {"ConfigMap", "tkg-system", "tanzu-addons-manager-config", "package tanzu-addons-manager"},
      {"ConfigMap", "tkr-system", "tkr-controller-config", "package tkr-service"},
      {"ConfigMap", "tkg-system", "tanzu-auth-config", "package tanzu-auth"},
      {"ConfigMap", "tkg-system", "tkg-compatibility-versions", "package tkr-source-controller"},
      {"ConfigMap", "tkg-system", "tkr-vsphere-resolver-config", "package tkr-vsphere-resolver"},
      {"ConfigMap", "tkg-system", "bom-metadata", "release service"},
      {"ConfigMap", "tkr-system", "v1.24.9---vmware.1-tkg.1-rc.2", "release service"},
  };
  return kTable;
}

bool matches(const InventoryRow& row, std::string_view kind, std::string_view ns, std::string_view name) noexcept {
  if (row.kind != kind || row.ns != ns) return false;
  std::string_view pattern = row.name;
  for (auto star = pattern.find('*'); star != std::string_view::npos; star = pattern.find('*')) {
    if (!name.starts_with(pattern.substr(0, star)) || name.size() < star + 5) return false;
    if (name.substr(star, 5).find('-') != std::string_view::npos) return false;
    name.remove_prefix(star + 5);
    pattern.remove_prefix(star + 1);
  }
  return pattern == name;
}

}  // namespace slipway::simcloud
