#include "pkg/simcloud/cloud.h"

#include <algorithm>

namespace slipway::simcloud {

Vm* Cloud::find(const kube::ObjectKey& cluster, std::string_view name) {
  const auto found = vms_.find({cluster, std::string(name)});
  return found == vms_.end() ? nullptr : &found->second;
}

Vm* Cloud::by_provider_id(std::string_view provider_id) {
  const auto found = std::ranges::find_if(vms_, [&](const auto& entry) { return entry.second.provider_id == provider_id; });
  return found == vms_.end() ? nullptr : &found->second;
}

Vm& Cloud::add(Vm vm) {
  auto key = std::pair(vm.cluster, vm.name);
  return vms_.insert_or_assign(std::move(key), std::move(vm)).first->second;
}

void Cloud::forget(const kube::ObjectKey& cluster, std::string_view name) { vms_.erase({cluster, std::string(name)}); }

std::size_t Cloud::count(const kube::ObjectKey& cluster, bool control_plane) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(vms_, [&](const auto& entry) { return entry.second.cluster == cluster && entry.second.control_plane == control_plane; }));
}

CloudCluster* Cloud::find_cluster(const kube::ObjectKey& key) {
  const auto found = clusters_.find(key);
  return found == clusters_.end() ? nullptr : &found->second;
}

std::string Cloud::next_address() {
  const unsigned n = next_address_++;
  return "10.0." + std::to_string(1 + n / 200) + "." + std::to_string(10 + n % 200);
}

}  // namespace slipway::simcloud
