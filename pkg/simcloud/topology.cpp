#include "pkg/simcloud/topology.h"

#include <algorithm>

#include "pkg/simcloud/infra_kinds.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

struct Cloning {
  json::Value reference;  // to the template in the class
  std::string kind;       // of the clone: the template itself, or what it is a template of
  std::string name;
};

Object dressed(const Object& cluster, Object object) {
  set_labels(object, {{kClusterNameLabel, kube::name_of(cluster)}, {kTopologyOwnedLabel, ""}});
  add_owner(object, cluster, false);
  return object;
}

// A clone of a class's template: the same template under the cluster's name, or an object from it.
Awaitable<Result<Object>> clone(Env env, ObjectPtr cluster, Cloning cloning) {
  const std::string ns(kube::namespace_of(*cluster));
  auto from = co_await env.client().get(gvr_of_reference(cloning.reference), {ns, cloning.reference["name"].str()});
  if (!from) co_return fail(std::move(from).error().in("cloning for Cluster " + kube::key_of(*cluster).to_string()));
  Object object = kube::make_object((*from)["apiVersion"].as_string(), cloning.kind, {ns, cloning.name});
  object.ref({"metadata", "annotations", "cluster.x-k8s.io/cloned-from-name"}) = kube::name_of(*from);
  const kube::GroupVersionKind gvk = kube::gvk_of(*from);
  object.ref({"metadata", "annotations", "cluster.x-k8s.io/cloned-from-groupkind"}) = gvk.kind + "." + gvk.group;
  object.set("spec", cloning.kind == kube::kind_of(*from) ? (*from)["spec"] : (*from)["spec"]["template"]["spec"]);
  if (object["spec"].is_null()) object.set("spec", json::Object());
  co_return dressed(*cluster, std::move(object));
}

std::string without_template(const json::Value& reference) {
  std::string kind = reference["kind"].str();
  if (kind.ends_with("Template")) kind.resize(kind.size() - std::string_view("Template").size());
  return kind;
}

void give_endpoint(const Object& cluster, Object& infra) {
  const InfraKind* row = infra_by_kind(kube::kind_of(infra));
  const std::string host = topology_variable(cluster, "apiServerEndpoint").str(kube::annotation(cluster, "tkg.tanzu.vmware.com/cluster-controlplane-endpoint"));
  if (row == nullptr || !row->user_endpoint || host.empty()) return;
  infra.ref({"spec", "controlPlaneEndpoint"}) = object_of({{"host", host}, {"port", topology_variable(cluster, "apiServerPort").as_int(6443)}});
}

Object make_health_check(const Object& cluster, std::string_view name, json::Value selector, const json::Value& from) {
  Object check = kube::make_object("cluster.x-k8s.io/v1beta1", "MachineHealthCheck", {std::string(kube::namespace_of(cluster)), std::string(name)});
  json::Value spec = from;
  spec.erase("enable");
  spec.set("clusterName", kube::name_of(cluster));
  spec.set("selector", object_of({{"matchLabels", std::move(selector)}}));
  check.set("spec", std::move(spec));
  return dressed(cluster, std::move(check));
}

Awaitable<Status> make_control_plane(Env env, ObjectPtr cluster, ObjectPtr cluster_class, std::string name) {
  const json::Value& from = (*cluster_class)["spec"]["controlPlane"];
  const json::Value& topology = (*cluster)["spec"]["topology"];
  const std::string cluster_name(kube::name_of(*cluster));
  const json::Value machine_reference = from["machineInfrastructure"]["ref"];
  const std::string template_name = suffixed(cluster_name + "-control-plane", cluster_name);
  auto machines = co_await clone(env, cluster, {machine_reference, machine_reference["kind"].str(), template_name});
  if (!machines) co_return fail(std::move(machines).error());
  const json::Value infra_ref = object_reference(*machines);
  const auto made_template = co_await create(env, gvr_of_reference(machine_reference), std::move(*machines));
  if (!made_template) co_return fail(made_template.error());
  auto control_plane = co_await clone(env, cluster, {from["ref"], without_template(from["ref"]), name});
  if (!control_plane) co_return fail(std::move(control_plane).error());
  json::Value& spec = control_plane->ref("spec");
  spec.set("replicas", topology["controlPlane"]["replicas"].as_int(1));
  spec.set("version", topology["version"]);
  spec.ref({"machineTemplate", "infrastructureRef"}) = infra_ref;
  spec.ref({"machineTemplate", "metadata", "labels"}) = object_of({{kClusterNameLabel, cluster_name}, {kTopologyOwnedLabel, ""}});
  const auto made = co_await create(env, res::kKubeadmControlPlanes, std::move(*control_plane));
  if (!made) co_return fail(made.error());
  if (!from["machineHealthCheck"].is_object()) co_return Status{};
  json::Value selector = object_of({{kClusterNameLabel, cluster_name}, {kControlPlaneLabel, ""}});
  const auto checked = co_await create(env, kMachineHealthChecks, make_health_check(*cluster, name, std::move(selector), from["machineHealthCheck"]));
  if (!checked) co_return fail(checked.error());
  co_return Status{};
}

Awaitable<Status> make_workers(Env env, ObjectPtr cluster, json::Value pool, json::Value worker_class) {
  const std::string cluster_name(kube::name_of(*cluster));
  const std::string pool_name = pool["name"].str();
  const std::string base = cluster_name + "-" + pool_name;
  const json::Value bootstrap_reference = worker_class["template"]["bootstrap"]["ref"];
  const json::Value infra_reference = worker_class["template"]["infrastructure"]["ref"];
  auto bootstrap = co_await clone(env, cluster, {bootstrap_reference, bootstrap_reference["kind"].str(), suffixed(base + "-bootstrap", base)});
  if (!bootstrap) co_return fail(std::move(bootstrap).error());
  auto infra = co_await clone(env, cluster, {infra_reference, infra_reference["kind"].str(), suffixed(base + "-infra", base)});
  if (!infra) co_return fail(std::move(infra).error());
  Object deployment = kube::make_object("cluster.x-k8s.io/v1beta1", "MachineDeployment", {std::string(kube::namespace_of(*cluster)), suffixed(base, base)});
  const std::string name(kube::name_of(deployment));
  if (pool["metadata"]["annotations"].is_object()) deployment.ref({"metadata", "annotations"}) = pool["metadata"]["annotations"];
  set_labels(deployment, {{kTopologyDeploymentLabel, pool_name}});
  const json::Value labels = object_of({{kClusterNameLabel, cluster_name}, {kTopologyOwnedLabel, ""}, {kTopologyDeploymentLabel, pool_name}});
  json::Value machine = object_of({{"clusterName", cluster_name},
                                   {"version", (*cluster)["spec"]["topology"]["version"]},
                                   {"bootstrap", object_of({{"configRef", object_reference(*bootstrap)}})},
                                   {"infrastructureRef", object_reference(*infra)}});
  deployment.set("spec", object_of({{"clusterName", cluster_name},
                                    {"replicas", pool["replicas"].as_int(1)},
                                    {"selector", object_of({{"matchLabels", labels}})},
                                    {"template", object_of({{"metadata", object_of({{"labels", labels}})}, {"spec", std::move(machine)}})}}));
  const auto made_bootstrap = co_await create(env, gvr_of_reference(bootstrap_reference), std::move(*bootstrap));
  if (!made_bootstrap) co_return fail(made_bootstrap.error());
  const auto made_infra = co_await create(env, gvr_of_reference(infra_reference), std::move(*infra));
  if (!made_infra) co_return fail(made_infra.error());
  const auto made = co_await create(env, res::kMachineDeployments, dressed(*cluster, std::move(deployment)));
  if (!made) co_return fail(made.error());
  if (!worker_class["machineHealthCheck"].is_object()) co_return Status{};
  const auto checked = co_await create(env, kMachineHealthChecks, make_health_check(*cluster, name, labels, worker_class["machineHealthCheck"]));
  if (!checked) co_return fail(checked.error());
  co_return Status{};
}

Awaitable<Status> set_replicas(Env env, Gvr gvr, ObjectPtr object, std::int64_t replicas) {
  Object wanted = *object;
  wanted.ref({"spec", "replicas"}) = replicas;
  co_return co_await save(env, gvr, object, std::move(wanted));
}

Awaitable<Status> reconcile_workers(Env env, ObjectPtr cluster, ObjectPtr cluster_class) {
  const json::Value pools = (*cluster)["spec"]["topology"]["workers"]["machineDeployments"];
  std::vector<ObjectPtr> surplus;
  for (const ObjectPtr& md : env.list(res::kMachineDeployments, kube::namespace_of(*cluster)))
    if (cluster_name_of(*md) == kube::name_of(*cluster) && kube::has_label(*md, kTopologyOwnedLabel)) surplus.push_back(md);
  for (const json::Value& pool : pools.array()) {
    const auto present =
        std::ranges::find_if(surplus, [&](const ObjectPtr& md) { return kube::label(*md, kTopologyDeploymentLabel) == pool["name"].as_string(); });
    if (present != surplus.end()) {
      const ObjectPtr md = *present;
      surplus.erase(present);
      if (!pool.contains("replicas") || pool["replicas"] == (*md)["spec"]["replicas"]) continue;
      const Status scaled = co_await set_replicas(env, res::kMachineDeployments, md, pool["replicas"].as_int());
      if (!scaled) co_return scaled;
      continue;
    }
    const json::Array& classes = (*cluster_class)["spec"]["workers"]["machineDeployments"].array();
    const auto worker_class = std::ranges::find_if(classes, [&](const json::Value& c) { return c["class"] == pool["class"]; });
    if (worker_class == classes.end())
      co_return fail(Disposition::NotFound,
                     "ClusterClass " + std::string(kube::name_of(*cluster_class)) + " has no MachineDeployment class " + pool["class"].str());
    const Status made = co_await make_workers(env, cluster, pool, *worker_class);
    if (!made) co_return made;
  }
  for (const ObjectPtr& md : surplus) {
    const Status gone = co_await remove(env, res::kMachineDeployments, md);
    if (!gone) co_return gone;
  }
  co_return Status{};
}

}  // namespace

json::Value topology_variable(const Object& cluster, std::string_view name) {
  for (const json::Value& variable : cluster["spec"]["topology"]["variables"].array())
    if (variable["name"].as_string() == name) return variable["value"];
  return {};
}

Awaitable<Result<Object>> reconcile_topology(Env env, ObjectPtr cluster) {
  const std::string ns(kube::namespace_of(*cluster));
  const std::string name(kube::name_of(*cluster));
  Object wanted = *cluster;
  const std::string class_name = (*cluster)["spec"]["topology"]["class"].str();
  const ObjectPtr cluster_class = env.get(res::kClusterClasses, {ns, class_name});
  if (!cluster_class) co_return fail(Disposition::NotFound, "ClusterClass " + ns + "/" + class_name + " does not exist");

  if (!wanted["spec"].contains("infrastructureRef")) {
    const json::Value reference = (*cluster_class)["spec"]["infrastructure"]["ref"];
    auto infra = co_await clone(env, cluster, {reference, without_template(reference), suffixed(name, name)});
    if (!infra) co_return fail(std::move(infra).error());
    give_endpoint(*cluster, *infra);
    wanted.ref({"spec", "infrastructureRef"}) = object_reference(*infra);
    const Gvr gvr = gvr_of_reference((*infra));
    const auto made = co_await create(env, gvr, std::move(*infra));
    if (!made) co_return fail(made.error());
  }
  const std::string control_plane_name = wanted["spec"]["controlPlaneRef"]["name"].str(suffixed(name, name));
  const ObjectPtr control_plane = env.get(res::kKubeadmControlPlanes, {ns, control_plane_name});
  if (!control_plane) {
    const Status made = co_await make_control_plane(env, cluster, cluster_class, control_plane_name);
    if (!made) co_return fail(made.error());
    wanted.ref({"spec", "controlPlaneRef"}) =
        object_of({{"apiVersion", "controlplane.cluster.x-k8s.io/v1beta1"}, {"kind", "KubeadmControlPlane"}, {"name", control_plane_name}, {"namespace", ns}});
  } else {
    const json::Value& replicas = (*cluster)["spec"]["topology"]["controlPlane"]["replicas"];
    if (replicas.is_integer() && replicas != (*control_plane)["spec"]["replicas"]) {
      const Status scaled = co_await set_replicas(env, res::kKubeadmControlPlanes, control_plane, replicas.as_int());
      if (!scaled) co_return fail(scaled.error());
    }
  }
  const Status workers = co_await reconcile_workers(env, cluster, cluster_class);
  if (!workers) co_return fail(workers.error());
  co_return wanted;
}

}  // namespace slipway::simcloud
