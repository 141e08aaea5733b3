// The cloud's own memory, outside any API server: which virtual machines and which clusters there are. Controllers find again what they made, on whatever API
// server they run: after a move the target's controllers read the same memory, so status is rebuilt and nothing is made twice. Thread: the loop's only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/async/clock.h"
#include "pkg/kube/types.h"

namespace slipway::simcloud {

struct Vm {
  std::string provider_id;  // "vsphere://42..."
  std::string uuid;
  std::string name;
  kube::ObjectKey cluster;  // the Cluster that it belongs to
  bool control_plane = false;
  std::string version;  // of Kubernetes
  std::string address;
  async::TimePoint cloned_at;                 // until then it is being cloned
  async::TimePoint running_at;                // until then it boots
  std::optional<async::TimePoint> joined_at;  // its node is there; set when kubeadm starts on it
  std::optional<async::TimePoint> gone_at;    // being destroyed
};

struct CloudCluster {
  std::optional<async::TimePoint> network_at;  // when its network is there
  std::string server;                          // the API server's name in the world, once the control plane came up
  std::string kubeconfig;
};

class Cloud {
 public:
  // The pointers are good until forget().
  [[nodiscard]] Vm* find(const kube::ObjectKey& cluster, std::string_view name);
  [[nodiscard]] Vm* by_provider_id(std::string_view provider_id);
  Vm& add(Vm vm);
  void forget(const kube::ObjectKey& cluster, std::string_view name);
  [[nodiscard]] std::size_t count(const kube::ObjectKey& cluster, bool control_plane) const;
  [[nodiscard]] std::size_t size() const noexcept { return vms_.size(); }

  [[nodiscard]] CloudCluster& cluster(const kube::ObjectKey& key) { return clusters_[key]; }
  [[nodiscard]] CloudCluster* find_cluster(const kube::ObjectKey& key);
  void forget_cluster(const kube::ObjectKey& key) { clusters_.erase(key); }

  // The next free address of the simulated network.
  [[nodiscard]] std::string next_address();

 private:
  std::map<std::pair<kube::ObjectKey, std::string>, Vm> vms_;
  std::map<kube::ObjectKey, CloudCluster> clusters_;
  unsigned next_address_ = 0;
};

}  // namespace slipway::simcloud
