// The words that users meet outside the schema: the conditions of both kinds, in the order in which status lists them, and the
// annotations that they may set. docs/api.md, the runbook and the controllers have them from here. Pure; any thread.
#pragma once

#include <array>
#include <string_view>

namespace slipway::api {

struct Term {
  std::string_view name;
  std::string_view doc;
};

// Available, Ready, the steps', Deleting, Paused; then what is abnormal when true and absent otherwise.
inline constexpr auto kManagementConditions = std::to_array<Term>({
    {"Available", "The API server of the management cluster answers."},
    {"Ready", "The spec is applied and everything below it is healthy; Unknown while work is in progress, False only for failures."},
    {"Preflight", "The spec is valid, and what it names exists."},
    {"BootstrapReady", "The bootstrap cluster is there and answers."},
    {"ProvidersInstalled", "cert-manager and the providers run on the bootstrap cluster."},
    {"PackagesInstalled", "kapp-controller runs there, and the management packages are reconciled."},
    {"ClusterProvisioned", "The Cluster has its infrastructure, its control plane and its nodes."},
    {"TargetInitialized", "Providers and packages run on the management cluster too."},
    {"Moved", "Every Cluster API object was moved there, verified, and deleted at the source."},
    {"TargetVerified", "The management cluster manages itself."},
    {"HandedOver", "The operator itself is where it belongs after the pivot."},
    {"BootstrapDestroyed", "The bootstrap cluster was taken down."},
    {"Deleting", "The resource is being deleted; the message is the present step."},
    {"Paused", "spec.paused is set: nothing is touched."},
    {"Reconciling", "Work is in progress; absent otherwise."},
    {"Stalled", "The operator stopped trying and says what a person must do; absent otherwise."},
});

inline constexpr auto kWorkloadConditions = std::to_array<Term>({
    {"Available", "The API server of the cluster answers."},
    {"Ready", "The spec is applied and everything below it is healthy; Unknown while work is in progress, False only for failures."},
    {"Preflight", "The spec is valid, and what it names exists."},
    {"ManagementClusterReady", "The management cluster has come up and answers."},
    {"ClusterProvisioned", "The Cluster is as the spec says, and its infrastructure and control plane are initialized."},
    {"ControlPlaneReady", "The control plane is available, and its kubeconfig is published."},
    {"NodesReady", "Every machine is a node."},
    {"AddonsReady", "The packages and the pod network are there."},
    {"Deleting", "The resource is being deleted; the message is the present step."},
    {"Paused", "spec.paused is set: nothing is touched."},
    {"Reconciling", "Work is in progress; absent otherwise."},
    {"Stalled", "The operator stopped trying and says what a person must do; absent otherwise."},
});

inline constexpr std::string_view kCustodyAnnotation = "slipway.dev/custody";
inline constexpr std::string_view kForceDeleteAnnotation = "slipway.dev/force-delete";
inline constexpr std::string_view kPausedAnnotation = "cluster.x-k8s.io/paused";

inline constexpr auto kAnnotations = std::to_array<Term>({
    {kForceDeleteAnnotation,
     "Set it to \"true\" to delete a resource although workload clusters still exist, or although the cluster that must be asked is gone for good. Machines "
     "that nobody can be asked about any more stay behind: remove them by hand."},
    {kPausedAnnotation, "Present with any value: the same as spec.paused."},
    {kCustodyAnnotation,
     "Written by the operator, on a ManagementClusterRequest: which cluster holds the Cluster API objects (bootstrap, target; while it is deleted returned, "
     "deleted). Do not change it: it keeps a second cluster from being created."},
});

template <std::size_t N>
[[nodiscard]] constexpr std::array<std::string_view, N> names_of(const std::array<Term, N>& terms) {
  std::array<std::string_view, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = terms[i].name;
  return out;
}

}  // namespace slipway::api
