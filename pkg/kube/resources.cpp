#include "pkg/kube/types.h"

// Other files build tables from these before main(), so they are made first.
#define SLIPWAY_EARLY [[gnu::init_priority(200)]]

namespace slipway::kube::res {

using G = GroupVersionResource;

SLIPWAY_EARLY const G kNamespaces{"", "v1", "namespaces", false};
SLIPWAY_EARLY const G kSecrets{"", "v1", "secrets"};
SLIPWAY_EARLY const G kConfigMaps{"", "v1", "configmaps"};
SLIPWAY_EARLY const G kEvents{"", "v1", "events"};
SLIPWAY_EARLY const G kServices{"", "v1", "services"};
SLIPWAY_EARLY const G kServiceAccounts{"", "v1", "serviceaccounts"};
SLIPWAY_EARLY const G kPods{"", "v1", "pods"};
SLIPWAY_EARLY const G kNodes{"", "v1", "nodes", false};
SLIPWAY_EARLY const G kDeployments{"apps", "v1", "deployments"};
SLIPWAY_EARLY const G kLeases{"coordination.k8s.io", "v1", "leases"};
SLIPWAY_EARLY const G kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions", false};
SLIPWAY_EARLY const G kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles", false};
SLIPWAY_EARLY const G kClusterRoleBindings{"rbac.authorization.k8s.io", "v1", "clusterrolebindings", false};
SLIPWAY_EARLY const G kRoles{"rbac.authorization.k8s.io", "v1", "roles"};
SLIPWAY_EARLY const G kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings"};
SLIPWAY_EARLY const G kValidatingWebhookConfigurations{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};
SLIPWAY_EARLY const G kMutatingWebhookConfigurations{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", false};

SLIPWAY_EARLY const G kManagementClusterRequests{"slipway.dev", "v1alpha1", "managementclusterrequests"};
SLIPWAY_EARLY const G kWorkloadClusters{"slipway.dev", "v1alpha1", "workloadclusters"};

SLIPWAY_EARLY const G kClusters{"cluster.x-k8s.io", "v1beta1", "clusters"};
SLIPWAY_EARLY const G kClusterClasses{"cluster.x-k8s.io", "v1beta1", "clusterclasses"};
SLIPWAY_EARLY const G kMachines{"cluster.x-k8s.io", "v1beta1", "machines"};
SLIPWAY_EARLY const G kMachineDeployments{"cluster.x-k8s.io", "v1beta1", "machinedeployments"};
SLIPWAY_EARLY const G kMachineSets{"cluster.x-k8s.io", "v1beta1", "machinesets"};
SLIPWAY_EARLY const G kKubeadmControlPlanes{"controlplane.cluster.x-k8s.io", "v1beta1", "kubeadmcontrolplanes"};
SLIPWAY_EARLY const G kProviders{"clusterctl.cluster.x-k8s.io", "v1alpha3", "providers"};

SLIPWAY_EARLY const G kIssuers{"cert-manager.io", "v1", "issuers"};
SLIPWAY_EARLY const G kCertificates{"cert-manager.io", "v1", "certificates"};

SLIPWAY_EARLY const G kPackageInstalls{"packaging.carvel.dev", "v1alpha1", "packageinstalls"};
SLIPWAY_EARLY const G kPackageRepositories{"packaging.carvel.dev", "v1alpha1", "packagerepositories"};

// Releases are cluster-scoped; a ClusterBootstrap stands beside its Cluster.
SLIPWAY_EARLY const G kTanzuKubernetesReleases{"run.tanzu.vmware.com", "v1alpha3", "tanzukubernetesreleases", false};
SLIPWAY_EARLY const G kClusterBootstraps{"run.tanzu.vmware.com", "v1alpha3", "clusterbootstraps"};

SLIPWAY_EARLY const G kSimulatedClusters{"sim.slipway.dev", "v1alpha1", "simulatedclusters"};

}  // namespace slipway::kube::res
