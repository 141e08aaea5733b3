#include "controllers/workloadcluster/steps.h"

#include <array>

#include "controllers/workloadcluster/steps/steps.h"

namespace slipway::controllers::workloadcluster {
namespace {

using D = api::Deadlines;

constexpr auto kCreation = std::to_array<Step<Input>>({
    {{"preflight", "Preflight", "Pending", "Check that everything the spec refers to is there"}, preflight},
    {{"management-cluster", "ManagementClusterReady", "Pending", "Reach the management cluster", &D::total}, management_cluster},
    {{"release", "ClusterProvisioned", "CreatingCluster", "Find the release", &D::packages}, release_present},
    {{"create-cluster", "ClusterProvisioned", "CreatingCluster", "Keep the Cluster as the spec says", &D::controlPlane}, create_cluster},
    {{"cluster-initialized", "ClusterProvisioned", "CreatingCluster", "Wait for infrastructure and control plane", &D::controlPlane}, cluster_initialized},
    {{"control-plane", "ControlPlaneReady", "CreatingCluster", "Wait for the control plane", &D::controlPlane}, control_plane},
    {{"kubeconfig", "ControlPlaneReady", "CreatingCluster", "Publish the kubeconfig and reach the cluster", &D::controlPlane}, kubeconfig},
    {{"nodes", "NodesReady", "CreatingNodes", "Wait for all machines to be nodes", &D::nodes}, nodes},
    {{"core-packages", "AddonsReady", "InstallingPackages", "Wait for the packages of the release", &D::packages}, core_packages},
    {{"pod-network", "AddonsReady", "InstallingPackages", "Wait for the pod network", &D::nodes}, addons},
    {{"packages", "AddonsReady", "InstallingPackages", "Install the packages of the spec", &D::packages}, packages},
});

constexpr auto kDeletion = std::to_array<Step<Input>>({
    {{"delete-cluster", "Deleting", "Deleting", "Delete the Cluster and wait until its machines are gone", &D::nodes}, delete_cluster},
});

}  // namespace

std::span<const Step<Input>> creation_steps() noexcept { return kCreation; }
std::span<const Step<Input>> deletion_steps() noexcept { return kDeletion; }

}  // namespace slipway::controllers::workloadcluster
