#include "pkg/simcloud/packages_table.h"

#include <algorithm>

namespace slipway::simcloud {

std::span<const PackageRow> package_table() noexcept {
  using B = PackageRow::Brings;
  static const PackageRow kTable[] = {
      {.name = "tkg-pkg", .ref = "tkg.tanzu.vmware.com", .version = "0.28.0"},
      {.name = "tanzu-framework", .ref = "framework.tanzu.vmware.com", .version = "0.28.0", .parent = "tkg-pkg"},
      {.name = "tanzu-featuregates",
       .ref = "featuregates.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tanzu-framework",
       .deployments = {"tkg-system/tanzu-featuregates-controller-manager"},
       .tls_secrets = {"tanzu-featuregates-webhook-server-cert"}},
      {.name = "tanzu-addons-manager",
       .ref = "addons-manager.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tanzu-framework",
       .brings = B::AddonKinds,
       .deployments = {"tkg-system/tanzu-addons-controller-manager"},
       .tls_secrets = {"tanzu-addons-manager-webhook-server-cert"},
       .config_maps = {"tkg-system/tanzu-addons-manager-config"}},
      {.name = "tkr-service",
       .ref = "tkr-service.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tanzu-framework",
       .brings = B::ReleaseKinds,
       .namespaces = {"tkr-system"},
       .deployments = {"tkg-system/tkr-status-controller-manager", "tkg-system/tkr-resolver-cluster-webhook-manager",
                       "tkg-system/tkr-conversion-webhook-manager"},
       .tls_secrets = {"tkr-resolver-cluster-webhook-server-cert", "tkr-conversion-webhook-server-cert"},
       .config_maps = {"tkr-system/tkr-controller-config"}},
      {.name = "tanzu-cliplugins", .ref = "cliplugins.tanzu.vmware.com", .version = "0.28.0", .parent = "tanzu-framework"},
      {.name = "tanzu-auth",
       .ref = "tanzu-auth.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tanzu-framework",
       .namespaces = {"tkg-system-public"},
       .deployments = {"tkg-system/tanzu-auth-controller-manager"},
       .tls_secrets = {"tanzu-auth-webhook-server-cert"},
       .config_maps = {"tkg-system/tanzu-auth-config"}},
      {.name = "tkg-clusterclass",
       .ref = "tkg-clusterclass.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-pkg",
       .deployments = {"tkg-system/object-propagation-controller-manager"}},
      {.name = "tkg-clusterclass-vsphere",
       .ref = "tkg-clusterclass-vsphere.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-clusterclass",
       .infra = "vsphere",
       .brings = B::ClusterClass},
      {.name = "tkg-clusterclass-aws",
       .ref = "tkg-clusterclass-aws.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-clusterclass",
       .infra = "aws",
       .brings = B::ClusterClass},
      {.name = "tkg-clusterclass-azure",
       .ref = "tkg-clusterclass-azure.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-clusterclass",
       .infra = "azure",
       .brings = B::ClusterClass},
      {.name = "tkg-clusterclass-docker",
       .ref = "tkg-clusterclass-docker.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-clusterclass",
       .infra = "docker",
       .brings = B::ClusterClass},
      {.name = "tanzu-core-management-plugins", .ref = "core-management-plugins.tanzu.vmware.com", .version = "0.28.0", .parent = "tkg-pkg"},
      {.name = "tkr-source-controller",
       .ref = "tkr-source-controller.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-pkg",
       .after = "tanzu-framework",
       .deployments = {"tkg-system/tkr-source-controller-manager"},
       .config_maps = {"tkg-system/tkg-compatibility-versions"}},
      {.name = "tkr-vsphere-resolver",
       .ref = "tkr-vsphere-resolver.tanzu.vmware.com",
       .version = "0.28.0",
       .parent = "tkg-pkg",
       .infra = "vsphere",
       .deployments = {"tkg-system/tkr-vsphere-resolver-webhook-manager"},
       .tls_secrets = {"tkr-vsphere-resolver-webhook-server-cert"},
       .config_maps = {"tkg-system/tkr-vsphere-resolver-config"}},
      {.name = "ako-operator", .ref = "ako-operator.tanzu.vmware.com", .version = "1.7.0", .deployments = {"tkg-system/ako-operator-controller-manager"}},
      {.name = "load-balancer-and-ingress-service", .ref = "load-balancer-and-ingress-service.tanzu.vmware.com", .version = "1.7.2"},
      // core packages of a cluster, on the cluster itself
      {.ref = "kapp-controller.tanzu.vmware.com", .version = "0.41.5+vmware.1-tkg.1", .core = true},
      {.ref = "antrea.tanzu.vmware.com", .version = "1.7.2+vmware.1-tkg.1-advanced", .deployments = {"kube-system/antrea-controller"}, .core = true},
      {.ref = "calico.tanzu.vmware.com", .version = "3.24.1+vmware.1-tkg.1", .deployments = {"kube-system/calico-kube-controllers"}, .core = true},
      {.ref = "vsphere-csi.tanzu.vmware.com", .version = "2.6.2+vmware.2-tkg.1", .deployments = {"kube-system/vsphere-csi-controller"}, .core = true},
      {.ref = "vsphere-cpi.tanzu.vmware.com", .version = "1.24.3+vmware.1-tkg.1", .core = true},
      {.ref = "aws-ebs-csi-driver.tanzu.vmware.com", .version = "1.8.0+vmware.1-tkg.2", .core = true},
      {.ref = "azuredisk-csi-driver.tanzu.vmware.com", .version = "1.22.0+vmware.1-tkg.2", .core = true},
      {.ref = "metrics-server.tanzu.vmware.com", .version = "0.6.2+vmware.1-tkg.1", .deployments = {"kube-system/metrics-server"}, .core = true},
      {.ref = "secretgen-controller.tanzu.vmware.com", .version = "0.11.2+vmware.1-tkg.1", .core = true},
      {.ref = "pinniped.tanzu.vmware.com", .version = "0.12.1+vmware.2-tkg.3", .core = true},
      {.ref = "tkg-storageclass.tanzu.vmware.com", .version = "0.28.0-tkg.1", .core = true},
  };
  return kTable;
}

const PackageRow* package_by_ref(std::string_view ref) noexcept {
  const auto table = package_table();
  const auto found = std::ranges::find_if(table, [&](const PackageRow& row) { return row.ref == ref; });
  return found == table.end() ? nullptr : &*found;
}

const PackageRow* package_by_reference(std::string_view reference) noexcept {
  const bool open = reference.ends_with('*');
  if (open) reference.remove_suffix(1);
  const auto table = package_table();
  const auto found = std::ranges::find_if(table, [&](const PackageRow& row) { return open ? row.ref.starts_with(reference) : reference.starts_with(row.ref); });
  return found == table.end() || reference.empty() ? nullptr : &*found;
}

std::string_view short_name(const PackageRow& row) noexcept { return row.ref.substr(0, row.ref.find('.')); }

kube::ObjectKey split_key(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

}  // namespace slipway::simcloud
