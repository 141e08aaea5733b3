#include "controllers/wanted.h"
#include "controllers/workloadcluster/reconciler.h"
#include "pkg/kube/config.h"

namespace slipway::controllers::workloadcluster {

// The connection that the request's own reconcile keeps; the hub where there is no reference.
std::shared_ptr<Remote> Reconciler::management_of(const Observed& observed, const api::WorkloadCluster& cluster) {
  if (observed.in_hub) return d_.remotes.adopt({cluster.uid, Role::Management}, cluster_key(cluster), d_.hub);
  return observed.request ? d_.remotes.find({std::string(kube::uid_of(*observed.request)), Role::Target}) : nullptr;
}

void Reconciler::connect_workload(const api::WorkloadCluster& cluster, Observed& observed) {
  const RemoteId id{cluster.uid, Role::Workload};
  const ObjectKey key = kubeconfig_key(cluster);
  const ObjectPtr secret = (observed.in_hub ? observed.management : observed.hub).get(kube::res::kSecrets, key);
  if (!secret || kube::is_deleting(*observed.self)) {
    d_.remotes.drop(id);
    return;
  }
  std::string yaml;
  if (!kube::secret_value(*secret, "value", yaml)) {
    observed.workload.trouble = "it has no key \"value\" with base64 data";
    return;
  }
  auto config = kube::parse_kubeconfig(yaml, "Secret " + key.to_string(), {});
  if (!config) {
    observed.workload.trouble = config.error().message();
    return;
  }
  auto remote = d_.remotes.connect(id, cluster_key(cluster), *config);
  if (!remote) {
    observed.workload.trouble = remote.error().message();
    return;
  }
  for (const api::PackageInstall& install : cluster.spec.addons.packages)
    if (install.valuesSecretRef) (*remote)->watch_secret({"tkg-system", install.valuesSecretRef->name});
  observed.workload = (*remote)->view();
}

Observed Reconciler::observe(const ObjectPtr& self, const api::WorkloadCluster& cluster) {
  Observed out;
  out.self = self;
  out.applied = &d_.applied;
  out.in_hub = !cluster.spec.managementClusterRef;
  out.hub.connected = out.hub.synced = true;
  out.hub.instance = "hub";
  out.hub.put(kube::res::kSecrets, d_.caches.secrets->list(cluster.namespace_));
  out.hub.put(kube::res::kConfigMaps, d_.caches.config_maps->list(cluster.namespace_));
  if (!out.in_hub) out.request = d_.caches.requests->get(request_key(cluster));
  if (cluster.spec.cluster.manifestRef) {
    auto manifest = manifest_of(out.hub, cluster_key(cluster), cluster.spec.cluster.manifestRef->configMap);
    if (manifest) out.manifest = std::move(*manifest);
    if (!manifest) out.manifest_error = manifest.error().message();
  }
  if (const auto management = management_of(out, cluster)) {
    management->watch_secret(kubeconfig_key(cluster));
    if (cluster.spec.infrastructure.credentialsSecretRef) management->watch_secret(cluster_key(cluster));
    out.management = management->view();
  }
  connect_workload(cluster, out);
  return out;
}

}  // namespace slipway::controllers::workloadcluster
