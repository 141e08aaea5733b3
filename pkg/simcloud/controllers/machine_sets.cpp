// Plays Cluster API's MachineSet controller.
#include <algorithm>

#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/machine_parts.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

using Machines = std::vector<ObjectPtr>;

Machines machines_of(Env env, const Object& set) {
  Machines out;
  for (ObjectPtr& machine : env.list(res::kMachines, kube::namespace_of(set)))
    if (kube::label(*machine, kSetNameLabel) == kube::name_of(set)) out.push_back(std::move(machine));
  return out;
}

MachineRequest machine_request(const ObjectPtr& set, std::string name) {
  const json::Value& machine = (*set)["spec"]["template"];
  MachineRequest request;
  request.owner = set;
  request.name = std::move(name);
  request.cluster = cluster_name_of(*set);
  request.labels = machine["metadata"]["labels"];
  request.labels.set(kSetNameLabel, kube::name_of(*set));
  request.labels.set(kClusterNameLabel, request.cluster);
  request.version = machine["spec"]["version"];
  request.infra_template = machine["spec"]["infrastructureRef"];
  request.bootstrap_template = machine["spec"]["bootstrap"]["configRef"];
  return request;
}

// All that are missing at once, and all that are too many.
Awaitable<Status> scale(Env env, ObjectPtr set, Machines machines) {
  Machines present;
  for (const ObjectPtr& machine : machines) {
    if (kube::is_deleting(*machine)) continue;
    present.push_back(machine);
    if (!lacks_parts(env, *machine)) continue;
    const Status made = co_await ensure_machine(env, machine_request(set, std::string(kube::name_of(*machine))));
    if (!made) co_return made;
  }
  const auto desired = static_cast<std::size_t>(std::max<std::int64_t>((*set)["spec"]["replicas"].as_int(1), 0));
  Machines taken = machines;
  for (std::size_t missing = present.size(); missing < desired; ++missing) {
    const std::string name = free_machine_name(*set, taken);
    const Status made = co_await ensure_machine(env, machine_request(set, name));
    if (!made) co_return made;
    taken.push_back(std::make_shared<const Object>(kube::make_object("cluster.x-k8s.io/v1beta1", "Machine", {std::string(kube::namespace_of(*set)), name})));
  }
  while (present.size() > desired) {
    const ObjectPtr victim = most_dispensable(present);
    const Status removed = co_await remove(env, res::kMachines, victim);
    if (!removed) co_return removed;
    std::erase(present, victim);
  }
  co_return Status{};
}

void write_status(Env env, Object& wanted, const Machines& machines) {
  const std::int64_t desired = wanted["spec"]["replicas"].as_int(1);
  const auto have = static_cast<std::int64_t>(machines.size());
  const auto ready = std::ranges::count_if(machines, [](const ObjectPtr& m) { return has_node(*m) && !kube::is_deleting(*m); });
  json::Value& status = wanted.ref("status");
  status.set("observedGeneration", kube::generation_of(wanted));
  status.set("selector", std::string(kSetNameLabel) + "=" + std::string(kube::name_of(wanted)));
  status.set("replicas", have);
  status.set("fullyLabeledReplicas", have);
  status.set("readyReplicas", ready);
  status.set("availableReplicas", ready);
  set_true(env, wanted, "MachinesCreated");
  write_machines_ready(env, wanted, machines);
  const std::string counts = std::to_string(desired) + " replicas (actual " + std::to_string(have) + ")";
  if (have == desired)
    set_true(env, wanted, "Resized");
  else
    set_false(env, wanted, "Resized", have < desired ? "ScalingUp" : "ScalingDown", "Warning",
              (have < desired ? "Scaling up MachineSet to " : "Scaling down MachineSet to ") + counts);
  summarize(env, wanted, {"MachinesReady", "Resized", "MachinesCreated"});
}

Reconciled reconcile(Env env, ObjectPtr set) {
  if (kube::is_deleting(*set)) co_return Outcome{};
  const Machines machines = machines_of(env, *set);
  const Status scaled = co_await scale(env, set, machines);
  if (!scaled) co_return fail(scaled.error());
  Object wanted = *set;
  write_status(env, wanted, machines);
  const Status saved = co_await save(env, res::kMachineSets, set, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController machine_set_controller() {
  SimController controller{.name = "machinesets",
                           .primary = res::kMachineSets,
                           .gate = Gate::Cluster,
                           .manager = manager::kCapi,
                           .watches = {{res::kMachines, to_owner("cluster.x-k8s.io", "MachineSet")}, {kKubeadmConfigs, {}}},
                           .reconcile = reconcile};
  for (const InfraKind& kind : infra_kinds()) controller.watches.push_back({kind.machines(), {}});
  return controller;
}

}  // namespace slipway::simcloud
