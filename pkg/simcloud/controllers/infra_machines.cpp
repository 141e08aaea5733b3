// Plays the infrastructure providers for machines: a machine in the cloud, on vSphere through a VSphereVM.
#include "pkg/simcloud/cloud_vm.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

Object make_vm_object(const Object& infra, const Object& machine) {
  Object vm = kube::make_object("infrastructure.cluster.x-k8s.io/v1beta1", "VSphereVM", kube::key_of(infra));
  vm.ref({"metadata", "labels"}) = infra["metadata"]["labels"];
  add_owner(vm, infra, true);
  json::Value spec = infra["spec"];
  spec.erase("providerID");
  spec.set("server", "vcenter.example.com");
  spec.set("bootstrapRef",
           object_of(
               {{"apiVersion", "v1"}, {"kind", "Secret"}, {"name", machine["spec"]["bootstrap"]["dataSecretName"]}, {"namespace", kube::namespace_of(infra)}}));
  vm.set("spec", std::move(spec));
  return vm;
}

void write_failure(Env env, Object& wanted, std::string_view reason, std::string_view message) {
  wanted.ref({"status", "failureReason"}) = "CreateError";
  wanted.ref({"status", "failureMessage"}) = message;
  set_false(env, wanted, "VMProvisioned", reason, "Error", message);
  summarize(env, wanted, {"VMProvisioned"});
}

void write_running(Env env, Object& wanted, std::string provider_id, const json::Value& addresses) {
  wanted.ref({"spec", "providerID"}) = std::move(provider_id);
  wanted.ref({"status", "ready"}) = true;
  wanted.ref({"status", "addresses"}) = addresses;
  set_true(env, wanted, "VMProvisioned");
  summarize(env, wanted, {"VMProvisioned"});
}

json::Value internal_address(const json::Value& address) { return list_of({object_of({{"type", "InternalIP"}, {"address", address}})}); }

// By way of the VSphereVM: what it says is what the machine says.
Awaitable<Result<Object>> through_vm(Env env, ObjectPtr infra, ObjectPtr machine, Object wanted) {
  const ObjectPtr vm = env.get(kVSphereVms, kube::key_of(*infra));
  if (!vm) {
    const auto created = co_await create(env, kVSphereVms, make_vm_object(*infra, *machine));
    if (!created) co_return fail(created.error());
    set_false(env, wanted, "VMProvisioned", "Cloning", "Info", "");
  } else if ((*vm)["status"]["failureMessage"].is_string()) {
    write_failure(env, wanted, "CloningFailed", (*vm)["status"]["failureMessage"].as_string());
  } else if ((*vm)["status"]["ready"].as_bool()) {
    write_running(env, wanted, "vsphere://" + (*vm)["spec"]["biosUUID"].str(), internal_address((*vm)["status"]["addresses"][0]));
  } else {
    mirror(env, wanted, "VMProvisioned", vm.get(), "Ready", "Cloning");
  }
  summarize(env, wanted, {"VMProvisioned"});
  co_return wanted;
}

Outcome in_cloud(Env env, const InfraKind& kind, const Object& machine, Object& wanted) {
  VmRequest request;
  request.cluster = {std::string(kube::namespace_of(wanted)), cluster_name_of(wanted)};
  request.name = kube::name_of(wanted);
  request.control_plane = kube::has_label(wanted, kControlPlaneLabel);
  request.version = machine["spec"]["version"].str();
  request.provider_prefix = kind.provider_id;
  request.provider_id = wanted["spec"]["providerID"].str();
  const VmState state = ensure_vm(env, request);
  if (!state.failure.empty())
    write_failure(env, wanted, "InstanceProvisionFailed", state.failure);
  else if (state.running)
    write_running(env, wanted, state.provider_id, internal_address(state.address));
  else
    set_false(env, wanted, "VMProvisioned", state.reason, "Info", "");
  summarize(env, wanted, {"VMProvisioned"});
  return {state.again};
}

Reconciled finish(Env env, Gvr gvr, ObjectPtr infra, Object wanted, std::optional<async::Duration> again) {
  const Status saved = co_await save(env, gvr, infra, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

Reconciled take_down(Env env, ObjectPtr infra, const InfraKind* kind) {
  const std::string finalizer = kind->finalizer(kind->machine);
  if (!kube::has_finalizer(*infra, finalizer)) co_return Outcome{};
  if (kind->has_vm) {
    const ObjectPtr vm = env.get(kVSphereVms, kube::key_of(*infra));
    if (vm && !kube::is_deleting(*vm)) {
      const Status removed = co_await remove(env, kVSphereVms, vm);
      if (!removed) co_return fail(removed.error());
    }
    if (vm) co_return Outcome{};
  } else {
    const ObjectKey cluster{std::string(kube::namespace_of(*infra)), cluster_name_of(*infra)};
    if (const auto left = destroy_vm(env, cluster, std::string(kube::name_of(*infra)))) co_return Outcome{left};
  }
  Object wanted = *infra;
  drop_finalizer(wanted, finalizer);
  co_return co_await finish(env, kind->machines(), infra, std::move(wanted), std::nullopt);
}

Reconciled reconcile(Env env, ObjectPtr infra) {
  const InfraKind* kind = infra_by_kind(kube::kind_of(*infra));
  if (kube::is_deleting(*infra)) co_return co_await take_down(env, infra, kind);
  Object wanted = *infra;
  if (add_finalizer(wanted, kind->finalizer(kind->machine))) co_return co_await finish(env, kind->machines(), infra, std::move(wanted), std::nullopt);
  const ObjectPtr machine = env.get(res::kMachines, kube::key_of(*infra));
  const ObjectPtr cluster = cluster_of(env, *infra);
  if (!machine || kube::is_deleting(*machine)) co_return Outcome{};
  Outcome outcome;
  if (!(*cluster)["status"]["infrastructureReady"].as_bool()) {
    set_false(env, wanted, "VMProvisioned", "WaitingForClusterInfrastructure", "Info", "");
    summarize(env, wanted, {"VMProvisioned"});
  } else if (!(*machine)["spec"]["bootstrap"]["dataSecretName"].is_string()) {
    set_false(env, wanted, "VMProvisioned", "WaitingForBootstrapData", "Info", "");
    summarize(env, wanted, {"VMProvisioned"});
  } else if (kind->has_vm) {
    auto through = co_await through_vm(env, infra, machine, std::move(wanted));
    if (!through) co_return fail(std::move(through).error());
    wanted = std::move(*through);
  } else {
    outcome = in_cloud(env, *kind, *machine, wanted);
  }
  co_return co_await finish(env, kind->machines(), infra, std::move(wanted), outcome.requeue_after);
}

}  // namespace

SimController infra_machine_controller(const InfraKind& kind) {
  SimController controller{.name = plural_of(kind.machine),
                           .primary = kind.machines(),
                           .gate = Gate::Cluster,
                           .manager = ObjectKey{std::string(kind.manager_ns), std::string(kind.manager)},
                           .watches = {{res::kMachines, same_name()}},
                           .reconcile = reconcile};
  if (kind.has_vm) controller.watches.push_back({kVSphereVms, same_name()});
  return controller;
}

}  // namespace slipway::simcloud
