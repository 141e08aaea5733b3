// Plays the infrastructure providers for clusters: the network, the load balancer, and on vSphere the address pools of its nodes.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

Object make_pool(const Object& infra, std::string_view part) {
  const std::string cluster = cluster_name_of(infra);
  Object pool =
      kube::make_object("ipam.cluster.x-k8s.io/v1alpha1", "InClusterIPPool", {std::string(kube::namespace_of(infra)), cluster + "-" + std::string(part)});
  set_labels(pool, {{kClusterNameLabel, cluster}});
  add_owner(pool, infra, false);
  pool.set("spec", object_of({{"first", "10.0.1.10"}, {"last", "10.0.9.250"}, {"prefix", 16}, {"gateway", "10.0.0.1"}}));
  return pool;
}

Awaitable<Status> ensure_pools(Env env, ObjectPtr infra) {
  if (!env.serves(kInClusterIpPools)) co_return Status{};
  for (const std::string_view part : {"control-plane", "workers"}) {
    Object pool = make_pool(*infra, part);
    if (env.get(kInClusterIpPools, kube::key_of(pool))) continue;
    const auto created = co_await create(env, kInClusterIpPools, std::move(pool));
    if (!created) co_return fail(created.error());
  }
  co_return Status{};
}

// On vSphere a Secret of the cluster's name holds its credentials; like CAPV, the provider makes it the cluster's own, so that it moves with it.
Awaitable<Result<bool>> own_identity(Env env, ObjectPtr infra) {
  const std::string what = "identity " + std::string(kube::uid_of(*infra));
  if (env.site->is_done(what)) co_return (*infra)["spec"].contains("identityRef");
  auto found = co_await env.client().get(res::kSecrets, {std::string(kube::namespace_of(*infra)), cluster_name_of(*infra)});
  if (!found && found.error().is(Disposition::NotFound)) co_return false;
  if (!found) co_return fail(std::move(found).error());
  const auto secret = std::make_shared<const Object>(std::move(*found));
  Object wanted = *secret;
  add_owner(wanted, *infra, false);
  const Status saved = co_await save(env, res::kSecrets, secret, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  env.site->mark_done(what);
  co_return true;
}

// When the network is there; the cloud remembers it, so a cluster that was moved need not wait again.
std::optional<async::Duration> network_left(Env env, const ObjectKey& cluster) {
  CloudCluster& record = env.world->cloud.cluster(cluster);
  if (!record.network_at) record.network_at = env.world->clock.now() + env.world->latency.of(Act::ProvisionNetwork);
  return env.left_until(*record.network_at);
}

void write_ready(Env env, Object& wanted, const InfraKind& kind) {
  if (!kind.user_endpoint && !wanted["spec"]["controlPlaneEndpoint"]["host"].is_string())
    wanted.ref({"spec", "controlPlaneEndpoint"}) = object_of({{"host", cluster_name_of(wanted) + "-apiserver.lb.example.com"}, {"port", 6443}});
  if (kind.user_endpoint && wanted["spec"]["controlPlaneEndpoint"]["host"].as_string().empty())
    return set_false(env, wanted, "Ready", "ControlPlaneEndpointMissing", "Error",
                     "spec.controlPlaneEndpoint.host is empty: give the cluster's variable apiServerEndpoint an address that is free");
  wanted.ref({"status", "ready"}) = true;
  set_true(env, wanted, kind.user_endpoint ? "VCenterAvailable" : "LoadBalancerReady");
  set_true(env, wanted, "Ready");
}

Reconciled finish(Env env, Gvr gvr, ObjectPtr infra, Object wanted, std::optional<async::Duration> again) {
  const Status saved = co_await save(env, gvr, infra, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

Reconciled reconcile(Env env, ObjectPtr infra) {
  const InfraKind& kind = *infra_by_kind(kube::kind_of(*infra));
  Object wanted = *infra;
  if (kube::is_deleting(*infra)) {
    drop_finalizer(wanted, kind.finalizer(kind.cluster));
    co_return co_await finish(env, kind.clusters(), infra, std::move(wanted), std::nullopt);
  }
  if (add_finalizer(wanted, kind.finalizer(kind.cluster))) co_return co_await finish(env, kind.clusters(), infra, std::move(wanted), std::nullopt);
  if (kind.has_vm) {
    const Status pooled = co_await ensure_pools(env, infra);
    if (!pooled) co_return fail(pooled.error());
    const auto identity = co_await own_identity(env, infra);
    if (!identity) co_return fail(identity.error());
    if (*identity) wanted.ref({"spec", "identityRef"}) = object_of({{"kind", "Secret"}, {"name", cluster_name_of(*infra)}});
  }
  const auto left = network_left(env, {std::string(kube::namespace_of(*infra)), cluster_name_of(*infra)});
  if (left)
    set_false(env, wanted, "Ready", "ProvisioningNetwork", "Info", "");
  else
    write_ready(env, wanted, kind);
  co_return co_await finish(env, kind.clusters(), infra, std::move(wanted), left);
}

}  // namespace

SimController infra_cluster_controller(const InfraKind& kind) {
  return {.name = plural_of(kind.cluster),
          .primary = kind.clusters(),
          .gate = Gate::Cluster,
          .manager = ObjectKey{std::string(kind.manager_ns), std::string(kind.manager)},
          .watches = {{kInClusterIpPools, {}}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
