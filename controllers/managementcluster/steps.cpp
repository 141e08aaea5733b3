// The order is tanzu.md 1.1's. A row: name, condition, phase, title; deadline; function; where set, when the step lies behind us.
#include "controllers/managementcluster/steps.h"

#include <array>

#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

using D = api::Deadlines;

template <StepPlan (*F)(const Input&, Role), Role R>
StepPlan on(const Input& in) {
  return F(in, R);
}
constexpr auto kBootstrap = Role::Bootstrap;
constexpr auto kTarget = Role::Target;

// While objects are being moved, both clusters are in between: providers scaled down, Clusters paused. Nothing before the pivot is looked at then.
bool moving(const Input& in) { return in.observed.forward.under_way(); }
// What was done on the bootstrap cluster counts as done once the target holds the objects; the bootstrap cluster may be gone.
bool moved(const Input& in) { return moving(in) || custody_of(in) == Custody::Target; }

constexpr auto kCreation = std::to_array<Step<Input>>({
    {{"preflight", "Preflight", "Pending", "Check that everything the spec refers to is there"}, preflight, moving},
    {{"bootstrap-cluster", "BootstrapReady", "Bootstrapping", "Create the bootstrap cluster", &D::bootstrap}, bootstrap_cluster, moved},
    {{"bootstrap-kapp-controller", "ProvidersInstalled", "InstallingProviders", "Install kapp-controller on the bootstrap cluster", &D::packages},
     on<kapp_controller, kBootstrap>,
     moved},
    {{"bootstrap-cert-manager", "ProvidersInstalled", "InstallingProviders", "Install cert-manager on the bootstrap cluster and prove it", &D::providers},
     on<cert_manager, kBootstrap>,
     moved},
    {{"bootstrap-providers", "ProvidersInstalled", "InstallingProviders", "Install the providers on the bootstrap cluster", &D::providers},
     on<install_providers, kBootstrap>,
     moved},
    {{"bootstrap-packages", "PackagesInstalled", "InstallingPackages", "Install the management packages on the bootstrap cluster", &D::packages},
     on<install_packages, kBootstrap>,
     moved},
    {{"release", "PackagesInstalled", "InstallingPackages", "Find the release", &D::packages}, release_present, moved},
    {{"create-cluster", "ClusterProvisioned", "CreatingCluster", "Create the Cluster", &D::controlPlane}, create_cluster, moved},
    {{"control-plane", "ClusterProvisioned", "CreatingCluster", "Wait for the control plane", &D::controlPlane}, control_plane, moved},
    {{"target-kubeconfig", "ClusterProvisioned", "CreatingCluster", "Reach the management cluster", &D::controlPlane}, target_kubeconfig, moving},
    {{"target-kapp-controller", "TargetInitialized", "InitializingTarget", "Install kapp-controller on the management cluster", &D::packages},
     on<kapp_controller, kTarget>,
     moving},
    {{"cluster-initialized", "ClusterProvisioned", "CreatingCluster", "Wait for infrastructure and control plane", &D::controlPlane},
     cluster_initialized,
     moved},
    {{"target-cert-manager", "TargetInitialized", "InitializingTarget", "Install cert-manager on the management cluster and prove it", &D::providers},
     on<cert_manager, kTarget>,
     moving},
    {{"target-providers", "TargetInitialized", "InitializingTarget", "Install the providers on the management cluster", &D::providers},
     on<install_providers, kTarget>,
     moving},
    {{"target-packages", "TargetInitialized", "InitializingTarget", "Install the management packages on the management cluster", &D::packages},
     on<install_packages, kTarget>,
     moving},
    {{"ready-for-move", "ClusterProvisioned", "InitializingTarget", "Wait for all machines to be nodes", &D::nodes}, ready_for_move, moved},
    {{"addons", "TargetInitialized", "InitializingTarget", "Wait for the pod network", &D::nodes}, addons, moving},
    {{"cluster-bootstrap", "TargetInitialized", "InitializingTarget", "Create the ClusterBootstrap again on the management cluster", &D::packages},
     cluster_bootstrap,
     moving},
    {{"pivot", "Moved", "Pivoting", "Move the Cluster API objects to the management cluster", &D::pivot}, pivot_forward},
    {{"annotate-cluster", "TargetVerified", "Verifying", "Keep the Cluster as the spec says, with what other tools look for", &D::nodes}, cluster_annotations},
    {{"verify-target", "TargetVerified", "Verifying", "Verify that the management cluster manages itself", &D::nodes}, verify_target},
    {{"hand-over", "HandedOver", "CleaningUp", "Hand the operator over"}, hand_over},
    {{"self-destruct", "BootstrapDestroyed", "CleaningUp", "Take the bootstrap cluster down", &D::bootstrap}, self_destruct},
});

// At deletion the providers come back on a new bootstrap cluster only where the cluster managed itself.
bool no_way_back(const Input& in) { return custody_of(in) != Custody::Target || in.request.spec.deletionPolicy == "Orphan" || in.observed.back.under_way(); }
bool not_moved(const Input& in) {
  const Custody recorded = recorded_custody(*in.observed.self);
  return (recorded != Custody::Target && recorded != Custody::Returned) || in.request.spec.deletionPolicy == "Orphan";
}

constexpr auto kDeletion = std::to_array<Step<Input>>({
    {{"deletion-guard", "Deleting", "Deleting", "See that nothing depends on the management cluster"}, deletion_guard},
    {{"finish-move", "Deleting", "Deleting", "Bring a move that was begun to its end", &D::pivot}, finish_move},
    {{"bootstrap-cluster", "Deleting", "Deleting", "Create a bootstrap cluster for the way back", &D::bootstrap}, bootstrap_again, no_way_back},
    {{"bootstrap-kapp-controller", "Deleting", "Deleting", "Install kapp-controller on it", &D::packages}, on<kapp_controller, kBootstrap>, no_way_back},
    {{"bootstrap-cert-manager", "Deleting", "Deleting", "Install cert-manager on it", &D::providers}, on<cert_manager, kBootstrap>, no_way_back},
    {{"bootstrap-providers", "Deleting", "Deleting", "Install the providers on it", &D::providers}, on<install_providers, kBootstrap>, no_way_back},
    {{"pivot-back", "Deleting", "Deleting", "Move the Cluster API objects back", &D::pivot}, pivot_back, not_moved},
    {{"delete-cluster", "Deleting", "Deleting", "Delete the Cluster and wait until its machines are gone", &D::nodes}, delete_cluster},
    {{"destroy-bootstrap", "Deleting", "Deleting", "Take the bootstrap cluster down", &D::bootstrap}, destroy_bootstrap},
});

}  // namespace

std::span<const Step<Input>> creation_steps() noexcept { return kCreation; }
std::span<const Step<Input>> deletion_steps() noexcept { return kDeletion; }

}  // namespace slipway::controllers::managementcluster
