// How long the simulated world takes for what. One table, at speed 1 short enough that the whole demo takes about half a minute; World divides by its speed,
// and speed 0 means none at all. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "pkg/async/clock.h"

namespace slipway::simcloud {

enum class Act : std::uint8_t {
  BootstrapStart,    // an empty cluster to start from
  ApiServerStop,     // the process going away
  Rollout,           // Deployment: image pulled, Pod scheduled and ready
  ImageGivesUp,      // Deployment: until an image that cannot be pulled is reported
  Issue,             // cert-manager: a CertificateRequest signed
  FetchRepository,   // kapp-controller: a PackageRepository's bundle
  ReconcilePackage,  // kapp-controller: fetch, template and deploy one PackageInstall
  DiscoverReleases,  // tkr-source-controller: the release bundle
  ProvisionNetwork,  // the infrastructure cluster: network, load balancer
  CloneVm,           // a machine from its template
  BootVm,            // power on until it has an address
  KubeadmInit,       // the first control plane machine
  KubeadmJoin,       // each further machine
  DestroyVm,
};

struct LatencyRow {
  Act act;
  std::chrono::milliseconds at_speed_1;
  const char* in_the_field;  // what the recorded run of a real management cluster shows, for comparison
};
[[nodiscard]] std::span<const LatencyRow> latency_table() noexcept;

class Latency {
 public:
  explicit Latency(double speed) noexcept : speed_(speed) {}
  [[nodiscard]] async::Duration of(Act act) const noexcept;

 private:
  double speed_;
};

}  // namespace slipway::simcloud
