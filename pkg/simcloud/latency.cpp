#include "pkg/simcloud/latency.h"

namespace slipway::simcloud {

std::span<const LatencyRow> latency_table() noexcept {
  using std::chrono::milliseconds;
  static constexpr LatencyRow kTable[] = {
      {Act::BootstrapStart, milliseconds(1200), "40 s"},
      {Act::ApiServerStop, milliseconds(300), "4 s"},
      {Act::Rollout, milliseconds(600), "10 s to 2 min, with cold image pulls 11 min"},
      {Act::ImageGivesUp, milliseconds(1500), "10 min (progressDeadlineSeconds)"},
      {Act::Issue, milliseconds(100), "1 s"},
      {Act::FetchRepository, milliseconds(400), "10 s"},
      {Act::ReconcilePackage, milliseconds(250), "5 s to 60 s"},
      {Act::DiscoverReleases, milliseconds(300), "up to 60 s"},
      {Act::ProvisionNetwork, milliseconds(500), "5 s on vSphere, 3 min where a load balancer is made"},
      {Act::CloneVm, milliseconds(1200), "60 s"},
      {Act::BootVm, milliseconds(600), "40 s"},
      {Act::KubeadmInit, milliseconds(1200), "60 s"},
      {Act::KubeadmJoin, milliseconds(700), "30 s"},
      {Act::DestroyVm, milliseconds(600), "15 s"},
  };
  return kTable;
}

async::Duration Latency::of(Act act) const noexcept {
  if (speed_ <= 0) return {};
  for (const LatencyRow& row : latency_table())
    if (row.act == act) return std::chrono::duration_cast<async::Duration>(std::chrono::duration<double, std::milli>(row.at_speed_1) / speed_);
  return {};
}

}  // namespace slipway::simcloud
