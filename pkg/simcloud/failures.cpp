#include "pkg/simcloud/failures.h"

#include <algorithm>

namespace slipway::simcloud {

std::span<const FailureRow> failure_table() noexcept {
  static constexpr FailureRow kTable[] = {
      {"bootstrap-cluster", "the SimulatedCluster ends in phase Failed: no room for one more API server"},
      {"bootstrap-kapp-controller", "kapp-controller never becomes Available on the bootstrap cluster: its image cannot be pulled", "bootstrap/",
       "tkg-system/kapp-controller"},
      {"bootstrap-cert-manager", "cert-manager-webhook never becomes Available on the bootstrap cluster: its image cannot be pulled", "bootstrap/",
       "cert-manager/cert-manager-webhook"},
      {"bootstrap-providers", "capv-controller-manager never becomes Available on the bootstrap cluster: its image cannot be pulled", "bootstrap/",
       "capv-system/capv-controller-manager"},
      {"bootstrap-packages", "package tkr-service cannot be reconciled on the bootstrap cluster, nor can the packages above it", "bootstrap/", "",
       "tkr-service"},
      {"release", "the TanzuKubernetesRelease never appears"},
      {"control-plane", "the control plane's virtual machine cannot be cloned: its resource pool does not exist"},
      {"target-kapp-controller", "kapp-controller never becomes Available on the management cluster: its image cannot be pulled", "cluster/",
       "tkg-system/kapp-controller"},
      {"target-cert-manager", "cert-manager-webhook never becomes Available on the management cluster: its image cannot be pulled", "cluster/",
       "cert-manager/cert-manager-webhook"},
      {"target-providers", "capi-controller-manager never becomes Available on the management cluster: its image cannot be pulled", "cluster/",
       "capi-system/capi-controller-manager"},
      {"target-packages", "package tkr-service cannot be reconciled on the management cluster, nor can the packages above it", "cluster/", "", "tkr-service"},
      {"ready-for-move", "a worker's virtual machine cannot be cloned: its datastore is full"},
      {"pivot", "the management cluster forbids creating Machines, so the move stops before its commit"},
      {kImageFailure, "the first image of that Deployment (its name, or ns/name) cannot be pulled, on every server; another one can"},
  };
  return kTable;
}

Failures::Failures(std::string step) : step_(std::move(step)) {
  if (step_.starts_with(kImagePrefix)) {
    if (step_ != kImageFailure) deployment_ = step_.substr(kImagePrefix.size());
    return;
  }
  const auto table = failure_table();
  const auto found = std::ranges::find(table, step_, &FailureRow::step);
  if (found != table.end()) row_ = &*found;
}

bool Failures::image(std::string_view server, const kube::ObjectKey& deployment) const noexcept {
  if (!deployment_.empty()) return deployment_ == deployment.name || deployment_ == deployment.to_string();
  return row_ != nullptr && !row_->deployment.empty() && server.starts_with(row_->on) && row_->deployment == deployment.to_string();
}

bool Failures::package(std::string_view server, std::string_view name) const noexcept {
  return row_ != nullptr && !row_->package.empty() && server.starts_with(row_->on) && row_->package == name;
}

std::string_view Failures::vm(std::string_view role) const noexcept {
  if (is("control-plane") && role == "control-plane") return "unable to get resource pool: resource pool '/dc0/host/cluster0/Resources/tkg' not found";
  if (is("ready-for-move") && role == "worker") return "error cloning virtual machine: Insufficient disk space on datastore 'sharedVmfs-0'";
  return {};
}

}  // namespace slipway::simcloud
