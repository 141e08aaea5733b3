#include "controllers/cluster_spec.h"

#include <utility>

#include "api/v1alpha1/codec.h"

namespace slipway::controllers {
namespace {

using json::Value;

constexpr std::string_view kOperationInfo = "TKGOperationInfo";

// tanzu reads Go's default time format here (tanzu.md 0.5).
std::string go_time(WallTime t) {
  std::string text = to_rfc3339(t);
  text[10] = ' ';
  text.back() = ' ';
  return text + "+0000 UTC";
}

Value list_of(const std::vector<std::string>& items) {
  Value out{json::Array()};
  for (const std::string& item : items) out.push_back(item);
  return out;
}

void add_default(Value& variables, std::string_view name, Value value) {
  if (!variables.contains(name)) variables.set(name, std::move(value));
}

// Proxy and registry are said once in the spec; the ClusterClass takes them as variables (tanzu.md 8.2).
Value variables_of(const ClusterWish& wish) {
  Value variables = wish.cluster.variables.value_or(Value(json::Object{}));
  if (wish.proxy) {
    Value proxy = json::Object{{"httpProxy", wish.proxy->http}, {"httpsProxy", wish.proxy->https}};
    proxy.set("noProxy", list_of(wish.proxy->noProxy));
    add_default(variables, "proxy", std::move(proxy));
  }
  if (wish.registry && !wish.registry->repository.empty()) add_default(variables, "imageRepository", json::Object{{"host", wish.registry->repository}});
  return variables;
}

// A control plane that was not told the wanted number yet would look complete.
StepPlan follows_spec(const std::vector<ObjectPtr>& kcps, const std::vector<ObjectPtr>& pools, const MachineCount& wanted) {
  const auto updating = [](std::string message) { return waiting("ClusterUpdating", std::move(message)); };
  for (const ObjectPtr& kcp : kcps) {
    if (wanted.control_plane && (*kcp)["spec"]["replicas"].as_int(1) != *wanted.control_plane)
      return updating(kube::describe(*kcp) + " is not told yet to have " + std::to_string(*wanted.control_plane) + " replicas");
    if ((*kcp)["status"]["observedGeneration"].as_int(kube::generation_of(*kcp)) < kube::generation_of(*kcp))
      return updating(kube::describe(*kcp) + ": its controller has not seen the latest change yet");
  }
  std::int64_t told = 0;
  for (const ObjectPtr& pool : pools) told += (*pool)["spec"]["replicas"].as_int(1);
  if (wanted.workers && told != *wanted.workers)
    return updating("the worker pools are told to have " + std::to_string(told) + " machines together, not " + std::to_string(*wanted.workers) + " yet");
  return done("");
}

}  // namespace

std::string effective_class(const api::ClusterSpec& cluster, const api::Infrastructure& infrastructure) {
  return cluster.class_.empty() ? "tkg-" + infrastructure.provider + "-default-v1.0.0" : cluster.class_;
}

std::string effective_version(const api::ClusterSpec& cluster, std::string_view release) {
  return cluster.version.empty() ? version_of_release(release) : cluster.version;
}

std::string version_of_release(std::string_view release) {
  // Tanzu writes '+' as "---" in names and ends them with its own build.
  const auto plus = release.find("---");
  if (plus == std::string_view::npos) return std::string(release);
  const auto end = release.find("-tkg.", plus);
  return std::string(release.substr(0, plus)) + "+" + std::string(release.substr(plus + 3, end == std::string_view::npos ? end : end - plus - 3));
}

Object render(const ClusterWish& wish, const ObjectPtr& live, WallTime now) {
  topology::ClusterRequest r;
  r.key = wish.key;
  r.plan = wish.plan;
  r.release = wish.release;
  r.cluster = wish.cluster;
  r.cluster.class_ = effective_class(wish.cluster, wish.infrastructure);
  r.cluster.version = effective_version(wish.cluster, wish.release);
  r.cluster.workers = api::worker_pools(wish.cluster);
  if (Value variables = variables_of(wish); !variables.object().empty()) r.cluster.variables = std::move(variables);
  r.infrastructure = wish.infrastructure;
  r.management = wish.management;
  const auto stamped = live ? kube::annotation(*live, kOperationInfo) : std::string_view();
  if (stamped.empty()) r.operation_start = go_time(now);
  Object cluster = topology::render_cluster(r);
  if (!stamped.empty()) cluster.ref({"metadata", "annotations", kOperationInfo}) = stamped;
  return cluster;
}

MachineCount wanted_machines(const std::string& plan, const api::ClusterSpec& cluster) {
  MachineCount out;
  if (cluster.manifestRef) return out;
  out.control_plane = api::control_plane_replicas(plan, cluster);
  out.workers = 0;
  for (const api::WorkerPool& pool : api::worker_pools(cluster)) {
    ++out.pools;
    if (pool.autoscaler) out.workers.reset();
    if (out.workers) *out.workers += api::worker_replicas(plan, pool);
  }
  return out;
}

StepPlan cluster_complete(const ClusterView& view, const ObjectKey& cluster, const MachineCount& wanted) {
  const auto kcps = view.of_cluster(kube::res::kKubeadmControlPlanes, cluster);
  const auto pools = view.of_cluster(kube::res::kMachineDeployments, cluster);
  const auto machines = view.of_cluster(kube::res::kMachines, cluster);
  if (topology::Readiness r = topology::control_plane_available(kcps, machines); !r.ready) return from(std::move(r));
  if (StepPlan plan = follows_spec(kcps, pools, wanted); !plan.over()) return plan;
  std::int64_t expected = 0;
  for (const ObjectPtr& kcp : kcps) expected += (*kcp)["spec"]["replicas"].as_int(1);
  for (const ObjectPtr& pool : pools) expected += (*pool)["spec"]["replicas"].as_int(1);
  topology::Readiness nodes = topology::machines_have_nodes(machines, expected);
  if (nodes.failed) return from(std::move(nodes));  // the deepest reason first
  if (topology::Readiness r = topology::control_plane_replicas(kcps); !r.ready) return from(std::move(r));
  if (topology::Readiness r = topology::workers_replicas(pools, wanted.pools); !r.ready) return from(std::move(r));
  return from(std::move(nodes));
}

StepPlan pod_network(const ClusterView& view, const std::string& cni) {
  if (cni == "none") return skipped("the pod network is none of ours (cni: none)");
  const ObjectKey key{"kube-system", cni == "calico" ? "calico-kube-controllers" : "antrea-controller"};
  topology::Readiness r = topology::deployment_available(view.get(kube::res::kDeployments, key), key);
  if (r.ready) return done("AddonsReady", "the pod network (" + cni + ") is there");
  return waiting("WaitingForAddons", std::move(r.message));
}

}  // namespace slipway::controllers
