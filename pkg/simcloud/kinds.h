// The resources that the simulated controllers speak of, besides those of kube::res.
#pragma once

#include <string_view>

#include "pkg/kube/types.h"

namespace slipway::simcloud {

namespace res = kube::res;
using Gvr = kube::GroupVersionResource;

inline const Gvr kClusterIssuers{"cert-manager.io", "v1", "clusterissuers", false};
inline const Gvr kCertificateRequests{"cert-manager.io", "v1", "certificaterequests"};

inline const Gvr kValidatingWebhooks{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};
inline const Gvr kMutatingWebhooks{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", false};

inline const Gvr kMachineHealthChecks{"cluster.x-k8s.io", "v1beta1", "machinehealthchecks"};
inline const Gvr kKubeadmConfigs{"bootstrap.cluster.x-k8s.io", "v1beta1", "kubeadmconfigs"};
inline const Gvr kKubeadmConfigTemplates{"bootstrap.cluster.x-k8s.io", "v1beta1", "kubeadmconfigtemplates"};
inline const Gvr kKubeadmControlPlaneTemplates{"controlplane.cluster.x-k8s.io", "v1beta1", "kubeadmcontrolplanetemplates"};

inline const Gvr kVSphereVms{"infrastructure.cluster.x-k8s.io", "v1beta1", "vspherevms"};
inline const Gvr kVSphereClusterIdentities{"infrastructure.cluster.x-k8s.io", "v1beta1", "vsphereclusteridentities", false};
inline const Gvr kVSphereFailureDomains{"infrastructure.cluster.x-k8s.io", "v1beta1", "vspherefailuredomains", false};
inline const Gvr kVSphereDeploymentZones{"infrastructure.cluster.x-k8s.io", "v1beta1", "vspheredeploymentzones", false};

inline const Gvr kInClusterIpPools{"ipam.cluster.x-k8s.io", "v1alpha1", "inclusterippools"};
inline const Gvr kIpAddressClaims{"ipam.cluster.x-k8s.io", "v1alpha1", "ipaddressclaims"};
inline const Gvr kIpAddresses{"ipam.cluster.x-k8s.io", "v1alpha1", "ipaddresses"};

inline const Gvr kOsImages{"run.tanzu.vmware.com", "v1alpha3", "osimages", false};
inline const Gvr kClusterBootstrapTemplates{"run.tanzu.vmware.com", "v1alpha3", "clusterbootstraptemplates"};

// Labels, annotations and finalizers of Cluster API (api/v1beta1) and of cert-manager, kapp-controller and the release service.
inline constexpr std::string_view kClusterNameLabel = "cluster.x-k8s.io/cluster-name";
inline constexpr std::string_view kControlPlaneLabel = "cluster.x-k8s.io/control-plane";
inline constexpr std::string_view kDeploymentNameLabel = "cluster.x-k8s.io/deployment-name";
inline constexpr std::string_view kSetNameLabel = "cluster.x-k8s.io/set-name";
inline constexpr std::string_view kTopologyOwnedLabel = "topology.cluster.x-k8s.io/owned";
inline constexpr std::string_view kTopologyDeploymentLabel = "topology.cluster.x-k8s.io/deployment-name";
inline constexpr std::string_view kPausedAnnotation = "cluster.x-k8s.io/paused";
inline constexpr std::string_view kReleaseLabel = "run.tanzu.vmware.com/tkr";
inline constexpr std::string_view kManagementRoleLabel = "cluster-role.tkg.tanzu.vmware.com/management";
inline constexpr std::string_view kPackageTypeLabel = "tkg.tanzu.vmware.com/package-type";
inline constexpr std::string_view kCertificateName = "cert-manager.io/certificate-name";  // of a Secret: whose it is
inline constexpr std::string_view kInjectFromCertificate = "cert-manager.io/inject-ca-from";
inline constexpr std::string_view kInjectFromSecret = "cert-manager.io/inject-ca-from-secret";
inline constexpr std::string_view kDirectInjection = "cert-manager.io/allow-direct-injection";  // of a Secret: its CA may be given away
inline constexpr std::string_view kSystemNamespace = "tkg-system";

// The Deployments that must be Available for a controller to act.
namespace manager {
inline const kube::ObjectKey kCertManager{"cert-manager", "cert-manager"};
inline const kube::ObjectKey kCaInjector{"cert-manager", "cert-manager-cainjector"};
inline const kube::ObjectKey kKapp{"tkg-system", "kapp-controller"};
inline const kube::ObjectKey kCapi{"capi-system", "capi-controller-manager"};
inline const kube::ObjectKey kBootstrap{"capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-controller-manager"};
inline const kube::ObjectKey kControlPlane{"capi-kubeadm-control-plane-system", "capi-kubeadm-control-plane-controller-manager"};
inline const kube::ObjectKey kCapv{"capv-system", "capv-controller-manager"};
inline const kube::ObjectKey kIpam{"caip-in-cluster-system", "caip-in-cluster-controller-manager"};
inline const kube::ObjectKey kAddons{"tkg-system", "tanzu-addons-controller-manager"};
inline const kube::ObjectKey kReleases{"tkg-system", "tkr-status-controller-manager"};
inline const kube::ObjectKey kReleaseSource{"tkg-system", "tkr-source-controller-manager"};
inline const kube::ObjectKey kPropagation{"tkg-system", "object-propagation-controller-manager"};
}  // namespace manager

}  // namespace slipway::simcloud
