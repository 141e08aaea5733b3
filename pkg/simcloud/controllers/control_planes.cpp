// Plays the kubeadm control plane provider: the cluster's certificates, its machines one after another, the kubeconfig Secret, and status. No rolling upgrades:
// a changed version is reported as not rolled out.
#include <algorithm>

#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/machine_parts.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kFinalizer = "kubeadm.controlplane.cluster.x-k8s.io";
constexpr std::string_view kSecretType = "cluster.x-k8s.io/secret";
using Machines = std::vector<ObjectPtr>;

Machines machines_of(Env env, const Object& control_plane) {
  Machines out;
  for (ObjectPtr& machine : env.list(res::kMachines, kube::namespace_of(control_plane)))
    if (cluster_name_of(*machine) == cluster_name_of(control_plane) && kube::has_label(*machine, kControlPlaneLabel)) out.push_back(std::move(machine));
  return out;
}

Machines alive(const Machines& machines) {
  Machines out;
  std::ranges::copy_if(machines, std::back_inserter(out), [](const ObjectPtr& machine) { return !kube::is_deleting(*machine); });
  return out;
}

Object cluster_secret(const Object& control_plane, std::string_view purpose, Pairs values) {
  const std::string cluster = cluster_name_of(control_plane);
  Object secret = make_secret({std::string(kube::namespace_of(control_plane)), cluster + "-" + std::string(purpose)}, kSecretType, values);
  set_labels(secret, {{kClusterNameLabel, cluster}});
  add_owner(secret, control_plane, true);
  return secret;
}

Awaitable<Status> ensure_certificates(Env env, ObjectPtr control_plane) {
  const std::string what = "certificates " + std::string(kube::uid_of(*control_plane));
  if (env.site->is_done(what)) co_return Status{};
  for (const std::string_view purpose : {"ca", "etcd", "sa", "proxy"}) {
    Object secret =
        cluster_secret(*control_plane, purpose, {{"tls.crt", placeholder_pem("CERTIFICATE", purpose)}, {"tls.key", placeholder_pem("PRIVATE KEY", purpose)}});
    const auto created = co_await create(env, res::kSecrets, std::move(secret));
    if (!created) co_return fail(created.error());
  }
  env.site->mark_done(what);
  co_return Status{};
}

Awaitable<Status> ensure_kubeconfig(Env env, ObjectPtr control_plane) {
  const CloudCluster* cluster = env.world->cloud.find_cluster({std::string(kube::namespace_of(*control_plane)), cluster_name_of(*control_plane)});
  const std::string what = "kubeconfig " + std::string(kube::uid_of(*control_plane));
  if (cluster == nullptr || cluster->kubeconfig.empty() || env.site->is_done(what)) co_return Status{};
  const auto created = co_await create(env, res::kSecrets, cluster_secret(*control_plane, "kubeconfig", {{"value", cluster->kubeconfig}}));
  if (!created) co_return fail(created.error());
  env.site->mark_done(what);
  co_return Status{};
}

MachineRequest machine_request(const ObjectPtr& control_plane, std::string name) {
  const json::Value& spec = (*control_plane)["spec"];
  MachineRequest request;
  request.owner = control_plane;
  request.name = std::move(name);
  request.cluster = cluster_name_of(*control_plane);
  request.labels = spec["machineTemplate"]["metadata"]["labels"];
  request.labels.set(kClusterNameLabel, request.cluster);
  request.labels.set(kControlPlaneLabel, "");
  request.version = spec["version"];
  request.infra_template = spec["machineTemplate"]["infrastructureRef"];
  request.bootstrap_spec = spec["kubeadmConfigSpec"];
  return request;
}

// One machine at a time, and the second only when the first answers.
Awaitable<Status> scale(Env env, ObjectPtr control_plane, Machines all) {
  for (const ObjectPtr& machine : alive(all)) {
    if (!lacks_parts(env, *machine)) continue;
    const Status made = co_await ensure_machine(env, machine_request(control_plane, std::string(kube::name_of(*machine))));
    if (!made) co_return made;
  }
  const Machines present = alive(all);
  const auto desired = static_cast<std::size_t>(std::max<std::int64_t>((*control_plane)["spec"]["replicas"].as_int(1), 0));
  if (present.size() < desired && std::ranges::all_of(all, [](const ObjectPtr& m) { return has_node(*m) && !kube::is_deleting(*m); }))
    co_return co_await ensure_machine(env, machine_request(control_plane, free_machine_name(*control_plane, all)));
  if (present.size() > desired && present.size() == all.size()) co_return co_await remove(env, res::kMachines, most_dispensable(present));
  co_return Status{};
}

void write_resized(Env env, Object& wanted, std::int64_t desired, std::int64_t have) {
  if (have == desired) return set_true(env, wanted, "Resized");
  const std::string counts = std::to_string(desired) + " replicas (actual " + std::to_string(have) + ")";
  if (have < desired) return set_false(env, wanted, "Resized", "ScalingUp", "Warning", "Scaling up control plane to " + counts);
  set_false(env, wanted, "Resized", "ScalingDown", "Warning", "Scaling down control plane to " + counts);
}

void write_conditions(Env env, Object& wanted, const Machines& machines, std::int64_t updated) {
  const auto count = static_cast<std::int64_t>(machines.size());
  const bool initialized = wanted["status"]["initialized"].as_bool();
  set_true(env, wanted, "CertificatesAvailable");
  set_true(env, wanted, "MachinesCreated");
  if (initialized)
    for (const std::string_view type : {"Available", "ControlPlaneComponentsHealthy", "EtcdClusterHealthy"}) set_true(env, wanted, type);
  else
    set_false(env, wanted, "Available", "WaitingForKubeadmInit", "Info", "");
  write_machines_ready(env, wanted, machines);
  write_resized(env, wanted, wanted["spec"]["replicas"].as_int(1), count);
  if (updated == count)
    set_true(env, wanted, "MachinesSpecUpToDate");
  else
    set_false(env, wanted, "MachinesSpecUpToDate", "RollingUpdateNotSimulated", "Warning",
              std::to_string(count - updated) + " replicas keep their version: the simulated control plane has no rolling updates");
  summarize(env, wanted, {"Available", "MachinesReady", "Resized", "MachinesSpecUpToDate", "CertificatesAvailable", "MachinesCreated"});
}

void write_status(Env env, Object& wanted, const Machines& machines) {
  const auto count = static_cast<std::int64_t>(machines.size());
  const auto ready = std::ranges::count_if(machines, [](const ObjectPtr& m) { return has_node(*m) && !kube::is_deleting(*m); });
  const auto updated = std::ranges::count_if(machines, [&](const ObjectPtr& m) { return (*m)["spec"]["version"] == wanted["spec"]["version"]; });
  json::Value& status = wanted.ref("status");
  status.set("observedGeneration", kube::generation_of(wanted));
  status.set("selector", std::string(kClusterNameLabel) + "=" + cluster_name_of(wanted) + "," + std::string(kControlPlaneLabel));
  status.set("replicas", count);
  status.set("readyReplicas", ready);
  status.set("updatedReplicas", updated);
  status.set("unavailableReplicas", count - ready);
  if (ready > 0) status.set("initialized", true);
  status.set("ready", ready > 0);
  if (count > 0) status.set("version", (*machines.front())["spec"]["version"]);
  write_conditions(env, wanted, machines, updated);
}

Reconciled finish(Env env, ObjectPtr control_plane, Object wanted) {
  const Status saved = co_await save(env, res::kKubeadmControlPlanes, control_plane, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

Reconciled take_down(Env env, ObjectPtr control_plane) {
  const Machines machines = machines_of(env, *control_plane);
  for (const ObjectPtr& machine : alive(machines)) {
    const Status removed = co_await remove(env, res::kMachines, machine);
    if (!removed) co_return fail(removed.error());
  }
  Object wanted = *control_plane;
  if (machines.empty())
    drop_finalizer(wanted, kFinalizer);
  else
    write_status(env, wanted, machines);
  co_return co_await finish(env, control_plane, std::move(wanted));
}

Reconciled reconcile(Env env, ObjectPtr control_plane) {
  if (kube::is_deleting(*control_plane)) co_return co_await take_down(env, control_plane);
  Object wanted = *control_plane;
  if (add_finalizer(wanted, kFinalizer)) co_return co_await finish(env, control_plane, std::move(wanted));
  const ObjectPtr cluster = cluster_of(env, *control_plane);
  if (!(*cluster)["status"]["infrastructureReady"].as_bool()) {
    set_false(env, wanted, "Available", "WaitingForClusterInfrastructure", "Info", "");
    summarize(env, wanted, {"Available"});
    co_return co_await finish(env, control_plane, std::move(wanted));
  }
  const Status certified = co_await ensure_certificates(env, control_plane);
  if (!certified) co_return fail(certified.error());
  const Machines machines = machines_of(env, *control_plane);
  const Status scaled = co_await scale(env, control_plane, machines);
  if (!scaled) co_return fail(scaled.error());
  const Status kubeconfig = co_await ensure_kubeconfig(env, control_plane);
  if (!kubeconfig) co_return fail(kubeconfig.error());
  write_status(env, wanted, machines);
  co_return co_await finish(env, control_plane, std::move(wanted));
}

}  // namespace

SimController control_plane_controller() {
  SimController controller{.name = "kubeadmcontrolplanes",
                           .primary = res::kKubeadmControlPlanes,
                           .gate = Gate::Cluster,
                           .manager = manager::kControlPlane,
                           .watches = {{res::kMachines, to_same_cluster(res::kKubeadmControlPlanes)}, {kKubeadmConfigs, {}}},
                           .reconcile = reconcile};
  for (const InfraKind& kind : infra_kinds()) controller.watches.push_back({kind.machines(), {}});
  return controller;
}

}  // namespace slipway::simcloud
