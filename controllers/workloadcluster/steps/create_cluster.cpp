// The Cluster on the management cluster, and its first signs of life (tanzu.md 3).
#include "controllers/cluster_spec.h"
#include "controllers/wanted.h"
#include "controllers/workloadcluster/steps/steps.h"
#include "pkg/topology/topology.h"

namespace slipway::controllers::workloadcluster {
namespace {

// Where the spec does not say, as the management cluster's.
api::Infrastructure infrastructure_of(const Input& in) {
  api::Infrastructure out = in.cluster.spec.infrastructure;
  if (out.provider.empty() && in.observed.request) out.provider = (*in.observed.request)["spec"]["infrastructure"]["provider"].str();
  return out;
}

std::optional<api::Proxy> proxy_of(const Input& in) {
  if (!in.observed.request) return std::nullopt;
  const json::Value& proxy = (*in.observed.request)["spec"]["proxy"];
  if (!proxy.is_object()) return std::nullopt;
  api::Proxy out{proxy["http"].str(), proxy["https"].str(), {}};
  for (const json::Value& host : proxy["noProxy"].array()) out.noProxy.push_back(host.str());
  return out;
}

std::optional<api::Registry> registry_of(const Input& in) {
  if (!in.observed.request || !(*in.observed.request)["spec"]["registry"].is_object()) return std::nullopt;
  return api::Registry{(*in.observed.request)["spec"]["registry"]["repository"].str(), std::nullopt};
}

std::vector<Object> wanted_cluster(const Input& in) {
  if (!in.observed.manifest.empty()) return in.observed.manifest;
  const api::WorkloadClusterSpec& spec = in.cluster.spec;
  const std::optional<api::Proxy> proxy = proxy_of(in);
  const std::optional<api::Registry> registry = registry_of(in);
  api::ClusterSpec cluster = spec.cluster;
  if (!spec.addons.cni.empty()) cluster.network.cni = spec.addons.cni;
  const ObjectKey key = cluster_key(in.cluster);
  const ClusterWish wish{key, spec.plan, spec.release, cluster, infrastructure_of(in), proxy, registry, false};
  return {render(wish, in.observed.management.get(kube::res::kClusters, key), in.env.now)};
}

}  // namespace

StepPlan release_present(const Input& in) {
  const std::string& release = in.cluster.spec.release;
  if (release.empty()) return skipped("spec.release is empty; spec.cluster.version says what runs");
  if (in.observed.management.get(kube::res::kTanzuKubernetesReleases, {"", release}))
    return done("ReleaseFound", "TanzuKubernetesRelease " + release + " is there");
  return waiting("ReleaseMissing", "TanzuKubernetesRelease " + release + " does not exist on the management cluster yet");
}

StepPlan create_cluster(const Input& in) {
  const ObjectKey key = cluster_key(in.cluster);
  const ClusterView& management = in.observed.management;
  std::vector<Intent> intents;
  ensure_namespace(management, Role::Management, key.ns, intents);
  if (const auto& secret = in.cluster.spec.infrastructure.credentialsSecretRef; secret && !in.observed.in_hub) {
    json::Value labels;
    labels.set("tkg.tanzu.vmware.com/cluster-name", key.name);
    ensure_secret({in.observed.hub, {key.ns, secret->name}, management, Role::Management, key, std::move(labels)}, intents);
  }
  for (Intent& intent : unsettled(management, in.observed.applied, Role::Management, wanted_cluster(in))) intents.push_back(std::move(intent));
  if (intents.empty()) return done("ClusterCreated", "Cluster " + key.to_string() + " is as the spec says");
  const bool exists = management.get(kube::res::kClusters, key) != nullptr;
  return running(exists ? "ClusterUpdating" : "ClusterCreating", "applying Cluster " + key.to_string(), std::move(intents));
}

StepPlan cluster_initialized(const Input& in) {
  const ObjectPtr cluster = in.observed.management.get(kube::res::kClusters, cluster_key(in.cluster));
  if (!cluster) return waiting("ClusterMissing", "Cluster " + cluster_key(in.cluster).to_string() + " does not exist yet");
  if ((*cluster)["spec"]["paused"].as_bool()) return waiting("ClusterPaused", kube::describe(*cluster) + " is paused (spec.paused)");
  topology::Readiness r = topology::cluster_initialized(*cluster);
  if (r.ready || r.failed) return from(std::move(r));
  // A machine that failed says more than its Cluster, which only waits.
  const ObjectKey key = cluster_key(in.cluster);
  topology::Readiness deeper = topology::control_plane_available(in.observed.management.of_cluster(kube::res::kKubeadmControlPlanes, key),
                                                                 in.observed.management.of_cluster(kube::res::kMachines, key));
  return from(deeper.failed ? std::move(deeper) : std::move(r));
}

}  // namespace slipway::controllers::workloadcluster
