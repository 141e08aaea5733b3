#include "controllers/reasons.h"

#include <algorithm>
#include <array>

namespace slipway::controllers {
namespace {

// Sorted by what they are about, in the order of the flow.
constexpr auto kReasons = std::to_array<ReasonRow>({
    // the object itself
    {"AllStepsDone", "every step is done: the spec is applied and healthy"},
    {"NotStarted", "nothing has been done for this yet"},
    {"NotRequired", "this request does not need it"},
    {"Progressing", "work is going on"},
    {"ProgressingWithRetry", "something failed and is tried again"},
    {"Paused", "spec.paused (or the annotation cluster.x-k8s.io/paused) holds the operator back"},
    {"NotPaused", "nothing holds the operator back"},
    {"Planned", "mode Plan: status.plan says what would be done; nothing was touched"},
    {"InvalidSpec", "the spec cannot be carried out; the message names each field and what to write instead"},
    {"Unsupported", "the spec asks for something that this version cannot do"},
    {"DeadlineExceeded", "the step took longer than its deadline in spec.deadlines"},
    {"ObserveFailed", "a cluster could not be looked at; it is tried again"},
    {"ApplyFailed", "an API server refused what the step wrote"},
    // preflight
    {"PreflightPassed", "everything that the spec refers to is there"},
    {"SecretMissing", "a Secret that the spec names is not there, or lacks a key"},
    {"SourceMissing", "a ConfigMap that the spec names is not there, or lacks a key"},
    {"InvalidComponents", "a source's YAML cannot be used"},
    {"Fetching", "components are being fetched from where the spec or the catalog says"},
    {"FetchFailed", "components could not be fetched or are not what the spec pins; what may pass is tried again, as the message says"},
    {"IncompatibleProviders", "versions or contracts of the providers do not fit together; the message lists all of it"},
    {"InvalidManifest", "the manifest of cluster.manifestRef cannot be used"},
    // bootstrap cluster
    {"BootstrapCreating", "the bootstrap cluster is being created"},
    {"BootstrapReady", "the bootstrap cluster answers"},
    {"BootstrapFailed", "the bootstrap cluster cannot be created"},
    {"BootstrapLost", "the bootstrap cluster is gone although it held the Cluster"},
    {"ClusterExists", "a cluster of this name is there already, which this request did not create"},
    {"BootstrapConnecting", "the bootstrap cluster is there; its API server is being read"},
    {"BootstrapUnreachable", "the bootstrap cluster's API server has stopped answering"},
    {"InvalidKubeconfig", "the kubeconfig in a Secret cannot be used"},
    // components
    {"Installing", "objects are being applied"},
    {"ComponentsReady", "CRDs are established and Deployments are available"},
    {"CRDNotEstablished", "a CustomResourceDefinition is not established yet"},
    {"DeploymentMissing", "a Deployment does not exist yet"},
    {"DeploymentProgressing", "a Deployment's controller has not seen its latest change"},
    {"DeploymentUnavailable", "a Deployment has no available replica"},
    {"DeploymentAvailable", "the Deployment is available"},
    {"PodNotReady", "a Pod of a Deployment cannot start; the message says why"},
    {"ImagePullFailed", "an image of a Deployment cannot be pulled; the message names it"},
    {"CANotInjected", "a webhook or CRD waits for cert-manager to inject its CA"},
    {"ProviderExists", "a provider is installed in another namespace already"},
    {"ProviderUpgrading", "the managers of an older version are being stopped before the new one comes"},
    {"ProviderRolledBack", "an upgrade did not work in time, and what was installed before is brought back; the message says why and what to do"},
    {"ProviderShared", "another ManagementClusterRequest has installed the provider on this cluster, and differently; the message names it"},
    {"CertManagerProbing", "a test Certificate is being issued, to see that cert-manager works"},
    {"KappControllerMissing", "kapp-controller is not installed"},
    {"CertManagerForeign", "a cert-manager is there that somebody else looks after"},
    {"CertManagerMissing", "cert-manager is not installed although certManager.mode says External"},
    // packages and release
    {"PackageRepositoryMissing", "the PackageRepository does not exist yet"},
    {"PackageMissing", "a PackageInstall does not exist yet"},
    {"PackageReconciling", "kapp-controller is at work on a package"},
    {"PackageReconcileFailed", "kapp-controller could not reconcile a package; it tries again by itself"},
    {"PackageReconciled", "the package is reconciled"},
    {"PackagesReconciled", "every expected package is reconciled"},
    {"ReleaseMissing", "the release that the spec names does not exist yet"},
    {"ReleaseFound", "the release that the spec names exists"},
    // cluster
    {"ClusterCreating", "the Cluster is being created"},
    {"ClusterCreated", "the Cluster exists as the spec says"},
    {"ClusterMissing", "the Cluster does not exist"},
    {"ClusterPaused", "the Cluster is paused by somebody else"},
    {"ClusterUpdating", "a change of the spec is being rolled out"},
    {"ClusterInitialized", "infrastructure and control plane are ready"},
    {"WaitingForInfrastructure", "the infrastructure is not ready yet"},
    {"WaitingForControlPlane", "the control plane is not available yet"},
    {"WaitingForControlPlaneReplicas", "not all control plane machines are ready yet"},
    {"WaitingForWorkers", "not all workers are ready yet"},
    {"WaitingForNodes", "not all machines have a node yet"},
    {"WaitingForAddons", "the pod network is not there yet"},
    {"ControlPlaneAvailable", "the control plane's API server answers"},
    {"ControlPlaneReady", "all control plane machines are ready"},
    {"WorkersReady", "all workers are ready"},
    {"NodesReady", "all machines have a node"},
    {"MachineFailed", "a machine says that it will not get better by itself"},
    {"AddonsReady", "the add-ons are there"},
    {"WaitingForKubeconfig", "the cluster's kubeconfig Secret is not there yet"},
    {"KubeconfigLost", "the only kubeconfig of the cluster is gone"},
    {"TargetConnecting", "the cluster's API server is being reached"},
    {"TargetReachable", "the cluster's API server answers"},
    {"TargetUnreachable", "the cluster's API server does not answer"},
    {"ClusterBootstrapCopied", "the ClusterBootstrap is on the management cluster"},
    // pivot and after
    {"PivotWaiting", "the pivot waits for both clusters"},
    {"Pivoting", "Cluster API objects are being moved"},
    {"PivotRetrying", "the move was interrupted and is resumed"},
    {"PivotFailed", "the move cannot be done"},
    {"PivotLocked", "the move holds its lock and its journal is on both sides"},
    {"PivotPausing", "the source is being paused for the move"},
    {"PivotFrozen", "the source stands still; the set of objects is fixed"},
    {"PivotCreating", "the objects are being created on the target"},
    {"PivotVerified", "every copy equals its original"},
    {"PivotCommitted", "the target is in charge; the move can only go forward"},
    {"PivotDeleting", "the originals are being deleted"},
    {"PivotFinalizing", "the target is being unpaused"},
    {"PivotRollingBack", "the move is being undone"},
    {"PivotRolledBack", "the move was undone; the source is as it was"},
    {"PivotCompleted", "every Cluster API object is on the management cluster"},
    {"Annotated", "the Cluster carries what other tools look for"},
    {"TargetVerified", "the management cluster manages itself"},
    {"ProviderMissing", "a provider is not in the management cluster's inventory"},
    {"HandOverNotSupported", "the operator stays where it is"},
    {"BootstrapDestroying", "the bootstrap cluster is being taken down"},
    {"BootstrapDestroyed", "the bootstrap cluster is gone"},
    {"Retained", "bootstrap.retain keeps the bootstrap cluster"},
    {"NotDisposable", "the bootstrap cluster was there before; it is not ours to take down"},
    {"TargetAPIServing", "the cluster's API server answers"},
    // deletion
    {"NotDeleting", "nobody has asked for deletion"},
    {"Deleting", "deletion goes on"},
    {"WorkloadClustersExist", "other clusters still depend on this one"},
    {"ClusterDeleting", "the Cluster is being deleted"},
    {"ClusterDeleted", "the Cluster is gone"},
    {"Orphaned", "deletionPolicy Orphan leaves the cluster alone"},
    {"Released", "nothing of the request is left"},
    // workload clusters
    {"ManagementClusterMissing", "the ManagementClusterRequest that managementClusterRef names does not exist"},
    {"ManagementClusterNotReady", "the management cluster cannot take workload clusters yet"},
    {"ManagementClusterReady", "the management cluster can take workload clusters"},
    {"KubeconfigPublished", "the cluster's kubeconfig is in the Secret that status.kubeconfigSecretRef names"},
});

}  // namespace

std::span<const ReasonRow> reason_table() noexcept { return kReasons; }

bool is_known_reason(std::string_view reason) noexcept { return std::ranges::find(kReasons, reason, &ReasonRow::reason) != kReasons.end(); }

std::string known_reason(std::string_view reason, std::string_view fallback) { return std::string(is_known_reason(reason) ? reason : fallback); }

}  // namespace slipway::controllers
