// Plays Cluster API's MachineDeployment controller with one MachineSet: it scales; a changed template is not rolled out.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

ObjectPtr set_of(Env env, const Object& deployment) {
  for (const ObjectPtr& set : env.list(res::kMachineSets, kube::namespace_of(deployment)))
    if (kube::label(*set, kDeploymentNameLabel) == kube::name_of(deployment)) return set;
  return nullptr;
}

Object make_set(const Object& deployment) {
  const std::string name = suffixed(kube::name_of(deployment), kube::name_of(deployment));
  Object set = kube::make_object("cluster.x-k8s.io/v1beta1", "MachineSet", {std::string(kube::namespace_of(deployment)), name});
  set.ref({"metadata", "labels"}) = deployment["spec"]["template"]["metadata"]["labels"];
  set_labels(set, {{kClusterNameLabel, cluster_name_of(deployment)}, {kDeploymentNameLabel, kube::name_of(deployment)}});
  add_owner(set, deployment, true);
  json::Value machine = deployment["spec"]["template"];
  machine.ref({"metadata", "labels"}).set(kDeploymentNameLabel, kube::name_of(deployment));
  json::Value selector = deployment["spec"]["selector"];
  selector.ref("matchLabels").set(kDeploymentNameLabel, kube::name_of(deployment));
  set.set("spec", object_of({{"clusterName", cluster_name_of(deployment)},
                             {"replicas", deployment["spec"]["replicas"].as_int(1)},
                             {"deletePolicy", "Newest"},
                             {"selector", std::move(selector)},
                             {"template", std::move(machine)}}));
  return set;
}

std::string_view phase_of(std::int64_t desired, std::int64_t have, std::int64_t ready) {
  if (have > desired) return "ScalingDown";
  return have < desired || ready < desired ? "ScalingUp" : "Running";
}

void write_status(Env env, Object& wanted, const Object* set) {
  const json::Value none;
  const json::Value& from = set == nullptr ? none : (*set)["status"];
  const std::int64_t desired = wanted["spec"]["replicas"].as_int(1);
  const std::int64_t have = from["replicas"].as_int();
  const std::int64_t ready = from["readyReplicas"].as_int();
  json::Value& status = wanted.ref("status");
  status.set("observedGeneration", kube::generation_of(wanted));
  status.set("selector", std::string(kClusterNameLabel) + "=" + cluster_name_of(wanted));
  status.set("replicas", have);
  status.set("updatedReplicas", have);
  status.set("readyReplicas", ready);
  status.set("availableReplicas", ready);
  status.set("unavailableReplicas", std::max<std::int64_t>(desired - ready, 0));
  status.set("phase", phase_of(desired, have, ready));
  if (ready >= desired)
    set_true(env, wanted, "Available");
  else
    set_false(env, wanted, "Available", "WaitingForAvailableMachines", "Warning",
              "Minimum availability requires " + std::to_string(desired) + " replicas, current " + std::to_string(ready) + " available");
  mirror(env, wanted, "MachineSetReady", set, "Ready", "WaitingForMachineSet");
  summarize(env, wanted, {"MachineSetReady", "Available"});
}

Reconciled reconcile(Env env, ObjectPtr deployment) {
  if (kube::is_deleting(*deployment)) co_return Outcome{};
  const ObjectPtr set = set_of(env, *deployment);
  if (!set) {
    const auto created = co_await create(env, res::kMachineSets, make_set(*deployment));
    if (!created) co_return fail(created.error());
  } else if (!kube::is_deleting(*set) && (*set)["spec"]["replicas"] != (*deployment)["spec"]["replicas"]) {
    Object scaled = *set;
    scaled.ref({"spec", "replicas"}) = (*deployment)["spec"]["replicas"].as_int(1);
    const Status saved = co_await save(env, res::kMachineSets, set, std::move(scaled));
    if (!saved) co_return fail(saved.error());
  }
  Object wanted = *deployment;
  write_status(env, wanted, set.get());
  const Status saved = co_await save(env, res::kMachineDeployments, deployment, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController machine_deployment_controller() {
  return {.name = "machinedeployments",
          .primary = res::kMachineDeployments,
          .gate = Gate::Cluster,
          .manager = manager::kCapi,
          .watches = {{res::kMachineSets, to_owner("cluster.x-k8s.io", "MachineDeployment")}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
