// The Cluster as the spec wants it: rendered from a topology, or the user's own manifest.
#include "controllers/cluster_spec.h"
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

std::vector<Object> wanted_cluster(const Input& in, const ClusterView& view) {
  const api::ManagementClusterRequestSpec& spec = in.request.spec;
  const ObjectKey key = cluster_key(in.request);
  std::vector<Object> out = in.observed.manifest;
  if (out.empty()) {
    const ClusterWish wish{key, spec.plan, spec.release, spec.cluster, spec.infrastructure, spec.proxy, spec.registry, true};
    out.push_back(render(wish, view.get(kube::res::kClusters, key), in.env.now));
  }
  if (custody_of(in) != Custody::Target) return out;
  // After the move, what tanzu looks for to tell a management cluster that was completed (tanzu.md 0.5).
  for (Object& object : out) {
    if (kube::kind_of(object) != "Cluster") continue;
    object.ref({"metadata", "annotations", "TKGVERSION"}) = in.env.tkg_version;
    object.ref({"metadata", "annotations", "edition"}) = in.env.edition;
  }
  return out;
}

}  // namespace slipway::controllers::managementcluster
