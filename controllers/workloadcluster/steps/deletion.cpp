// The Cluster is deleted where it lives, and waited for until nothing is left.
#include "controllers/workloadcluster/steps/steps.h"

namespace slipway::controllers::workloadcluster {

StepPlan delete_cluster(const Input& in) {
  const Observed& o = in.observed;
  const ObjectKey key = cluster_key(in.cluster);
  if (in.cluster.spec.deletionPolicy == "Orphan") return skipped("deletionPolicy is Orphan", "Orphaned");
  if (forced(in) && !o.management.synced) return done("ClusterDeleted", "forced by annotation; the management cluster does not answer");
  if (!o.in_hub) {
    if (!o.request) return done("ClusterDeleted", "the management cluster is gone");
    if (kube::annotation(*o.request, api::kCustodyAnnotation) != "target") return done("ClusterDeleted", "the management cluster holds no clusters");
  }
  if (!o.management.synced)
    return waiting("TargetUnreachable", "the management cluster does not answer. " + o.management.trouble + "; where it is gone for good, set the annotation " +
                                            std::string(api::kForceDeleteAnnotation) + ": \"true\"");
  const ObjectPtr cluster = o.management.get(kube::res::kClusters, key);
  if (!cluster) return done("ClusterDeleted", "Cluster " + key.to_string() + " is gone");
  if (!kube::is_deleting(*cluster))
    return running("ClusterDeleting", "deleting " + kube::describe(*cluster),
                   {Delete{Role::Management, kube::res::kClusters, key, std::string(kube::uid_of(*cluster))}});
  return waiting("ClusterDeleting", kube::describe(*cluster) + " is being deleted; " +
                                        std::to_string(o.management.of_cluster(kube::res::kMachines, key).size()) + " machines are left");
}

}  // namespace slipway::controllers::workloadcluster
