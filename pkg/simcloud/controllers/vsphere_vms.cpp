// Plays CAPV's VSphereVM controller: an address from the cluster's pool, then the machine in the cloud.
#include "pkg/simcloud/cloud_vm.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kFinalizer = "vspherevm.infrastructure.cluster.x-k8s.io";

Object make_claim(const Object& vm) {
  Object claim = kube::make_object("ipam.cluster.x-k8s.io/v1alpha1", "IPAddressClaim", kube::key_of(vm));
  set_labels(claim, {{kClusterNameLabel, cluster_name_of(vm)}});
  add_owner(claim, vm, true);
  const std::string pool = cluster_name_of(vm) + (kube::has_label(vm, kControlPlaneLabel) ? "-control-plane" : "-workers");
  claim.ref({"spec", "poolRef"}) = object_of({{"apiGroup", "ipam.cluster.x-k8s.io"}, {"kind", "InClusterIPPool"}, {"name", pool}});
  return claim;
}

struct Address {
  bool wait = false;
  std::string value;  // empty where there is no IPAM: the network gives one
};

Awaitable<Result<Address>> claim_address(Env env, ObjectPtr vm) {
  if (!env.serves(kIpAddressClaims) || !env.serves(kInClusterIpPools)) co_return Address{};
  const ObjectPtr claim = env.get(kIpAddressClaims, kube::key_of(*vm));
  if (!claim) {
    const auto created = co_await create(env, kIpAddressClaims, make_claim(*vm));
    if (!created) co_return fail(created.error());
    co_return Address{true, {}};
  }
  const ObjectPtr address = env.get(kIpAddresses, {std::string(kube::namespace_of(*vm)), (*claim)["status"]["addressRef"]["name"].str()});
  if (!address) co_return Address{true, {}};
  co_return Address{false, (*address)["spec"]["address"].str()};
}

VmRequest request_for(const Object& vm, const ObjectPtr& machine, std::string address) {
  VmRequest request;
  request.cluster = {std::string(kube::namespace_of(vm)), cluster_name_of(vm)};
  request.name = kube::name_of(vm);
  request.control_plane = kube::has_label(vm, kControlPlaneLabel);
  request.version = machine ? (*machine)["spec"]["version"].str() : std::string();
  request.provider_prefix = "vsphere://";
  if (const auto uuid = vm["spec"]["biosUUID"].as_string(); !uuid.empty()) request.provider_id = "vsphere://" + std::string(uuid);
  request.address = std::move(address);
  return request;
}

void write_state(Env env, Object& wanted, const VmState& state) {
  set_true(env, wanted, "VCenterAvailable");
  if (!state.failure.empty()) {
    wanted.ref({"status", "failureReason"}) = "CreateError";
    wanted.ref({"status", "failureMessage"}) = state.failure;
    set_false(env, wanted, "VMProvisioned", "CloningFailed", "Error", state.failure);
  } else {
    wanted.ref({"spec", "biosUUID"}) = state.uuid;
    if (state.running) {
      wanted.ref({"status", "ready"}) = true;
      wanted.ref({"status", "addresses"}) = list_of({state.address});
      wanted.ref({"status", "network"}) =
          list_of({object_of({{"connected", true}, {"ipAddrs", list_of({state.address + "/16"})}, {"networkName", "/dc0/network/VM Network"}})});
      set_true(env, wanted, "VMProvisioned");
    } else {
      set_false(env, wanted, "VMProvisioned", state.reason, "Info", "");
    }
  }
  summarize(env, wanted, {"VMProvisioned", "VCenterAvailable"});
}

Reconciled finish(Env env, ObjectPtr vm, Object wanted, std::optional<async::Duration> again) {
  const Status saved = co_await save(env, kVSphereVms, vm, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

Reconciled reconcile(Env env, ObjectPtr vm) {
  Object wanted = *vm;
  if (kube::is_deleting(*vm)) {
    const ObjectKey cluster{std::string(kube::namespace_of(*vm)), cluster_name_of(*vm)};
    if (const auto left = destroy_vm(env, cluster, std::string(kube::name_of(*vm)))) co_return Outcome{left};
    drop_finalizer(wanted, kFinalizer);
    co_return co_await finish(env, vm, std::move(wanted), std::nullopt);
  }
  if (add_finalizer(wanted, kFinalizer)) co_return co_await finish(env, vm, std::move(wanted), std::nullopt);
  auto address = co_await claim_address(env, vm);
  if (!address) co_return fail(std::move(address).error());
  if (address->wait) {
    set_false(env, wanted, "VMProvisioned", "WaitingForIPAddress", "Info", "Waiting for the IPAddressClaim " + kube::key_of(*vm).to_string());
    summarize(env, wanted, {"VMProvisioned"});
    co_return co_await finish(env, vm, std::move(wanted), std::nullopt);
  }
  const VmState state = ensure_vm(env, request_for(*vm, env.get(res::kMachines, kube::key_of(*vm)), address->value));
  write_state(env, wanted, state);
  co_return co_await finish(env, vm, std::move(wanted), state.again);
}

}  // namespace

SimController vsphere_vm_controller() {
  return {.name = "vspherevms",
          .primary = kVSphereVms,
          .gate = Gate::Cluster,
          .manager = manager::kCapv,
          .watches = {{res::kMachines, {}}, {kIpAddressClaims, same_name()}, {kIpAddresses, same_name()}, {kInClusterIpPools, {}}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
