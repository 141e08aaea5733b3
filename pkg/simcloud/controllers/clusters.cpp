// Plays Cluster API's Cluster and topology controllers: the topology's objects, the status of the v1beta1 contract, and an orderly end.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/remote.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/topology.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kFinalizer = "cluster.cluster.x-k8s.io";

ObjectPtr referenced(Env env, const Object& cluster, std::string_view field) {
  const json::Value& reference = cluster["spec"][field];
  if (!reference.is_object()) return nullptr;
  return env.get(gvr_of_reference(reference), {std::string(kube::namespace_of(cluster)), reference["name"].str()});
}

void write_infrastructure(Env env, Object& cluster, const Object* infra) {
  if (infra != nullptr && (*infra)["spec"]["controlPlaneEndpoint"]["host"].is_string())
    cluster.ref({"spec", "controlPlaneEndpoint"}) = (*infra)["spec"]["controlPlaneEndpoint"];
  if (infra != nullptr && (*infra)["status"]["ready"].as_bool()) cluster.ref({"status", "infrastructureReady"}) = true;
  mirror(env, cluster, "InfrastructureReady", infra, "Ready", "WaitingForInfrastructure");
}

void write_control_plane(Env env, Object& cluster, const Object* control_plane) {
  if (control_plane != nullptr) cluster.ref({"status", "controlPlaneReady"}) = (*control_plane)["status"]["ready"].as_bool();
  mirror(env, cluster, "ControlPlaneReady", control_plane, "Ready", "WaitingForControlPlane");
  if (kube::condition_true(cluster, "ControlPlaneInitialized")) return;  // once and for all
  if (control_plane != nullptr && (*control_plane)["status"]["initialized"].as_bool())
    set_true(env, cluster, "ControlPlaneInitialized");
  else
    set_false(env, cluster, "ControlPlaneInitialized", "WaitingForControlPlaneProviderInitialized", "Info",
              "Waiting for control plane provider to indicate the control plane has been initialized");
}

std::string_view phase_of(const Object& cluster) {
  if (kube::is_deleting(cluster)) return "Deleting";
  if (cluster["status"]["infrastructureReady"].as_bool() && cluster["spec"]["controlPlaneEndpoint"]["host"].is_string()) return "Provisioned";
  return cluster["spec"].contains("infrastructureRef") ? "Provisioning" : "Pending";
}

void write_status(Env env, Object& cluster) {
  write_infrastructure(env, cluster, referenced(env, cluster, "infrastructureRef").get());
  write_control_plane(env, cluster, referenced(env, cluster, "controlPlaneRef").get());
  if (cluster["spec"].contains("topology"))
    summarize(env, cluster, {"TopologyReconciled", "ControlPlaneReady", "InfrastructureReady"});
  else
    summarize(env, cluster, {"ControlPlaneReady", "InfrastructureReady"});
  cluster.ref({"status", "observedGeneration"}) = kube::generation_of(cluster);
  cluster.ref({"status", "phase"}) = phase_of(cluster);
}

Reconciled finish(Env env, ObjectPtr cluster, Object wanted) {
  const Status saved = co_await save(env, res::kClusters, cluster, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

std::vector<ObjectPtr> of_cluster(Env env, const Gvr& gvr, const Object& cluster) {
  std::vector<ObjectPtr> out;
  for (ObjectPtr& object : env.list(gvr, kube::namespace_of(cluster)))
    if (cluster_name_of(*object) == kube::name_of(cluster)) out.push_back(std::move(object));
  return out;
}

bool has_workers(Env env, const Object& cluster) {
  for (const ObjectPtr& machine : of_cluster(env, res::kMachines, cluster))
    if (!kube::has_label(*machine, kControlPlaneLabel)) return true;
  return !of_cluster(env, res::kMachineSets, cluster).empty() || !of_cluster(env, res::kMachineDeployments, cluster).empty();
}

// Workers, then the control plane, then the infrastructure, then the Cluster itself.
Reconciled take_down(Env env, ObjectPtr cluster) {
  if (!kube::has_finalizer(*cluster, kFinalizer)) co_return Outcome{};
  Object wanted = *cluster;
  write_status(env, wanted);
  for (const ObjectPtr& md : of_cluster(env, res::kMachineDeployments, *cluster)) {
    if (kube::is_deleting(*md)) continue;
    const Status removed = co_await remove(env, res::kMachineDeployments, md);
    if (!removed) co_return fail(removed.error());
  }
  if (has_workers(env, *cluster)) co_return co_await finish(env, cluster, std::move(wanted));
  for (const std::string_view field : {"controlPlaneRef", "infrastructureRef"}) {
    const ObjectPtr part = referenced(env, *cluster, field);
    if (!part) continue;
    if (!kube::is_deleting(*part)) {
      const Status removed = co_await remove(env, gvr_of_reference(*part), part);
      if (!removed) co_return fail(removed.error());
    }
    co_return co_await finish(env, cluster, std::move(wanted));
  }
  env.world->stop_server(cluster_server(kube::key_of(*cluster)));
  env.world->cloud.forget_cluster(kube::key_of(*cluster));
  drop_finalizer(wanted, kFinalizer);
  co_return co_await finish(env, cluster, std::move(wanted));
}

Reconciled reconcile(Env env, ObjectPtr cluster) {
  if (kube::is_deleting(*cluster)) co_return co_await take_down(env, cluster);
  Object wanted = *cluster;
  if (add_finalizer(wanted, kFinalizer)) co_return co_await finish(env, cluster, std::move(wanted));
  if ((*cluster)["spec"].contains("topology")) {
    auto made = co_await reconcile_topology(env, cluster);
    if (made) {
      wanted = std::move(*made);
      set_true(env, wanted, "TopologyReconciled");
    } else if (made.error().is(Disposition::NotFound)) {
      set_false(env, wanted, "TopologyReconciled", "TopologyReconcileFailed", "Error", made.error().message());
    } else {
      co_return fail(std::move(made).error());
    }
  }
  write_status(env, wanted);
  co_return co_await finish(env, cluster, std::move(wanted));
}

}  // namespace

SimController cluster_controller() {
  SimController controller{.name = "clusters",
                           .primary = res::kClusters,
                           .gate = Gate::Cluster,
                           .manager = manager::kCapi,
                           .watches = {{res::kKubeadmControlPlanes, to_cluster()},
                                       {res::kMachineDeployments, to_cluster()},
                                       {res::kMachineSets, to_cluster()},
                                       {res::kMachines, to_cluster()},
                                       {res::kClusterClasses, to_all(res::kClusters)}},
                           .reconcile = reconcile};
  for (const InfraKind& kind : infra_kinds()) controller.watches.push_back({kind.clusters(), to_cluster()});
  return controller;
}

}  // namespace slipway::simcloud
