#include "controllers/workloadcluster/status.h"

#include "api/v1alpha1/vocabulary.h"
#include "controllers/cluster_status.h"
#include "controllers/outage.h"

namespace slipway::controllers::workloadcluster {
namespace {

constexpr auto kOrder = api::names_of(api::kWorkloadConditions);

// Cluster API's label of the role; a workload cluster usually has none (tanzu.md 4).
constexpr std::string_view kRolePrefix = "cluster-role.tkg.tanzu.vmware.com/";

void fill_roles(api::ClusterStatus& out, const ObjectPtr& cluster) {
  if (!cluster) return;
  out.roles.clear();
  for (const json::Member& label : (*cluster)["metadata"]["labels"].object())
    if (std::string_view(label.key).starts_with(kRolePrefix)) out.roles.emplace_back(std::string_view(label.key).substr(kRolePrefix.size()));
}

}  // namespace

std::vector<Reliance> reliances_of(const Input& in) {
  return {{in.observed.management, "the management cluster", "TargetUnreachable"}, {in.observed.workload, "the cluster", "TargetUnreachable"}};
}

api::ClusterStatus make_status(const Input& in, const Pass& pass, bool deleting) {
  api::ClusterStatus out = in.cluster.status;
  out.observedGeneration = in.cluster.generation;
  out.progress = progress_of(pass.walk);
  out.steps = pass.timeline;
  Conditions conditions(in.cluster.status.conditions, in.cluster.generation, in.env.now);
  const Summary summary = deleting ? deletion_summary(pass, conditions) : with_outages(summary_of(pass.steps, pass.walk, pass.stall), reliances_of(in));
  if (!deleting) set_step_conditions(conditions, pass.steps, pass.walk, pass.stall);
  out.phase = deleting ? "Deleting" : phase_of(pass, summary);
  set_available(conditions, in.observed.workload, "the cluster");
  summarize(conditions, summary);
  conditions.complete(kOrder);
  out.conditions = std::move(conditions).take(kOrder);

  const ObjectKey key = cluster_key(in.cluster);
  fill_cluster_columns(out, in.observed.management, key);
  fill_roles(out, in.observed.management.get(kube::res::kClusters, key));
  if (out.release.empty()) out.release = in.cluster.spec.release;
  const ClusterView& holder = in.observed.in_hub ? in.observed.management : in.observed.hub;
  if (holder.get(kube::res::kSecrets, kubeconfig_key(in.cluster))) out.kubeconfigSecretRef = api::KeyRef{kubeconfig_key(in.cluster).name, "value"};
  return out;
}

api::ClusterStatus quiet_status(const api::WorkloadCluster& cluster, const Summary& summary, WallTime now) {
  return quiet(cluster.status, cluster.generation, summary, kOrder, now);
}

}  // namespace slipway::controllers::workloadcluster
