#include "controllers/cluster_status.h"

namespace slipway::controllers {
namespace {

std::string of(std::int64_t ready, std::int64_t wanted) { return std::to_string(ready) + "/" + std::to_string(wanted); }

}  // namespace

void fill_cluster_columns(api::ClusterStatus& status, const ClusterView& view, const ObjectKey& key) {
  const ObjectPtr cluster = view.get(kube::res::kClusters, key);
  if (!cluster) return;
  for (const std::string_view label : {"run.tanzu.vmware.com/tkr", "tanzuKubernetesRelease"})
    if (const auto release = kube::label(*cluster, label); !release.empty()) {
      status.release = release;
      break;
    }
  if (const auto version = (*cluster)["spec"]["topology"]["version"].as_string(); !version.empty() && status.version.empty()) status.version = version;
  for (const ObjectPtr& kcp : view.of_cluster(kube::res::kKubeadmControlPlanes, key)) {
    status.controlPlane = of((*kcp)["status"]["readyReplicas"].as_int(), (*kcp)["spec"]["replicas"].as_int(1));
    if (const auto version = (*kcp)["spec"]["version"].as_string(); !version.empty()) status.version = version;
  }
  const auto pools = view.of_cluster(kube::res::kMachineDeployments, key);
  std::int64_t ready = 0;
  std::int64_t wanted = 0;
  for (const ObjectPtr& md : pools) {
    ready += (*md)["status"]["readyReplicas"].as_int();
    wanted += (*md)["spec"]["replicas"].as_int(1);
  }
  if (!pools.empty()) status.workers = of(ready, wanted);
}

}  // namespace slipway::controllers
