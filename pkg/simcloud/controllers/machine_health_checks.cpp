// Plays Cluster API's MachineHealthCheck controller: counts. Nothing falls ill in the simulated world, so nothing is remediated.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/machine_parts.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

bool selects(const Object& check, const Object& machine) {
  if (cluster_name_of(check) != cluster_name_of(machine)) return false;
  for (const json::Member& wanted : check["spec"]["selector"]["matchLabels"].object())
    if (!kube::has_label(machine, wanted.key) || kube::label(machine, wanted.key) != wanted.value.as_string()) return false;
  return true;
}

Reconciled reconcile(Env env, ObjectPtr check) {
  if (kube::is_deleting(*check)) co_return Outcome{};
  std::int64_t expected = 0;
  std::int64_t healthy = 0;
  json::Value targets{json::Array()};
  for (const ObjectPtr& machine : env.list(res::kMachines, kube::namespace_of(*check))) {
    if (!selects(*check, *machine)) continue;
    ++expected;
    if (has_node(*machine)) ++healthy;
    targets.push_back(kube::name_of(*machine));
  }
  Object wanted = *check;
  json::Value& status = wanted.ref("status");
  status.set("observedGeneration", kube::generation_of(*check));
  status.set("expectedMachines", expected);
  status.set("currentHealthy", healthy);
  status.set("remediationsAllowed", expected);
  status.set("targets", std::move(targets));
  set_true(env, wanted, "RemediationAllowed");
  const Status saved = co_await save(env, kMachineHealthChecks, check, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController machine_health_check_controller() {
  return {.name = "machinehealthchecks",
          .primary = kMachineHealthChecks,
          .gate = Gate::Cluster,
          .manager = manager::kCapi,
          .watches = {{res::kMachines, to_same_cluster(kMachineHealthChecks)}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
