// What is left of a request is taken away, in an order that loses nothing: refused while others depend on it; the Cluster is deleted where its objects are.
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr std::size_t kNamesShown = 5;

std::string override_hint() { return "; delete them first, or override with the annotation " + std::string(kForceDeleteAnnotation) + ": \"true\""; }

std::string some(std::vector<std::string> names) {
  const std::size_t all = names.size();
  if (all > kNamesShown) names.resize(kNamesShown);
  return join(names, ", ") + (all > kNamesShown ? " and " + std::to_string(all - kNamesShown) + " more" : "");
}

bool orphaned(const Input& in) { return in.request.spec.deletionPolicy == "Orphan"; }

}  // namespace

StepPlan deletion_guard(const Input& in) {
  if (orphaned(in)) return skipped("deletionPolicy is Orphan", "Orphaned");
  if (forced(in)) return done("Deleting", "forced by annotation " + std::string(kForceDeleteAnnotation));
  if (!in.observed.workload_clusters.empty())
    return stuck("WorkloadClustersExist", "WorkloadClusters still refer to this management cluster: " + some(in.observed.workload_clusters) + override_hint());
  if (custody_of(in) != Custody::Target || in.observed.forward.under_way() || in.observed.back.under_way()) return done("Deleting", "nothing depends on it");
  if (!in.observed.target.synced)
    return waiting("TargetUnreachable",
                   "the management cluster must be asked for other Clusters, but does not answer. " + in.observed.target.trouble + override_hint());
  std::vector<std::string> others;
  for (const ObjectPtr& cluster : in.observed.target.list(kube::res::kClusters))
    if (kube::key_of(*cluster) != cluster_key(in.request)) others.push_back(kube::key_of(*cluster).to_string());
  if (!others.empty())
    return stuck("WorkloadClustersExist", "the management cluster still manages other Clusters: " + some(std::move(others)) + override_hint());
  return done("Deleting", "nothing depends on it");
}

StepPlan delete_cluster(const Input& in) {
  if (orphaned(in)) return skipped("deletionPolicy is Orphan", "Orphaned");
  if (custody_of(in) == Custody::None) return skipped("no Cluster was created");
  const Observed& o = in.observed;
  if (o.bootstrap_state.phase == bootstrap::State::Phase::Absent) {
    if (forced(in)) return done("ClusterDeleted", "forced by annotation; the bootstrap cluster is gone");
    return stuck("BootstrapLost", "the bootstrap cluster that held Cluster " + cluster_key(in.request).to_string() +
                                      " is gone; its machines may still run. Remove them, then set the annotation " + std::string(kForceDeleteAnnotation) +
                                      ": \"true\"");
  }
  if (!o.bootstrap.synced) return waiting("BootstrapConnecting", o.bootstrap.trouble.empty() ? "reading the bootstrap cluster" : o.bootstrap.trouble);
  const ObjectPtr cluster = o.bootstrap.get(kube::res::kClusters, cluster_key(in.request));
  if (!cluster) return done("ClusterDeleted", "Cluster " + cluster_key(in.request).to_string() + " is gone");
  if (!kube::is_deleting(*cluster))
    return running("ClusterDeleting", "deleting " + kube::describe(*cluster),
                   {Delete{Role::Bootstrap, kube::res::kClusters, cluster_key(in.request), std::string(kube::uid_of(*cluster))}});
  const auto machines = o.bootstrap.of_cluster(kube::res::kMachines, cluster_key(in.request));
  return waiting("ClusterDeleting", kube::describe(*cluster) + " is being deleted; " + std::to_string(machines.size()) + " machines are left");
}

StepPlan destroy_bootstrap(const Input& in) {
  const Observed& o = in.observed;
  using Phase = bootstrap::State::Phase;
  if (!o.bootstrap_disposable) return skipped("the bootstrap cluster was there before; it stays", "NotDisposable");
  if (o.bootstrap_state.phase == Phase::Absent) return done("BootstrapDestroyed", "the bootstrap cluster is gone");
  if (o.bootstrap_state.phase == Phase::Deleting) return waiting("BootstrapDestroying", "the bootstrap cluster is being taken down");
  const Custody custody = custody_of(in);
  using Guard = DestroyBootstrap::Guard;
  if (orphaned(in) && custody == Custody::Bootstrap)
    return skipped("the bootstrap cluster holds the Cluster that deletionPolicy Orphan leaves alone", "Orphaned");
  const Guard guard = custody == Custody::None || forced(in) ? Guard::NothingCreated : custody == Custody::Target ? Guard::MoveCompleted : Guard::NoClusters;
  return running("BootstrapDestroying", "taking the bootstrap cluster down", {DestroyBootstrap{guard}});
}

}  // namespace slipway::controllers::managementcluster
