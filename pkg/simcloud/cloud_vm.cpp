#include "pkg/simcloud/cloud_vm.h"

#include "pkg/base/random.h"
#include "pkg/simcloud/remote.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {
namespace {

Vm make_vm(Env env, const VmRequest& request) {
  Services& world = *env.world;
  Vm vm;
  vm.uuid = random_uuid();
  // vSphere names machines by their BIOS UUID; the others by a name of their own.
  vm.provider_id = request.provider_prefix + (request.provider_prefix == "vsphere://" ? vm.uuid : request.name);
  vm.name = request.name;
  vm.cluster = request.cluster;
  vm.control_plane = request.control_plane;
  vm.version = request.version;
  vm.address = request.address.empty() ? world.cloud.next_address() : request.address;
  vm.cloned_at = world.clock.now() + world.latency.of(Act::CloneVm);
  vm.running_at = vm.cloned_at + world.latency.of(Act::BootVm);
  return vm;
}

}  // namespace

VmState ensure_vm(Env env, const VmRequest& request) {
  Cloud& cloud = env.world->cloud;
  VmState state;
  Vm* vm = request.provider_id.empty() ? cloud.find(request.cluster, request.name) : cloud.by_provider_id(request.provider_id);
  if (vm == nullptr && !request.provider_id.empty()) {
    state.failure = "unable to find virtual machine " + request.provider_id + ": it was deleted outside of Cluster API";
    return state;
  }
  if (vm == nullptr) {
    if (const auto why = env.world->failures.vm(request.control_plane ? "control-plane" : "worker"); !why.empty()) {
      state.failure = why;
      return state;
    }
    vm = &cloud.add(make_vm(env, request));
  }
  state.provider_id = vm->provider_id;
  state.uuid = vm->uuid;
  state.address = vm->address;
  if (const auto cloning = env.left_until(vm->cloned_at)) {
    state.reason = "Cloning";
    state.again = cloning;
  } else if (const auto booting = env.left_until(vm->running_at)) {
    state.reason = "PoweringOn";
    state.again = booting;
  } else {
    state.running = !vm->gone_at.has_value();
    if (!state.running) state.reason = "PoweringOff";
  }
  return state;
}

std::optional<async::Duration> destroy_vm(Env env, const ObjectKey& cluster, const std::string& name) {
  Services& world = *env.world;
  Vm* vm = world.cloud.find(cluster, name);
  if (vm == nullptr) return std::nullopt;
  if (!vm->gone_at) vm->gone_at = world.clock.now() + world.latency.of(Act::DestroyVm);
  if (const auto left = env.left_until(*vm->gone_at)) return left;
  const bool control_plane = vm->control_plane;
  world.cloud.forget(cluster, name);
  // With its last control plane machine a cluster's API server is gone.
  if (control_plane && world.cloud.count(cluster, true) == 0) world.stop_server(cluster_server(cluster));
  return std::nullopt;
}

}  // namespace slipway::simcloud
