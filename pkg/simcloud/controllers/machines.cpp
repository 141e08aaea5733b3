// Plays Cluster API's Machine controller: gathers what bootstrap and infrastructure say, finds the Node, and takes all of it away in order.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/kubelet.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kFinalizer = "machine.cluster.x-k8s.io";

ObjectPtr referenced(Env env, const Object& machine, const json::Value& reference) {
  return env.get(gvr_of_reference(reference), {std::string(kube::namespace_of(machine)), reference["name"].str()});
}
ObjectPtr config_of(Env env, const Object& machine) { return referenced(env, machine, machine["spec"]["bootstrap"]["configRef"]); }
ObjectPtr infra_of(Env env, const Object& machine) { return referenced(env, machine, machine["spec"]["infrastructureRef"]); }

void write_bootstrap(Env env, Object& machine, const Object* config) {
  if (config != nullptr && (*config)["status"]["ready"].as_bool()) {
    machine.ref({"spec", "bootstrap", "dataSecretName"}) = (*config)["status"]["dataSecretName"];
    machine.ref({"status", "bootstrapReady"}) = true;
  }
  mirror(env, machine, "BootstrapReady", config, "Ready", "WaitingForDataSecret");
}

void write_infrastructure(Env env, Object& machine, const Object* infra) {
  if (infra != nullptr) {
    const json::Value& from = *infra;
    for (const std::string_view field : {"failureReason", "failureMessage"})
      if (from["status"].contains(field)) machine.ref("status").set(field, from["status"][field]);
    if (from["status"]["ready"].as_bool()) {
      machine.ref("spec").set("providerID", from["spec"]["providerID"]);
      machine.ref("status").set("addresses", from["status"]["addresses"]);
      machine.ref("status").set("infrastructureReady", true);
    }
  }
  mirror(env, machine, "InfrastructureReady", infra, "Ready", "WaitingForInfrastructure");
}

bool is_checked(Env env, const Object& machine) {
  for (const ObjectPtr& check : env.list(kMachineHealthChecks, kube::namespace_of(machine))) {
    bool matches = cluster_name_of(*check) == cluster_name_of(machine);
    for (const json::Member& wanted : (*check)["spec"]["selector"]["matchLabels"].object())
      matches = matches && kube::has_label(machine, wanted.key) && kube::label(machine, wanted.key) == wanted.value.as_string();
    if (matches) return true;
  }
  return false;
}

std::string_view phase_of(const Object& machine) {
  const json::Value& status = machine["status"];
  if (kube::is_deleting(machine)) return "Deleting";
  if (status["failureMessage"].is_string()) return "Failed";
  if (status["nodeRef"].is_object()) return "Running";
  if (status["infrastructureReady"].as_bool()) return "Provisioned";
  return status["bootstrapReady"].as_bool() ? "Provisioning" : "Pending";
}

void write_node(Env env, Object& machine, const json::Value& node) {
  if (node.is_object()) {
    machine.ref({"status", "nodeRef"}) = node;
    set_true(env, machine, "NodeHealthy");
    if (is_checked(env, machine)) set_true(env, machine, "HealthCheckSucceeded");
  } else if (!machine["status"]["nodeRef"].is_object()) {
    set_false(env, machine, "NodeHealthy", "WaitingForNodeRef", "Info", "");
  }
}

void write_rest(Env env, Object& machine) {
  summarize(env, machine, {"BootstrapReady", "InfrastructureReady", "NodeHealthy"});
  machine.ref({"status", "observedGeneration"}) = kube::generation_of(machine);
  const std::string_view phase = phase_of(machine);
  if (machine["status"]["phase"].as_string() == phase) return;
  machine.ref({"status", "phase"}) = phase;
  machine.ref({"status", "lastUpdated"}) = env.now();
}

Reconciled finish(Env env, ObjectPtr machine, Object wanted, std::optional<async::Duration> again) {
  const Status saved = co_await save(env, res::kMachines, machine, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

// The Node, then the infrastructure, then the bootstrap config, then the Machine.
Reconciled take_down(Env env, ObjectPtr machine) {
  if (!kube::has_finalizer(*machine, kFinalizer)) co_return Outcome{};
  Object wanted = *machine;
  write_rest(env, wanted);
  const ObjectKey cluster{std::string(kube::namespace_of(*machine)), cluster_name_of(*machine)};
  const Status left = co_await leave_node(env, cluster, (*machine)["status"]["nodeRef"]["name"].str());
  if (!left) co_return fail(left.error());
  const ObjectPtr parts[] = {infra_of(env, *machine), config_of(env, *machine)};
  for (const ObjectPtr& part : parts) {
    if (!part) continue;
    if (!kube::is_deleting(*part)) {
      const Status removed = co_await remove(env, gvr_of_reference(*part), part);
      if (!removed) co_return fail(removed.error());
    }
    co_return co_await finish(env, machine, std::move(wanted), std::nullopt);
  }
  drop_finalizer(wanted, kFinalizer);
  co_return co_await finish(env, machine, std::move(wanted), std::nullopt);
}

Reconciled reconcile(Env env, ObjectPtr machine) {
  if (kube::is_deleting(*machine)) co_return co_await take_down(env, machine);
  Object wanted = *machine;
  if (add_finalizer(wanted, kFinalizer)) co_return co_await finish(env, machine, std::move(wanted), std::nullopt);
  const ObjectPtr cluster = cluster_of(env, *machine);
  write_bootstrap(env, wanted, config_of(env, *machine).get());
  write_infrastructure(env, wanted, infra_of(env, *machine).get());
  std::optional<async::Duration> again;
  json::Value node;
  if (wanted["status"]["infrastructureReady"].as_bool() && !wanted["status"]["nodeRef"].is_object()) {
    auto joined = co_await join_node(env, cluster, wanted["spec"]["providerID"].str());
    if (!joined) co_return fail(std::move(joined).error());
    node = joined->node;
    again = joined->again;
  }
  write_node(env, wanted, node);
  write_rest(env, wanted);
  co_return co_await finish(env, machine, std::move(wanted), again);
}

std::vector<ObjectKey> by_own_name(Env, const runtime::Change& change) { return {change.key}; }

}  // namespace

SimController machine_controller() {
  SimController controller{.name = "machines",
                           .primary = res::kMachines,
                           .gate = Gate::Cluster,
                           .manager = manager::kCapi,
                           .watches = {{kKubeadmConfigs, by_own_name}, {kMachineHealthChecks, to_same_cluster(res::kMachines)}},
                           .reconcile = reconcile};
  for (const InfraKind& kind : infra_kinds()) controller.watches.push_back({kind.machines(), by_own_name});
  return controller;
}

}  // namespace slipway::simcloud
