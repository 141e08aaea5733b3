// The Cluster on the management cluster: kept as the spec says (a change of replicas or version lands here), with the annotations that other tools look for,
// and what a package manager would otherwise claim set free (tanzu.md 1.1 step 24).
#include <array>

#include "controllers/managementcluster/steps/steps.h"
#include "controllers/wanted.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr auto kKappLabels = std::to_array<std::string_view>({"kapp.k14s.io/app", "kapp.k14s.io/association"});

// A later package upgrade must not adopt or delete them.
void free_from_kapp(const ClusterView& view, const Gvr& gvr, const std::string& ns, std::vector<Intent>& intents) {
  for (const ObjectPtr& object : view.list(gvr)) {
    if (kube::namespace_of(*object) != ns) continue;
    json::Value labels;
    for (const std::string_view key : kKappLabels)
      if (kube::has_label(*object, key)) labels.set(key, nullptr);
    if (labels.is_null()) continue;
    json::Value body;
    body.ref({"metadata", "labels"}) = std::move(labels);
    intents.push_back(Merge{Role::Target, gvr, kube::key_of(*object), std::move(body), std::string(kube::uid_of(*object))});
  }
}

}  // namespace

StepPlan cluster_annotations(const Input& in) {
  const ClusterView& target = in.observed.target;
  if (!target.get(kube::res::kClusters, cluster_key(in.request)))
    return waiting("ClusterMissing", "Cluster " + cluster_key(in.request).to_string() + " is not on the management cluster");
  std::vector<Intent> intents = unsettled(in.observed.target, in.observed.applied, Role::Target, wanted_cluster(in, target));
  for (const Gvr& gvr : template_kinds(in.request.spec.infrastructure.provider)) free_from_kapp(target, gvr, cluster_key(in.request).ns, intents);
  if (!intents.empty()) return running("ClusterUpdating", "bringing the Cluster to what the spec says", std::move(intents));
  return done("Annotated", "the Cluster carries TKGVERSION " + in.env.tkg_version + " and edition " + in.env.edition);
}

}  // namespace slipway::controllers::managementcluster
