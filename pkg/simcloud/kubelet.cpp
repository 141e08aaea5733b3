#include "pkg/simcloud/kubelet.h"

#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/remote.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/topology.h"

namespace slipway::simcloud {
namespace {

Object make_node(const Vm& vm, const std::string& now) {
  Object node = kube::make_object("v1", "Node", {"", vm.name});
  set_labels(node, {{"kubernetes.io/hostname", vm.name}, {"kubernetes.io/os", "linux"}, {"kubernetes.io/arch", "amd64"}});
  if (vm.control_plane) set_labels(node, {{"node-role.kubernetes.io/control-plane", ""}});
  node.set("spec", object_of({{"providerID", vm.provider_id}}));
  json::Value ready = object_of({{"type", "Ready"},
                                 {"status", "True"},
                                 {"reason", "KubeletReady"},
                                 {"message", "kubelet is posting ready status"},
                                 {"lastHeartbeatTime", now},
                                 {"lastTransitionTime", now}});
  json::Value info = object_of({{"kubeletVersion", vm.version}, {"osImage", "Ubuntu 20.04.5 LTS"}, {"operatingSystem", "linux"}, {"architecture", "amd64"}});
  node.set("status", object_of({{"addresses", list_of({object_of({{"type", "InternalIP"}, {"address", vm.address}})})},
                                {"conditions", list_of({ready})},
                                {"nodeInfo", std::move(info)}}));
  return node;
}

// The Node as it is there; made where it is not.
Awaitable<Result<Object>> ensure_node(std::shared_ptr<kube::Client> client, Object node) {
  auto found = co_await client->get(res::kNodes, {"", std::string(kube::name_of(node))});
  if (found || !found.error().is(Disposition::NotFound)) co_return found;
  json::Value status = object_of({{"status", node["status"]}});
  const ObjectKey key = kube::key_of(node);
  auto created = co_await client->create(res::kNodes, std::move(node), write_as("kubelet"));
  if (!created) co_return created;
  co_return co_await client->patch(res::kNodes, key, kube::PatchType::Merge, std::move(status), patch_as("kubelet", "status"));
}

Awaitable<Status> ensure_server(Env env, ObjectPtr cluster, std::string version) {
  const ObjectKey key = kube::key_of(*cluster);
  if (!env.world->cloud.cluster(key).server.empty()) co_return Status{};
  ServerRequest request;
  request.name = cluster_server(key);
  request.version = std::move(version);
  request.is_cluster = true;
  request.cni = topology_variable(*cluster, "cni").str("antrea");
  request.forbids_move = env.world->failures.is("pivot") && kube::has_label(*cluster, kManagementRoleLabel);
  auto kubeconfig = co_await env.world->start_server(std::move(request));
  if (!kubeconfig) co_return fail(std::move(kubeconfig).error());
  CloudCluster& record = env.world->cloud.cluster(key);
  record.server = cluster_server(key);
  record.kubeconfig = std::move(*kubeconfig);
  co_return Status{};
}

}  // namespace

Awaitable<Result<Join>> join_node(Env env, ObjectPtr cluster, std::string provider_id) {
  Vm* vm = env.world->cloud.by_provider_id(provider_id);
  if (vm == nullptr || vm->gone_at) co_return Join{};
  const bool is_first = env.world->cloud.cluster(vm->cluster).server.empty();
  if (is_first && !vm->control_plane) co_return Join{};  // joins when the Cluster says that its control plane is there
  if (!vm->joined_at) vm->joined_at = env.world->clock.now() + env.world->latency.of(is_first ? Act::KubeadmInit : Act::KubeadmJoin);
  if (const auto left = env.left_until(*vm->joined_at)) co_return Join{{}, left};
  Object node = make_node(*vm, env.now());
  const ObjectKey key = vm->cluster;
  const Status started = co_await ensure_server(env, cluster, vm->version);
  if (!started) co_return fail(started.error());
  const std::shared_ptr<kube::Client> client = env.world->client_of(cluster_server(key));
  if (!client) co_return Join{};
  auto made = co_await ensure_node(client, std::move(node));
  if (!made) co_return fail(std::move(made).error());
  co_return Join{object_of({{"apiVersion", "v1"}, {"kind", "Node"}, {"name", kube::name_of(*made)}, {"uid", kube::uid_of(*made)}}), std::nullopt};
}

Awaitable<Status> leave_node(Env env, ObjectKey cluster, std::string node) {
  const std::shared_ptr<kube::Client> client = env.world->client_of(cluster_server(cluster));
  if (!client || node.empty()) co_return Status{};
  auto removed = co_await client->remove(res::kNodes, {"", std::move(node)}, {});
  if (!removed && !removed.error().is(Disposition::NotFound)) co_return fail(std::move(removed).error());
  co_return Status{};
}

}  // namespace slipway::simcloud
