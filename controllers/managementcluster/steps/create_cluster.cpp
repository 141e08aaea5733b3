// The Cluster on the bootstrap cluster (tanzu.md 1.1 step 12). Before it, the request records that something exists from here on.
#include "controllers/managementcluster/steps/steps.h"
#include "controllers/wanted.h"

namespace slipway::controllers::managementcluster {

StepPlan create_cluster(const Input& in) {
  if (recorded_custody(*in.observed.self) == Custody::None)
    return running("ClusterCreating", "recording that the bootstrap cluster holds the Cluster", {record_custody(in, "bootstrap")});
  const ObjectKey key = cluster_key(in.request);
  std::vector<Intent> intents;
  ensure_namespace(in.observed.bootstrap, Role::Bootstrap, key.ns, intents);
  if (const auto& secret = in.request.spec.infrastructure.credentialsSecretRef) {
    json::Value labels;
    labels.set("tkg.tanzu.vmware.com/cluster-name", key.name);
    ensure_secret({in.observed.hub, {key.ns, secret->name}, in.observed.bootstrap, Role::Bootstrap, key, std::move(labels)}, intents);
  }
  for (Intent& intent : unsettled(in.observed.bootstrap, in.observed.applied, Role::Bootstrap, wanted_cluster(in, in.observed.bootstrap)))
    intents.push_back(std::move(intent));
  if (!intents.empty()) return running("ClusterCreating", "applying Cluster " + key.to_string(), std::move(intents));
  return done("ClusterCreated", "Cluster " + key.to_string() + " exists");
}

}  // namespace slipway::controllers::managementcluster
